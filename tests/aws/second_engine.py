"""dynalite, the second engine of the contract tests: installed once per lock file, one process per test worker."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent / "dynalite"
LISTENING = "Dynalite listening at: "


def why_not_here() -> str:
    """Why dynalite cannot run on this machine; empty when it can."""
    if shutil.which("node") and shutil.which("npm"):
        return ""
    return (
        "the second engine is left out: it needs Node and npm (Debian: apt-get install nodejs npm)"
    )


def install() -> None:
    """Install dynalite once per lock file; parallel test workers wait for one another."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed-for"
    with (HERE / "node_modules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        command = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True)
        stamp.write_text(wanted)


def free_port() -> int:
    """A port that nothing listens on right now (dynalite takes 0 for its default)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def second_engine() -> Iterator[str]:
    """A running engine in memory; yields its address."""
    install()
    command = ["node", "node_modules/dynalite/cli.js", "--host", "127.0.0.1"]
    command += ["--port", str(free_port())]
    command += ["--createTableMs", "0", "--deleteTableMs", "0", "--updateTableMs", "0"]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().partition(LISTENING)[2].strip()
        finally:
            process.terminate()
