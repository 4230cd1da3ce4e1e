"""Every kind of job and the function that does it. A kind that is not here cannot run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from apps_admin.jobs.apps import work_on_apps
from apps_admin.jobs.audit import export_audit
from apps_admin.jobs.index import renew_index
from apps_admin.jobs.run import JobRun
from apps_admin.services.app_index import INDEX_JOB
from apps_admin.services.app_jobs import PREVIEW_JOB, WRITE_JOB
from apps_admin.services.audit_export import EXPORT_JOB

# Returns the job's result, for its page. Raises ConsoleError with what went wrong.
JobFunction: TypeAlias = Callable[[JobRun], dict[str, Any] | None]

JOBS: Mapping[str, JobFunction] = {
    INDEX_JOB: renew_index,
    PREVIEW_JOB: work_on_apps,
    WRITE_JOB: work_on_apps,
    EXPORT_JOB: export_audit,
}
