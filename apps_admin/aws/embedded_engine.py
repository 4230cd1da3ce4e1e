"""The embedded DynamoDB-compatible engine: a child process on 127.0.0.1 with its data file under `var/`.

A running engine holds an exclusive lock on `engine.lock` for as long as it lives, through a descriptor it inherits.
So "is it running?" never depends on a process id that may belong to somebody else by now, and no two engines ever
open one data file. `engine.json` beside it says where it listens.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from apps_admin.aws.engine_package import OTHER_ENDPOINTS, EngineUnavailableError, fetch_engine

HOST = "127.0.0.1"
START_TIMEOUT = 10.0
STOP_TIMEOUT = 5.0
PR_SET_PDEATHSIG = 1

# Any access key will do: the engine checks none. Never real ones, so that none is ever sent to it.
ACCESS_KEY_ID = "embedded"
SECRET_ACCESS_KEY = "embedded"  # noqa: S105 - the engine has no secrets

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, kw_only=True)
class EnginePlace:
    """Where a running engine listens."""

    port: int
    pid: int

    @property
    def endpoint(self) -> str:
        """Its URL, as an SDK's endpoint."""
        return f"http://{HOST}:{self.port}"


class EngineProcess:
    """An engine that this process started, and therefore ends."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.place = EnginePlace(port=port, pid=process.pid)

    @property
    def endpoint(self) -> str:
        """Its URL, as an SDK's endpoint."""
        return self.place.endpoint

    @property
    def is_running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it and wait for the end."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it the hard way (SIGKILL) and wait for the end."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


def find_engine(folder: Path) -> EnginePlace | None:
    """The engine that runs on this folder's data now, whoever started it; None when there is none."""
    try:
        with (folder / "engine.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _read_place(folder)
    return None


def start_engine(
    folder: Path, *, port: int = 0, say: Callable[[str], None] = lambda _: None
) -> EngineProcess | EnginePlace:
    """Start the engine on this folder's data, or find the one that already runs there.

    It listens on `port`, else on the port it had last time, else on any free one. Raises EngineUnavailableError.
    """
    binary = fetch_engine(folder, say=say)
    with (folder / "engine.lock").open("ab") as lock:
        found = _lock_or_find(lock, folder)
        if found:
            return found
        last = _read_place(folder)
        # Until it answers, nobody should find the place of the one before.
        (folder / "engine.json").unlink(missing_ok=True)
        wanted = port or (last.port if last else 0)
        command = [str(binary), "serve", "--db-path", str(folder / "dynamodb.sqlite3")]
        with (folder / "engine.log").open("ab") as log:
            engine = _start(command, wanted, log=log, pass_fds=(lock.fileno(),))
    place = folder / "engine.json"
    place.with_suffix(".new").write_text(
        json.dumps({"port": engine.place.port, "pid": engine.place.pid})
    )
    place.with_suffix(".new").replace(place)
    return engine


@contextlib.contextmanager
def engine_in_memory(binary: Path) -> Iterator[EngineProcess]:
    """A fresh engine that keeps nothing, for tests and benchmarks. Ends with the block."""
    engine = _start([str(binary), "serve"], 0)
    try:
        yield engine
    finally:
        engine.kill()


_own_engines: dict[Path, EngineProcess] = {}
_own_engines_lock = threading.Lock()


def ensure_engine(folder: Path) -> EnginePlace:
    """The engine on this folder's data: the one that runs, else one started for this process's own duration."""
    found = find_engine(folder)
    if found:
        return found
    with _own_engines_lock:
        engine = start_engine(folder, say=lambda text: print(text, file=sys.stderr))  # noqa: T201
        if isinstance(engine, EnginePlace):
            return engine
        _own_engines[folder] = engine
        atexit.register(engine.stop)
        return engine.place


def end_with_parent() -> None:
    """Ask the kernel to end the calling process when its parent dies, also by kill -9 (Linux only).

    For `preexec_fn`. The kernel means the parent's *thread*: start such children from one that stays.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _lock_or_find(lock: IO[bytes], folder: Path) -> EnginePlace | None:
    """Take the lock (None), or wait for the engine that holds it to be ready."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            place = _read_place(folder)
            if place and _answers(place.port):
                return place
            time.sleep(0.02)
        else:
            return None
    raise EngineUnavailableError(
        f"An embedded DynamoDB engine holds {folder / 'engine.lock'} and does not answer.",
        hint="End that process, then start again. Nothing of its data is lost.",
    )


def _read_place(folder: Path) -> EnginePlace | None:
    try:
        state = json.loads((folder / "engine.json").read_text())
        return EnginePlace(port=int(state["port"]), pid=int(state["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _start(
    command: list[str],
    wanted: int,
    *,
    log: IO[bytes] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> EngineProcess:
    """Start on the wanted port when it is free, else on others; wait until it answers."""
    from_main_thread = threading.current_thread() is threading.main_thread()
    for port in (wanted, 0, 0, 0):
        chosen = _free_port(port)
        process = subprocess.Popen(  # noqa: S603 - a binary checked by hash
            [*command, "--host", HOST, "--port", str(chosen)],
            stdin=subprocess.DEVNULL,
            stdout=log or subprocess.DEVNULL,
            stderr=log or subprocess.DEVNULL,
            # The environment may hold real AWS keys, which are no business of the engine's.
            env={"PATH": os.environ.get("PATH", "")},
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=end_with_parent if from_main_thread else None,  # noqa: PLW1509
        )
        engine = EngineProcess(process, chosen)
        if _wait_until_ready(engine):
            return engine
        engine.kill()
    raise EngineUnavailableError(
        "The embedded DynamoDB engine does not start. Its own words are in engine.log beside its data.",
        hint=OTHER_ENDPOINTS,
    )


def _wait_until_ready(engine: EngineProcess) -> bool:
    deadline = time.monotonic() + START_TIMEOUT
    while engine.is_running and time.monotonic() < deadline:
        if _answers(engine.place.port):
            return engine.is_running
        time.sleep(0.005)
    return False


def _answers(port: int) -> bool:
    """Whether something that speaks DynamoDB listens on this port."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request(
            "POST",
            "/",
            body=b"{}",
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "DynamoDB_20120810.ListTables",
                "Authorization": (
                    f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20260101/us-east-1/dynamodb/"
                    "aws4_request, SignedHeaders=host;x-amz-date, Signature=0"
                ),
                "X-Amz-Date": "20260101T000000Z",
            },
        )
        return b"TableNames" in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
