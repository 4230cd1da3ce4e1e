"""Exports of the audit log, of a connection or of everything: asked for, written by the worker, fetched for a day."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, file_outputs
from apps_admin.api.answers import Answer, reason_of, send, send_once
from apps_admin.api.audit import AuditExportIn
from apps_admin.api.authentication import actor_in, workspace_of
from apps_admin.api.bodies import FILE
from apps_admin.api.files import answered_as, send_file
from apps_admin.api.shapes import time_shape
from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor
from apps_admin.domain.errors import NotFoundError
from apps_admin.models import Job
from apps_admin.services.account_log import origin_of
from apps_admin.services.accounts import authorize
from apps_admin.services.audit_export import (
    ExportFormat,
    file_name,
    list_exports,
    list_exports_of_everything,
    open_export,
    open_export_of_everything,
    start_export,
    start_export_of_everything,
)
from apps_admin.services.audit_lines import AuditFilter

router = Router(tags=["Audit"])
EXPORTS = "/connections/{slug:connection}/audit-exports"
EXPORT = f"{EXPORTS}/{{uuid:export_id}}"
ALL_EXPORTS = "/audit-exports"
ALL_EXPORT = f"{ALL_EXPORTS}/{{uuid:export_id}}"


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
    return _show(list_exports(workspace), export_id)


@router.get(
    f"{EXPORT}/file",
    response=documents.READ,
    url_name="audit-export-file",
    openapi_extra=answered_as(FILE),
)
def fetch(request: HttpRequest, connection: str, export_id: uuid.UUID) -> HttpResponse:
    """A finished export of this token: JSON Lines or CSV, compressed with gzip."""
    return _send(*open_export(workspace_of(request, connection), str(export_id)))


@router.get(
    ALL_EXPORTS,
    response={200: file_outputs.AuditExportList, **documents.READ},
    url_name="audit-all-export-list",
)
def list_all(request: HttpRequest) -> HttpResponse:
    """The exports of everything that this token asked for, newest first. It takes administrating every connection."""
    actor = _administrator(request)
    exports = list_exports_of_everything(actor)
    return send(Answer(data={"exports": [export_shape(each) for each in exports]}))


@router.post(
    ALL_EXPORTS,
    response={202: file_outputs.AuditExport, **documents.WRITE},
    url_name="audit-all-export-list",
    openapi_extra=documents.CREATES,
)
def start_all(request: HttpRequest, asked: AuditExportIn) -> HttpResponse:
    """Let the worker write what all of the log has now, whichever the connection, or what a filter takes of it."""

    def do() -> Answer:
        job = start_export_of_everything(
            actor_in(request),
            AuditFilter(**asked.filter.model_dump()),
            ExportFormat(asked.format),
            reason=reason_of(request, asked.reason),
            origin=origin_of(request),
        )
        return Answer(data=export_shape(job), status=202, headers={"Location": _path(job)})

    return send_once(request, do)


@router.get(
    ALL_EXPORT,
    response={200: file_outputs.AuditExport, **documents.READ},
    url_name="audit-all-export-record",
)
def show_all(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """How far an export of everything is. `file` is where it is fetched from when it is done."""
    return _show(list_exports_of_everything(_administrator(request)), export_id)


@router.get(
    f"{ALL_EXPORT}/file",
    response=documents.READ,
    url_name="audit-all-export-file",
    openapi_extra=answered_as(FILE),
)
def fetch_all(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """A finished export of everything: JSON Lines or CSV, compressed with gzip."""
    return _send(*open_export_of_everything(actor_in(request), str(export_id)))


def _administrator(request: HttpRequest) -> Actor:
    actor = actor_in(request)
    authorize(actor, Action.AUDIT_EXPORT, [EVERY_CONNECTION])
    return actor


def _show(exports: list[Job], export_id: uuid.UUID) -> HttpResponse:
    found = next((each for each in exports if each.pk == export_id), None)
    if found is None:
        raise NotFoundError(
            "There is no such export.", hint="A token sees its own, of the last day."
        )
    return send(Answer(data=export_shape(found)))


def _send(job: Job, chunks: Iterator[bytes]) -> HttpResponse:
    return send_file(chunks, name=file_name(job), media_type=FILE)


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
    place = f"/connections/{job.connection}" if job.connection else ""
    return f"/api/v1{place}/audit-exports/{job.pk}"
