"""The real soketi 1.6.1 as a process of its own, on loopback only."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apps_admin.domain.errors import UnreachableError
from apps_admin.soketi.client import fetch_text

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"


def why_not_here() -> str:
    """Why the real soketi cannot run on this machine; empty when it can."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "the real soketi is left out: it needs Node 20 and npm (Debian: apt-get install nodejs npm)"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if not version.startswith("v20."):
        return f"the real soketi is left out: it needs Node 20, and this is {version.strip()}"
    return ""


def install() -> None:
    """Install soketi once per lock file. Raises with npm's own words when that fails."""
    done = subprocess.run([str(HERE / "install.sh")], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"tests/soketi/install.sh failed:\n{done.stderr}")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that nothing listens on right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, kw_only=True)
class SoketiServer:
    """One running server. `log` is the file with all it printed."""

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int
    log: Path

    @property
    def url(self) -> str:
        """Where clients and backends connect to."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def metrics_url(self) -> str:
        """Where the metrics are."""
        return f"http://{LOOPBACK}:{self.metrics_port}"

    @property
    def is_running(self) -> bool:
        """Whether the process still lives."""
        return self.process.poll() is None

    def wait_until_dead(self, *, seconds: float = 15) -> bool:
        """Whether it ended by itself within that time."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def output(self) -> str:
        """All it printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End it, kindly first."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
            if not self.wait_until_dead(seconds=5):
                self.process.kill()
                self.process.wait()


def start_soketi(
    *, endpoint: str, table: str, folder: Path, env: Mapping[str, str] | None = None
) -> SoketiServer:
    """Start a server that reads its apps from this table, and wait until it answers.

    `env` adds `SOKETI_*` variables or overrides those set here; `folder` takes its config file and log.
    """
    port, metrics_port = free_port(), free_port()
    config = folder / f"soketi-{port}.json"
    config.write_text(json.dumps({"cluster.address": LOOPBACK, "cluster.unicast": LOOPBACK}))
    log = folder / f"soketi-{port}.log"
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SOKETI_HOST": LOOPBACK,
        "SOKETI_PORT": str(port),
        "SOKETI_METRICS_ENABLED": "true",
        "SOKETI_METRICS_HOST": LOOPBACK,
        "SOKETI_METRICS_SERVER_PORT": str(metrics_port),
        "SOKETI_CLUSTER_PORT": str(free_port(socket.SOCK_DGRAM)),
        "SOKETI_APP_MANAGER_DRIVER": "dynamodb",
        "SOKETI_APP_MANAGER_DYNAMODB_TABLE": table,
        "SOKETI_APP_MANAGER_DYNAMODB_REGION": "us-east-1",
        "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT": endpoint,
        "SOKETI_SHUTDOWN_GRACE_PERIOD": "50",
        **(env or {}),
    }
    command = ["node", "--no-deprecation", "--no-warnings", "--require", "./preload.js"]
    command += ["node_modules/@soketi/soketi/bin/server.js", "start", "--config", str(config)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=HERE, env=settings, stdout=out, stderr=out, start_new_session=True
        )
    server = SoketiServer(process=process, port=port, metrics_port=metrics_port, log=log)
    _wait_until_ready(server, settings.get("SOKETI_PATH_PREFIX", ""))
    return server


def _wait_until_ready(server: SoketiServer, prefix: str, *, seconds: float = 30) -> None:
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at and server.is_running:
        try:
            if fetch_text(f"{server.url}{prefix}/ready", timeout=1) == "OK":
                return
        except UnreachableError:
            pass
        time.sleep(0.05)
    server.stop()
    raise RuntimeError(f"soketi did not start:\n{server.output()}")
