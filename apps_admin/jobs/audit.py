"""The job that exports a part of the audit log."""

from __future__ import annotations

from typing import Any

from apps_admin.jobs.run import JobRun
from apps_admin.services.audit_export import do_export


def export_audit(run: JobRun) -> dict[str, Any]:
    """Write the export, from the last checkpoint on."""
    return do_export(run.job, ExportJobReport(run))


class ExportJobReport:
    """Writes the progress of an export to its job."""

    def __init__(self, run: JobRun) -> None:
        self._run = run

    def keep(self, checkpoint: dict[str, Any], *, done: int) -> None:
        """Keep the checkpoint; raises where the job should stop."""
        self._run.checkpoint(checkpoint, done=done)
