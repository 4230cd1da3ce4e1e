"""Exports of a connection's audit log: asked for, written by the worker, fetched for a day."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, file_outputs
from apps_admin.api.answers import Answer, reason_of, send, send_once
from apps_admin.api.audit import AuditExportIn
from apps_admin.api.authentication import workspace_of
from apps_admin.api.bodies import FILE
from apps_admin.api.files import answered_as, send_file
from apps_admin.api.shapes import time_shape
from apps_admin.domain.actions import Action
from apps_admin.domain.errors import NotFoundError
from apps_admin.models import Job
from apps_admin.services.audit_export import (
    ExportFormat,
    list_exports,
    open_export,
    start_export,
)
from apps_admin.services.audit_lines import AuditFilter

router = Router(tags=["Audit"])
EXPORTS = "/connections/{slug:connection}/audit-exports"
EXPORT = f"{EXPORTS}/{{uuid:export_id}}"


@router.get(
    EXPORTS,
    response={200: file_outputs.AuditExportList, **documents.READ},
    url_name="audit-export-list",
)
def list_(request: HttpRequest, connection: str) -> HttpResponse:
    """The exports this token asked for, newest first."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.AUDIT_EXPORT)
    return send(Answer(data={"exports": [export_shape(each) for each in list_exports(workspace)]}))


@router.post(
    EXPORTS,
    response={202: file_outputs.AuditExport, **documents.WRITE},
    url_name="audit-export-list",
    openapi_extra=documents.CREATES,
)
def start(request: HttpRequest, connection: str, asked: AuditExportIn) -> HttpResponse:
    """Let the worker write what the connection's log has now, all of it or what a filter takes."""
    workspace = workspace_of(request, connection)

    def do() -> Answer:
        wanted = AuditFilter(connection=connection, **asked.filter.model_dump())
        job = start_export(
            workspace, wanted, ExportFormat(asked.format), reason=reason_of(request, asked.reason)
        )
        told = export_shape(job)
        return Answer(data=told, status=202, headers={"Location": _path(job)})

    return send_once(request, do)


@router.get(
    EXPORT,
    response={200: file_outputs.AuditExport, **documents.READ},
    url_name="audit-export-record",
)
def show(request: HttpRequest, connection: str, export_id: uuid.UUID) -> HttpResponse:
    """How far an export of this token is. `file` is where it is fetched from when it is done."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.AUDIT_EXPORT)
    found = next((each for each in list_exports(workspace) if each.pk == export_id), None)
    if found is None:
        raise NotFoundError(
            "There is no such export.", hint="A token sees its own, of the last day."
        )
    return send(Answer(data=export_shape(found)))


@router.get(
    f"{EXPORT}/file",
    response=documents.READ,
    url_name="audit-export-file",
    openapi_extra=answered_as(FILE),
)
def fetch(request: HttpRequest, connection: str, export_id: uuid.UUID) -> HttpResponse:
    """A finished export of this token: JSON Lines or CSV, compressed with gzip."""
    job, chunks = open_export(workspace_of(request, connection), str(export_id))
    name = f"audit-{job.connection}-{job.created_at:%Y-%m-%d-%H%M}.{job.parameters['format']}.gz"
    return send_file(chunks, name=name, media_type=FILE)


def export_shape(job: Job) -> dict[str, Any]:
    """An export of the audit log."""
    return {
        "id": str(job.pk),
        "state": job.state,
        "format": job.parameters["format"],
        "filter": job.parameters["filter"],
        "message": job.message,
        "entries": job.done,
        "reason": job.reason,
        "operation_id": job.operation_id,
        "created_at": time_shape(job.created_at),
        "finished_at": time_shape(job.finished_at),
        "file": f"{_path(job)}/file" if job.state == "succeeded" else None,
    }


def _path(job: Job) -> str:
    return f"/api/v1/connections/{job.connection}/audit-exports/{job.pk}"
