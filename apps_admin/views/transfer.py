"""Import and export of apps."""

from __future__ import annotations

from typing import cast
from urllib.parse import parse_qsl

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.transfer import FORMATS, WRITABLE
from apps_admin.forms.transfer import ExportForm, ImportForm
from apps_admin.services.file_pieces import FilePieces
from apps_admin.services.search import AppQuery
from apps_admin.services.transfer_export import export_apps
from apps_admin.services.transfer_import import preview_import
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view
from apps_admin.views.fresh_sign_in import fresh_sign_in


@require_safe
@workspace_view
def transfer_list(request: WorkspaceRequest) -> HttpResponse:
    """Import a file, or export one."""
    require(request, Action.APP_EXPORT)
    return _page(request, None, None)


@require_POST
@workspace_view
def app_import(request: WorkspaceRequest) -> HttpResponse:
    """Keep the file and go on to its preview."""
    require(request, Action.APP_IMPORT)
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = preview_import(
                request.workspace, file.chunks(), str(file.name), form.to_options()
            )
        except ValidationError as error:
            form.add_domain_errors(error)
        else:
            return redirect("job-record", request.workspace.connection.slug, job.pk)
    return _page(request, form, None)


@require_POST
@workspace_view
def app_export(request: WorkspaceRequest) -> HttpResponse:
    """Send the file, without anything secret."""
    require(request, Action.APP_EXPORT)
    return _export(request, with_secrets=False)


@require_POST
@fresh_sign_in
@workspace_view
def app_export_secrets(request: WorkspaceRequest) -> HttpResponse:
    """Send the file with secrets."""
    require(request, Action.APP_EXPORT_SECRETS)
    return _export(request, with_secrets=True)


def _export(request: WorkspaceRequest, *, with_secrets: bool) -> HttpResponse:
    workspace = request.workspace
    form = ExportForm(request.POST, needs_reason=workspace.connection.reason_required)
    if not form.is_valid():
        return _page(request, None, form)
    chosen = WRITABLE[form.cleaned_data["format"]]
    query = request.POST.get("query", "")
    wanted = AppQuery.from_parameters(dict(parse_qsl(query.removeprefix("?")))) if query else None
    pieces = export_apps(
        workspace,
        chosen.name,
        query=wanted,
        with_secrets=with_secrets,
        reason=form.cleaned_data["reason"],
    )
    answer = StreamingHttpResponse(
        FilePieces(pieces), content_type=f"{chosen.content_type}; charset=utf-8"
    )
    name = f"{workspace.connection.slug}-apps-{timezone.now():%Y%m%d-%H%M}.{chosen.extension}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    # A streamed answer is no HttpResponse to Django's types, though to its middleware.
    return cast(HttpResponse, answer)


def _page(
    request: WorkspaceRequest, import_form: ImportForm | None, export_form: ExportForm | None
) -> HttpResponse:
    needs_reason = request.workspace.connection.reason_required
    context = {
        "import_form": import_form or ImportForm(),
        "export_form": export_form or ExportForm(needs_reason=needs_reason, auto_id="export_%s"),
        "formats": FORMATS.values(),
        "query": request.GET.get("query", "") or request.POST.get("query", ""),
    }
    form = import_form or export_form
    status = 422 if form is not None and form.errors else 200
    return render(request, "transfer/list.html", context, status=status)
