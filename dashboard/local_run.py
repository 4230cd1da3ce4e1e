"""What the local run (`make run`) keeps for itself, so that a newcomer sets nothing."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

# Left by the first local run, so that `manage.py` commands beside it find its keys.
MARKER = "local-run"


def is_local_run(environment: Mapping[str, str], var_dir: Path) -> bool:
    """Whether these are the settings of a local run: it says so, or one was made here and nothing else is set."""
    told = environment.get("LOCAL_RUN")
    if told is not None:
        return told.strip().lower() in {"1", "true", "yes", "on"}
    given = {"SECRET_KEY", "SECRET_KEY_FILE", "ALLOWED_HOSTS", "ALLOWED_HOSTS_FILE"}
    return (var_dir / MARKER).exists() and not given & environment.keys()


def local_key(var_dir: Path, name: str) -> str:
    """A key of the local run: made at the first use, kept in a file only its owner can read."""
    var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = var_dir / "keys"
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        _write_once(path, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        (var_dir / MARKER).touch()
    return path.read_text()


def _write_once(path: Path, text: str) -> None:
    """Write a file whole, or leave the one that another process wrote first."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(scratch)
    scratch.unlink()
