"""A command that does a job itself, or waits for the worker that took it first, and shows how far it is."""

from __future__ import annotations

import sys
import time
from typing import TextIO

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
            filled = BAR if not total else min(BAR, BAR * done // total)
            text = f"\r\x1b[K[{'#' * filled}{'.' * (BAR - filled)}] {text}"
        self._stream.write(text + ("\n" if is_last or not self._is_terminal else ""))
        self._stream.flush()


def do_now(job: Job, what: str) -> Job:
    """Do a waiting job here and now. Ctrl-C stops it where it is; it can be resumed."""
    line = ProgressLine(what)

    def show() -> None:
        job.refresh_from_db()
        line.show(job.done, job.total, job.message)

    worker = Worker(threads=0)
    try:
        worker.run_job(job, show)
        job.refresh_from_db()
        # Another worker took it before, or meanwhile.
        while job.is_active:
            time.sleep(EVERY)
            show()
    except KeyboardInterrupt:
        job.refresh_from_db()
        stop_job(job)
        raise
    job.refresh_from_db()
    line.show(job.done, job.total, job.message, is_last=True)
    return job
