"""Which work a job on apps is: what its parameters say, as the object that decides app by app."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apps_admin.domain.actions import Action
from apps_admin.models.job import Job
from apps_admin.services.bulk import BULK, UNDO, BulkWork, UndoWork, change_of
from apps_admin.services.job_work import Work
from apps_admin.services.transfer_import import IMPORT, ImportWork

_WORKS: Mapping[str, Callable[[Job], Work]] = {
    BULK: lambda job: BulkWork(change_of(job)),
    UNDO: lambda _job: UndoWork(),
    IMPORT: ImportWork,
}
_ACTIONS: Mapping[str, Action] = {
    BULK: Action.APP_BULK,
    UNDO: Action.JOB_UNDO,
    IMPORT: Action.APP_IMPORT,
}


def work_of(job: Job) -> Work:
    """The work of a job. Raises ValidationError when what it needs from the vault is not kept any more."""
    return _WORKS[job.parameters["work"]](job)


def action_of(job: Job) -> Action:
    """The permission its start needs."""
    return _ACTIONS[job.parameters["work"]]
