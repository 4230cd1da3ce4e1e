"""Node and the packages that check and run what the generators write, installed once per lock file."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
TIME_LIMIT = 120


def node_tools() -> Path:
    """The folder with `node_modules`. Skips without Node, but never where CI=true."""
    if not (shutil.which("node") and shutil.which("npm")):
        reason = "left out: it needs Node 20 and npm (Debian: apt-get install nodejs npm)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".installed-for"
    with (FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            command = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit"]
            subprocess.run([*command, "--loglevel=error"], cwd=FOLDER, check=True)
            stamp.write_text(wanted)
    return FOLDER


def run(
    command: list[str], *, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A tool's run, with its words; nothing of this machine's AWS settings reaches it."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.run(
        command,
        cwd=cwd,
        env=clean | dict(env or {}),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


if __name__ == "__main__":
    node_tools()
