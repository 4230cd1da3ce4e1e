"""Child processes of a command: started in groups of their own, ended with it, also when it is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from apps_admin.aws.embedded_engine import EngineProcess, end_with_parent, find_engine, start_engine
from apps_admin.aws.engine_package import EngineUnavailableError

STOP_TIMEOUT = 8.0
LONGEST_PAUSE = 10.0
# A child that lived this long was well; the next pause before starting it again is short once more.
WELL_AFTER = 30.0


class Child(Protocol):
    """One child process."""

    @property
    def is_running(self) -> bool:
        """Whether it is still there."""
        ...

    def stop(self) -> None:
        """End it and wait for the end."""
        ...


class ChildProcess:
    """A program in a session of its own, so that a terminal's Ctrl-C reaches only the command that started it."""

    def __init__(self, command: Sequence[str], *, pass_fds: tuple[int, ...] = ()) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            stdin=subprocess.DEVNULL,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - the command has one thread
        )

    @property
    def is_running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ask its whole group to end, then end it."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


class Watched:
    """A child that is started again when it ends by itself, after ever longer pauses."""

    def __init__(self, name: str, start: Callable[[], Child]) -> None:
        self.name = name
        self._start = start
        self.child = start()
        self._started_at = time.monotonic()
        self._pause = 0.0
        self._again_at: float | None = None

    def look(self, say: Callable[[str], None]) -> None:
        """Start it again when it ended. To be called several times a second."""
        now = time.monotonic()
        if self.child.is_running:
            return
        if self._again_at is None:
            if now - self._started_at > WELL_AFTER:
                self._pause = 0.0
            self._again_at = now + self._pause
            self._pause = min(max(1.0, self._pause * 2), LONGEST_PAUSE)
            say(f"The {self.name} ended by itself. Starting it again.")
        if now >= self._again_at:
            self._again_at = None
            self._started_at = now
            try:
                self.child = self._start()
            except EngineUnavailableError as exc:
                say(f"The {self.name} does not start: {exc.message}")

    def stop(self) -> None:
        """End it for good."""
        self.child.stop()


class SharedEngine:
    """The embedded engine: started here, or found running because another command started it."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._engine = start_engine(self._folder, say=say)
        self.endpoint = self._engine.endpoint

    @property
    def is_running(self) -> bool:
        """Whether an engine runs on the data."""
        if isinstance(self._engine, EngineProcess):
            return self._engine.is_running
        return find_engine(self._folder) is not None

    def stop(self) -> None:
        """End it if it was started here."""
        if isinstance(self._engine, EngineProcess):
            self._engine.stop()
