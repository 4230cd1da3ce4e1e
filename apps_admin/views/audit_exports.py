"""Exports of a connection's audit log: asked for here, written by the worker, downloaded here for a day."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Action
from apps_admin.forms.audit import AuditExportForm, AuditFilterForm
from apps_admin.models.job import is_any_worker_alive
from apps_admin.services.audit_export import (
    ExportFormat,
    filter_to_json,
    list_exports,
    open_export,
    start_export,
)
from apps_admin.views.app_actions import ask_then_do
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view


@ask_then_do
@workspace_view
def audit_export(request: WorkspaceRequest) -> HttpResponse:
    """Ask for an export of what the filters in the address take, and list one's own."""
    require(request, Action.AUDIT_EXPORT)
    workspace = request.workspace
    wanted = AuditFilterForm(request.GET).to_filter(workspace.connection.slug)
    form = AuditExportForm(sent(request), needs_reason=workspace.connection.reason_required)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        start_export(
            workspace, wanted, ExportFormat(typed["export_format"]), reason=typed["reason"]
        )
        messages.success(request, "The export has begun. It is kept here for a day.")
        return redirect("audit-export", connection=workspace.connection.slug)
    exports = list_exports(workspace)
    is_active = any(job.is_active for job in exports)
    kept = {k: v for k, v in request.GET.items() if v and k != "before"}
    context = {
        "form": form,
        "exports": exports,
        "is_active": is_active,
        "has_no_worker": is_active and not is_any_worker_alive(),
        "filters": [(k, v) for k, v in filter_to_json(wanted).items() if k != "connection"],
        "query": urlencode(kept),
    }
    status = 422 if form.errors else 200
    return render(request, "audit/export.html", context, status=status)


@require_safe
@workspace_view
def audit_export_download(request: WorkspaceRequest, job_id: str) -> HttpResponseBase:
    """One's own finished export, as a gzip file."""
    job, chunks = open_export(request.workspace, job_id)
    name = f"audit-{job.connection}-{job.created_at:%Y-%m-%d-%H%M}.{job.parameters['format']}.gz"
    return StreamingHttpResponse(
        chunks,
        content_type="application/gzip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
