"""The audit log of a connection, and the history of one app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE
from apps_admin.forms.audit import AuditFilterForm
from apps_admin.services.audit_lines import AuditLine, list_operations, show_operation
from apps_admin.views.app_difference import LABELS, DifferenceRow, value_text
from apps_admin.views.decorators import WorkspaceRequest, workspace_view

OUTCOME_LEVELS = {
    "started": "info",
    "succeeded": "ok",
    "failed": "danger",
    "denied": "warning",
    "unknown": "warning",
}


@require_safe
@workspace_view
def audit_list(request: WorkspaceRequest) -> HttpResponse:
    """List what was done on this connection, one line an operation."""
    request.workspace.require(Action.AUDIT_VIEW)
    return render(request, "audit/list.html", _page(request))


@require_safe
@workspace_view
def app_history(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """List what was done to one app; it may be deleted by now."""
    request.workspace.require(Action.AUDIT_VIEW)
    context = {**_page(request, app_id), "app_id": app_id, "segment": encode_app_id(app_id)}
    return render(request, "apps/history.html", context)


@require_safe
@workspace_view
def audit_record(request: WorkspaceRequest, operation_id: str) -> HttpResponse:
    """Show one operation: who, what, from where, and every attribute that differs."""
    request.workspace.require(Action.AUDIT_VIEW)
    line = show_operation(request.workspace.actor, operation_id)
    return render(request, "audit/record.html", {"line": shown(line), "rows": audited_rows(line)})


def _page(request: WorkspaceRequest, app_id: str = "") -> dict[str, Any]:
    workspace = request.workspace
    form = AuditFilterForm(request.GET)
    wanted = form.to_filter(workspace.connection.slug, app_id)
    page = list_operations(workspace.actor, wanted, before=form.position)
    query = request.GET.copy()
    query.pop("before", None)
    first = query.urlencode()
    if page.next_before is not None:
        query["before"] = str(page.next_before)
    return {
        "form": form,
        "lines": [shown(line) for line in page.lines],
        "is_filtered": any(request.GET.values()),
        "first_url": f"?{first}" if form.position else "",
        "next_url": f"?{query.urlencode()}" if page.next_before is not None else "",
    }


def shown(line: AuditLine) -> dict[str, Any]:
    """One line for the templates."""
    return {
        "operation": line,
        "level": OUTCOME_LEVELS.get(line.outcome.value, "neutral"),
        "word": "under way" if line.is_open else line.outcome.value,
        "is_app": line.action.startswith(("app.", "webhook.")) and bool(line.target),
        "changed": [label_of(name) for name in line.changed],
    }


def label_of(name: str) -> str:
    """An attribute as people call it."""
    stored = FIELD_OF_ATTRIBUTE.get(name)
    return LABELS.get(stored.name, name) if stored and stored.attribute == name else name


def audited_rows(line: AuditLine) -> list[DifferenceRow]:
    """Each attribute that differs, as the log kept it."""
    before, after = line.before or {}, line.after or {}
    return [
        DifferenceRow(
            name=name,
            label=label_of(name),
            before=_kept_text(name, before.get(name)),
            after=_kept_text(name, after.get(name)),
            note=_kept_note(before.get(name), after.get(name)),
        )
        for name in line.changed
    ]


def _kept_text(name: str, kept: Any) -> str | None:
    if kept is None:
        return None
    if not isinstance(kept, Mapping):
        return str(kept)
    readable = {kind: part for kind, part in kept.items() if kind not in {"fingerprint", "bytes"}}
    if readable:
        return value_text(name, readable)
    size = f", {kept['bytes']:,} bytes" if "bytes" in kept else ""
    return f"fingerprint {str(kept.get('fingerprint', ''))[:12]}{size}"


def _kept_note(*sides: Any) -> str:
    hidden = any(isinstance(side, Mapping) and "fingerprint" in side for side in sides)
    return "only a fingerprint of the secret is kept" if hidden else ""
