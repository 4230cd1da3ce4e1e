"""The page of one app: what is stored, what soketi does with it, what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.masking import masked_json
from apps_admin.forms.apps import ConfirmForm
from apps_admin.generators.snippets import SECRET_PLACEHOLDER, AppAccess, app_snippets
from apps_admin.services.apps import AppRecord, reveal_secret, show_app
from apps_admin.services.workspace import Workspace
from apps_admin.views import app_facts
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view
from apps_admin.views.fresh_sign_in import fresh_sign_in


@require_safe
@workspace_view
def app_record(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Show one app, read from DynamoDB now (one call)."""
    record = show_app(request.workspace, app_id)
    return render(request, "apps/record.html", record_context(request.workspace, record))


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in
@workspace_view
def app_reveal_secret(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Show the secret, which is written in the audit log first. GET asks; the secret is never in an address."""
    workspace = request.workspace
    require(request, Action.APP_REVEAL_SECRET, app_id)
    needs_reason = workspace.connection.reason_required
    form = ConfirmForm(sent(request), app_id=app_id, needs_reason=needs_reason)
    context: dict[str, Any] = {"form": form, "app_id": app_id, "segment": encode_app_id(app_id)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "apps/reveal_secret.html", context)
    revealed = reveal_secret(workspace, app_id, reason=form.cleaned_data["reason"])
    shown = record_context(workspace, revealed.record, secret=revealed.secret)
    template = "apps/revealed.html" if request.htmx else "apps/record.html"
    return render(request, template, shown)


def record_context(
    workspace: Workspace, record: AppRecord, *, secret: str | None = None
) -> dict[str, Any]:
    """What apps/record.html shows."""
    app, view = record.app, record.view
    return {
        "app": app,
        "app_id": app.id,
        "segment": encode_app_id(app.id),
        "view": view,
        "state": app_facts.state_of(view),
        "tiles": app_facts.tiles_of(view),
        "findings": record.findings,
        "flags": app_facts.flag_rows(view),
        "limits": app_facts.limit_rows(view),
        "webhooks": app_facts.webhook_rows(app),
        "unknown": app_facts.attribute_rows(app, app.unknown),
        "raw": json.dumps(masked_json(app.item), indent=2, ensure_ascii=False, sort_keys=True),
        "snippets": snippets_of(workspace, app.id, app.key, secret or SECRET_PLACEHOLDER),
        "secret": secret,
    }


def snippets_of(workspace: Workspace, app_id: str, key: str, secret: str) -> Any:
    """The snippets of an app for this connection's soketi."""
    access = AppAccess(
        id=app_id, key=key, secret=secret, soketi_url=workspace.connection.soketi_url
    )
    return app_snippets(access)
