"""Bulk work: preview it, start it, watch it, stop it, resume it, undo it."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, reason_of, send, send_once
from apps_admin.api.authentication import workspace_of
from apps_admin.api.inputs import BulkIn, StartIn, UndoIn
from apps_admin.api.queries import query_of
from apps_admin.api.shapes import time_shape
from apps_admin.domain.actions import Action
from apps_admin.domain.errors import NotFoundError, ValidationError
from apps_admin.models import Job
from apps_admin.services.app_jobs import (
    APP_JOBS,
    PREVIEW_JOB,
    confirm_job,
    resume_app_job,
    stop_app_job,
)
from apps_admin.services.bulk import preview_bulk, preview_undo
from apps_admin.services.job_results import counts_of, results_of
from apps_admin.services.job_works import action_of
from apps_admin.services.jobs import get_job
from apps_admin.services.workspace import Workspace

router = Router(tags=["Jobs"])
JOBS = "/connections/{slug:connection}/jobs"
JOB = f"{JOBS}/{{uuid:job_id}}"
JOBS_SHOWN = 100
NOT_CONFIRMED, NOT_DRAINED = StartIn(), UndoIn()
Outcomes = Literal[
    "", "waiting", "started", "changed", "unchanged", "refused", "conflict", "failed", "unknown"
]


@router.get(JOBS, response={200: outputs.JobList, **documents.READ}, url_name="job-list")
def list_(request: HttpRequest, connection: str) -> HttpResponse:
    """The last jobs on apps of this connection, newest first."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.JOB_VIEW)
    jobs = Job.objects.filter(connection=connection, kind__in=APP_JOBS)[:JOBS_SHOWN]
    return send(Answer(data={"jobs": [job_shape(job) for job in jobs]}))


@router.post(
    JOBS,
    response={202: outputs.Job, **documents.WRITE},
    url_name="job-list",
    openapi_extra=documents.CREATES,
)
def preview(request: HttpRequest, connection: str, asked: BulkIn) -> HttpResponse:
    """Begin the preview of one change for many apps. Nothing changes before the job is started."""
    workspace = workspace_of(request, connection)

    def do() -> Answer:
        workspace.authorize(Action.APP_BULK)
        if (asked.ids is None) == (asked.query is None):
            raise ValidationError({"ids": ["Name apps in `ids`, or give a `query`."]})
        job = preview_bulk(
            workspace,
            asked.to_change(),
            app_ids=asked.ids or (),
            query=None if asked.query is None else query_of(asked.query),
            is_drained=asked.drained,
        )
        return accepted(job)

    return send_once(request, do)


@router.get(JOB, response={200: outputs.Job, **documents.READ}, url_name="job-record")
def show(request: HttpRequest, connection: str, job_id: uuid.UUID) -> HttpResponse:
    """One job: how far it is, and what came of its apps."""
    _, job = _opened(request, connection, job_id, Action.JOB_VIEW)
    return send(Answer(data=job_shape(job)))


@router.get(
    f"{JOB}/results",
    response={200: outputs.JobResults, **documents.READ},
    url_name="job-results",
)
def results(
    request: HttpRequest,
    connection: str,
    job_id: uuid.UUID,
    only: Outcomes = "",
    after: int = -1,
) -> HttpResponse:
    """App by app: what the preview expects, and what came of it."""
    _, job = _opened(request, connection, job_id, Action.JOB_VIEW)
    rows, has_more = results_of(job, only=only, after=max(-1, min(after, 2**31 - 1)))
    return send(
        Answer(
            data={
                "apps": [
                    {
                        "position": row.position,
                        "id": row.app_id,
                        "expected": row.expected,
                        "outcome": row.outcome,
                        "message": row.message,
                        "operation_id": row.operation_id,
                    }
                    for row in rows
                ],
                "next_after": rows[-1].position if has_more else None,
            }
        )
    )


@router.post(
    f"{JOB}:start",
    response={202: outputs.Job, **documents.WRITE},
    url_name="job-start",
    openapi_extra=documents.CREATES,
)
def start(
    request: HttpRequest, connection: str, job_id: uuid.UUID, asked: StartIn = NOT_CONFIRMED
) -> HttpResponse:
    """Let a previewed job be done, as previewed: apps that change in between are left alone."""
    workspace, job = _opened(request, connection, job_id, Action.APP_BULK)

    def do() -> Answer:
        action = action_of(job)
        workspace.authorize(action)
        return accepted(
            confirm_job(
                workspace,
                job,
                action,
                reason=reason_of(request, asked.reason),
                confirmation=asked.confirm,
            )
        )

    return send_once(request, do)


@router.post(
    f"{JOB}:stop",
    response={202: outputs.Job, **documents.WRITE},
    url_name="job-stop",
    openapi_extra=documents.CREATES,
)
def stop(request: HttpRequest, connection: str, job_id: uuid.UUID) -> HttpResponse:
    """Stop after what is being written now."""
    workspace, job = _opened(request, connection, job_id, Action.JOB_STOP)

    def do() -> Answer:
        stop_app_job(workspace, job)
        return accepted(job)

    return send_once(request, do)


@router.post(
    f"{JOB}:resume",
    response={202: outputs.Job, **documents.WRITE},
    url_name="job-resume",
    openapi_extra=documents.CREATES,
)
def resume(request: HttpRequest, connection: str, job_id: uuid.UUID) -> HttpResponse:
    """Go on where it stopped."""
    workspace, job = _opened(request, connection, job_id, Action.JOB_RESUME)

    def do() -> Answer:
        resume_app_job(workspace, job)
        return accepted(job)

    return send_once(request, do)


@router.post(
    f"{JOB}:undo",
    response={202: outputs.Job, **documents.WRITE},
    url_name="job-undo",
    openapi_extra=documents.CREATES,
)
def undo(
    request: HttpRequest, connection: str, job_id: uuid.UUID, asked: UndoIn = NOT_DRAINED
) -> HttpResponse:
    """Preview setting back what the job did. The answer is a job of its own, to be started."""
    workspace, job = _opened(request, connection, job_id, Action.JOB_UNDO)

    def do() -> Answer:
        return accepted(preview_undo(workspace, job, is_drained=asked.drained))

    return send_once(request, do)


def job_shape(job: Job) -> dict[str, Any]:
    """A job."""
    return {
        "id": str(job.pk),
        "title": job.parameters.get("title", job.kind),
        "is_preview": job.kind == PREVIEW_JOB,
        "state": job.state,
        "is_stopping": job.is_stopping,
        "message": job.message,
        "done": job.done,
        "failed": job.failed,
        "total": job.total,
        "counts": {str(outcome): number for outcome, number in counts_of(job).items()},
        "reason": job.reason,
        "operation_id": job.operation_id,
        "created_at": time_shape(job.created_at),
        "finished_at": time_shape(job.finished_at),
    }


def accepted(job: Job) -> Answer:
    """The answer that a job is written down, and where it is."""
    path = f"/api/v1/connections/{job.connection}/jobs/{job.pk}"
    return Answer(data=job_shape(job), status=202, headers={"Location": path})


def _opened(
    request: HttpRequest, connection: str, job_id: uuid.UUID, action: Action
) -> tuple[Workspace, Job]:
    workspace = workspace_of(request, connection)
    if action is Action.JOB_VIEW:
        workspace.require(action)
    else:
        workspace.authorize(action)
    job = get_job(str(job_id), connection)
    if job.kind not in APP_JOBS:
        raise NotFoundError("There is no such job on this connection.")
    return workspace, job
