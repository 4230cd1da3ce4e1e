"""Files in the repository that hold what a test expects: compared by default, written anew by `make golden`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class GoldenFiles:
    """`check` compares a text with a file, or writes the file when `--write-golden` was given."""

    writes: bool

    def check(self, path: Path, text: str) -> None:
        """The file, by its path in the repository, holds exactly this text."""
        file = ROOT / path
        if self.writes:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
            return
        found = file.read_text(encoding="utf-8") if file.exists() else ""
        assert found == text, f"{path} is out of date: make golden"
