"""The job that renews a connection's app index."""

from __future__ import annotations

from typing import Any

from apps_admin.jobs.run import JobRun
from apps_admin.models.job import ACTIVE, Job
from apps_admin.services.app_index import INDEX_JOB
from apps_admin.services.connections import get_connection
from apps_admin.services.index_scan import scan_index


def renew_index(run: JobRun) -> dict[str, Any]:
    """Scan the table into the index, from the last checkpoint on."""
    state = scan_index(get_connection(run.job.connection), JobReport(run), run.job.checkpoint)
    over = Job.objects.filter(kind=INDEX_JOB, connection=run.job.connection)
    over.exclude(state__in=ACTIVE).delete()
    return {"apps": state.apps, "pages": state.pages, "seconds": round(state.seconds, 3)}


class JobReport:
    """Writes a scan's progress to its job."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._said = ""

    def keep(self, checkpoint: dict[str, Any], *, apps: int) -> None:
        """Keep the checkpoint; raises where the job should stop."""
        self._run.checkpoint(checkpoint, done=apps)

    def say(self, message: str) -> None:
        """Show a message on the job; raises where the job should stop."""
        if message != self._said:
            self._said = message
            self._run.checkpoint(message=message)
        else:
            self._run.stop_if_asked()
