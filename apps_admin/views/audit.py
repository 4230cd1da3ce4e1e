"""The audit log of a connection, and the history of one app."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.errors import NotFoundError
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE
from apps_admin.forms.audit import AuditFilterForm
from apps_admin.services.audit_lines import AuditFilter, AuditLine, list_operations, show_operation
from apps_admin.services.undo import UNDOABLE, why_not_undoable
from apps_admin.services.versions import operations_with_states
from apps_admin.services.workspace import Workspace
from apps_admin.views.app_difference import LABELS, DifferenceRow, value_text
from apps_admin.views.decorators import WorkspaceRequest, workspace_view

OUTCOME_LEVELS = {
    "started": "info",
    "succeeded": "ok",
    "failed": "danger",
    "denied": "warning",
    "unknown": "warning",
}
CHILDREN = 50


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
    workspace = request.workspace
    line = show_operation(workspace.actor, operation_id)
    if line.connection != workspace.connection.slug:
        raise NotFoundError("There is no such operation on this connection.")
    children = list_operations(workspace.actor, AuditFilter(parent_id=operation_id), limit=CHILDREN)
    (offered,) = offers(workspace, [line])
    context = {
        "line": offered,
        "rows": audited_rows(line),
        "why_not": why_not_undoable(workspace, line) if line.action in UNDOABLE else "",
        "undoes": str(line.details.get("undoes") or line.details.get("restores") or ""),
        "notes": _notes(line),
        "children": offers(workspace, children.lines),
        "has_more_children": children.next_before is not None,
    }
    return render(request, "audit/record.html", context)


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
        "lines": offers(workspace, page.lines),
        "is_filtered": any(request.GET.values()),
        "first_url": f"?{first}" if form.position else "",
        "next_url": f"?{query.urlencode()}" if page.next_before is not None else "",
    }


def offers(workspace: Workspace, lines: Sequence[AuditLine]) -> list[dict[str, Any]]:
    """Lines for the templates, with what can be done about each: undo it, compare the state before it with now."""
    slug = workspace.connection.slug
    kept = operations_with_states(slug, [line.operation_id for line in lines])
    may_restore = workspace.may(Action.APP_RESTORE)
    return [
        {
            **shown(line),
            "can_undo": not why_not_undoable(workspace, line, kept=kept),
            "can_restore": may_restore and line.operation_id in kept and line.before is not None,
            "can_restore_after": may_restore
            and line.operation_id in kept
            and line.after is not None,
        }
        for line in lines
    ]


def _notes(line: AuditLine) -> list[tuple[str, str]]:
    """What an operation noted beside its change."""
    told = {"error", "message", "undoes", "restores"}
    return [
        (
            name.replace("_", " ").capitalize(),
            value if isinstance(value, str) else json.dumps(value),
        )
        for name, value in sorted(line.details.items())
        if name not in told
    ]


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
    readable = {kind: part for kind, part in kept.items() if kind not in {"fingerprint", "size"}}
    if readable:
        return value_text(name, readable)
    size = f", {kept['size']:,} bytes" if "size" in kept else ""
    return f"fingerprint {str(kept.get('fingerprint', ''))[:12]}{size}"


def _kept_note(*sides: Any) -> str:
    hidden = any(isinstance(side, Mapping) and "fingerprint" in side for side in sides)
    return "only a fingerprint of the secret is kept" if hidden else ""
