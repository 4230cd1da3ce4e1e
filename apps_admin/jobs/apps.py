"""The jobs on many apps: previews, bulk work, imports, undo."""

from __future__ import annotations

from typing import Any

from apps_admin.jobs.run import JobRun
from apps_admin.services.app_jobs import do_job
from apps_admin.services.job_works import work_of


def work_on_apps(run: JobRun) -> dict[str, Any]:
    """Preview or do what the job's parameters say, row by row."""
    return do_job(run.job, work_of(run.job), AppJobReport(run))


class AppJobReport:
    """Writes the progress of work on apps to its job."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._said = ""

    def keep(self, *, done: int, failed: int) -> None:
        """Count, keep the lease, and raise where the job should stop."""
        self._run.checkpoint(done=done, failed=failed)

    def say(self, message: str) -> None:
        """Show a message on the job; raises where the job should stop."""
        self._run.checkpoint(message=message if message != self._said else None)
        self._said = message

    def require_ours(self) -> None:
        """Raises JobLost when another worker has the job."""
        self._run.require_ours()
