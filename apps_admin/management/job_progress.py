"""A command that does a job itself, or waits for the worker that took it first, and shows how far it is."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType
from typing import Any, Self, TextIO

from apps_admin.jobs.worker import Worker
from apps_admin.models.job import Job
from apps_admin.services.jobs import stop_job

BAR = 30
EVERY = 0.2
EVERY_LINE = 5.0


class ProgressLine:
    """A bar on a terminal, a plain line now and then in a pipe. Always on stderr: stdout is for the answer."""

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._next = 0.0

    def show(self, done: int, total: int | None, note: str = "", *, is_last: bool = False) -> None:
        """Show it, if it is time to."""
        now = time.monotonic()
        if now < self._next and not is_last:
            return
        self._next = now + (EVERY if self._is_terminal else EVERY_LINE)
        of = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        text = f"{self._what}: {of}{f'  {note}' if note else ''}"
        if self._is_terminal:
            # Without a total nobody knows how much is left, until nothing is.
            share = done / total if total else float(is_last)
            filled = min(BAR, int(BAR * share))
            text = f"\r\x1b[K[{'#' * filled}{'.' * (BAR - filled)}] {text}"
        self._stream.write(text + ("\n" if is_last or not self._is_terminal else ""))
        self._stream.flush()


class Interruption:
    """Within it the first Ctrl-C (or SIGTERM) is only noted; what comes next ends the command at once."""

    def __init__(self) -> None:
        self.is_asked = False
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        self.__exit__()
        sys.stderr.write("\nStopping after what is being written. Once more ends it at once.\n")


def do_now(job: Job, what: str) -> Job:
    """Do a waiting job here and now. Ctrl-C stops it after what it is writing; it can be resumed."""
    line = ProgressLine(what)
    with Interruption() as interruption:

        def show() -> None:
            if interruption.is_asked:
                stop_job(job)
            job.refresh_from_db()
            line.show(job.done, job.total, job.message)

        worker = Worker(threads=0)
        while job.is_active:
            # Another worker may have taken it before, and may have died over it.
            if not worker.run_job(job, show):
                time.sleep(EVERY)
            show()
    line.show(job.done, job.total, job.message, is_last=True)
    return job
