"""Exports of the audit log: asked for here, written by the worker, downloaded here for a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION
from apps_admin.domain.errors import ValidationError
from apps_admin.forms.audit import POSITION, AuditExportForm, AuditFilterForm
from apps_admin.models import Job
from apps_admin.models.job import is_any_worker_alive
from apps_admin.services.account_log import origin_of
from apps_admin.services.accounts import actor_of, authorize
from apps_admin.services.audit_export import (
    ExportFormat,
    file_name,
    filter_to_json,
    list_exports,
    list_exports_of_everything,
    open_export,
    open_export_of_everything,
    start_export,
    start_export_of_everything,
)
from apps_admin.services.audit_lines import AuditFilter
from apps_admin.services.connections import list_connections
from apps_admin.views.app_actions import ask_then_do
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view

Start = Callable[[AuditFilter, ExportFormat, str], object]


@ask_then_do
@workspace_view
def audit_export(request: WorkspaceRequest) -> HttpResponse:
    """Ask for an export of what the filters in the address take, and list one's own."""
    require(request, Action.AUDIT_EXPORT)
    workspace = request.workspace
    filters = _filters(request)

    def start(wanted: AuditFilter, export_format: ExportFormat, reason: str) -> object:
        return start_export(workspace, wanted, export_format, reason=reason)

    return _ask(
        request,
        filters.to_filter(workspace.connection.slug),
        start,
        list_exports(workspace),
        needs_reason=workspace.connection.reason_required,
        list_url=reverse("audit-list", args=[workspace.connection.slug]),
    )


@ask_then_do
def audit_all_export(request: HttpRequest) -> HttpResponse:
    """The same for all of the log, whichever the connection; for administrators of every one."""
    actor = actor_of(request)
    if request.method != "POST":  # a refused form is recorded by the service
        authorize(actor, Action.AUDIT_EXPORT, [EVERY_CONNECTION])
    filters = _filters(request)

    def start(wanted: AuditFilter, export_format: ExportFormat, reason: str) -> object:
        return start_export_of_everything(
            actor, wanted, export_format, reason=reason, origin=origin_of(request)
        )

    return _ask(
        request,
        filters.to_filter(),
        start,
        list_exports_of_everything(actor),
        needs_reason=False,
        list_url=reverse("audit-all-list"),
    )


@require_safe
@workspace_view
def audit_export_download(request: WorkspaceRequest, job_id: str) -> HttpResponseBase:
    """One's own finished export, as a gzip file."""
    return _send(*open_export(request.workspace, job_id))


@require_safe
def audit_all_export_download(request: HttpRequest, job_id: str) -> HttpResponseBase:
    """The same for one of all of the log."""
    return _send(*open_export_of_everything(actor_of(request), job_id))


def _filters(request: HttpRequest) -> AuditFilterForm:
    """The filters in the address. Raises ValidationError: what is misspelled must not export everything."""
    connections = [(each.slug, each.name) for each in list_connections(actor_of(request))]
    filters = AuditFilterForm(request.GET, connections)
    if filters.troubles:
        raise ValidationError({"filter": list(filters.troubles)})
    return filters


def _ask(
    request: HttpRequest,
    wanted: AuditFilter,
    start: Start,
    exports: list[Job],
    *,
    needs_reason: bool,
    list_url: str,
) -> HttpResponse:
    form = AuditExportForm(sent(request), needs_reason=needs_reason)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        start(wanted, ExportFormat(typed["export_format"]), typed["reason"])
        messages.success(request, "The export has begun. It is kept here for a day.")
        return redirect(request.path)
    is_active = any(job.is_active for job in exports)
    context: dict[str, Any] = {
        "form": form,
        "exports": exports,
        "is_active": is_active,
        "has_no_worker": is_active and not is_any_worker_alive(),
        "filters": [(k, v) for k, v in filter_to_json(wanted).items() if k != "connection"],
        "query": urlencode({k: v for k, v in request.GET.items() if v and k != POSITION}),
        "list_url": list_url,
    }
    status = 422 if form.errors else 200
    return render(request, "audit/export.html", context, status=status)


def _send(job: Job, chunks: Iterator[bytes]) -> HttpResponseBase:
    return StreamingHttpResponse(
        chunks,
        content_type="application/gzip",
        headers={"Content-Disposition": f'attachment; filename="{file_name(job)}"'},
    )
