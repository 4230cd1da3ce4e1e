"""The audit log: of a connection, of everything, and of one app."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.audit import Outcome
from apps_admin.domain.errors import NotFoundError
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE, WEBHOOKS
from apps_admin.forms.audit import AuditFilterForm, position_of
from apps_admin.services.accounts import actor_of, authorize
from apps_admin.services.audit_lines import (
    AuditFilter,
    AuditLine,
    LinePage,
    list_later_changes,
    list_operations,
    show_operation,
)
from apps_admin.services.connections import list_connections
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
# What is kept of a secret in its place; every other name is the type of a value.
FINGERPRINTED = frozenset({"fingerprint", "size"})


@require_safe
@workspace_view
def audit_list(request: WorkspaceRequest) -> HttpResponse:
    """List what was done on this connection, one line an operation."""
    workspace = request.workspace
    workspace.require(Action.AUDIT_VIEW)
    is_exporter = workspace.may(Action.AUDIT_EXPORT)
    export_url = reverse("audit-export", args=[workspace.connection.slug]) if is_exporter else ""
    return render(request, "audit/list.html", {**_page(request), "export_url": export_url})


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
    later_changes = list_later_changes(workspace.actor, line)
    later_lines = [each.line for each in later_changes]
    context = {
        "line": offered,
        "rows": audited_rows(line),
        "why_not": why_not_undoable(workspace, line) if line.action in UNDOABLE else "",
        "undoes": str(line.details.get("undoes") or line.details.get("restores") or ""),
        "notes": _notes(line),
        "children": offers(workspace, children.lines),
        "since_then": [
            {**one, "is_way_back": later.is_way_back}
            for later, one in zip(later_changes, offers(workspace, later_lines), strict=True)
        ],
        "is_settled": line.outcome is Outcome.SUCCEEDED
        and bool(offered["is_app"] and line.changed),
        "has_more_children": children.next_before is not None,
    }
    return render(request, "audit/record.html", context)


@require_safe
def audit_all_list(request: HttpRequest) -> HttpResponse:
    """List what was done anywhere that its reader may see; what belongs to no connection too."""
    actor = _reader(request)
    connections = [(each.slug, each.name) for each in list_connections(actor)]
    form = AuditFilterForm(request.GET, connections)
    page = list_operations(actor, form.to_filter(), before=position_of(request.GET))
    is_exporter = actor.may(Action.AUDIT_EXPORT, EVERY_CONNECTION)
    context = {
        **_list_context(request, form, page),
        "lines": [shown(line) for line in page.lines],
        "export_url": reverse("audit-all-export") if is_exporter else "",
    }
    return render(request, "audit/list.html", context)


@require_safe
def audit_all_record(request: HttpRequest, operation_id: str) -> HttpResponse:
    """Show one operation that belongs to no connection; any other on its connection's page."""
    line = show_operation(actor_of(request), operation_id)
    if line.connection:
        return redirect("audit-record", connection=line.connection, operation_id=operation_id)
    context = {"line": shown(line), "rows": audited_rows(line), "notes": _notes(line)}
    return render(request, "audit/record.html", context)


def _reader(request: HttpRequest) -> Actor:
    """Who asks. Raises DeniedError for somebody who may see the log of no connection."""
    actor = actor_of(request)
    if not any(actor.may(Action.AUDIT_VIEW, slug) for slug in actor.grants):
        authorize(actor, Action.AUDIT_VIEW, [])
    return actor


def _page(request: WorkspaceRequest, app_id: str = "") -> dict[str, Any]:
    workspace = request.workspace
    form = AuditFilterForm(request.GET)
    wanted = form.to_filter(workspace.connection.slug, app_id)
    page = list_operations(workspace.actor, wanted, before=position_of(request.GET))
    return {**_list_context(request, form, page), "lines": offers(workspace, page.lines)}


def _list_context(request: HttpRequest, form: AuditFilterForm, page: LinePage) -> dict[str, Any]:
    query = request.GET.copy()
    is_first = "before" not in query
    query.pop("before", None)
    first = query.urlencode()
    if page.next_before is not None:
        query["before"] = str(page.next_before)
    names = ("app", "person", "since", "until", "parent")
    return {
        "form": form,
        "ignored": form.troubles,
        "more_fields": [form[name] for name in ("app", "person", "since", "until")],
        "is_filtered": any(value for name, value in request.GET.items() if name != "before"),
        "has_more_filters": any(request.GET.get(name) for name in names),
        "first_url": "" if is_first else f"?{first}",
        "next_url": f"?{query.urlencode()}" if page.next_before is not None else "",
        "searched_from": page.searched_from,
        "export_query": first,
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
        "url": record_url(line),
        "level": OUTCOME_LEVELS.get(line.outcome.value, "neutral"),
        "word": "under way" if line.is_open else line.outcome.value,
        "is_app": line.action.startswith(("app.", "webhook.")) and bool(line.target),
        "is_unchanged": line.outcome is Outcome.SUCCEEDED
        and line.action in UNDOABLE
        and not line.changed,
        "changed": [label_of(name) for name in line.changed],
    }


def record_url(line: AuditLine) -> str:
    """The page of an operation."""
    if line.connection:
        return reverse("audit-record", args=[line.connection, line.operation_id])
    return reverse("audit-all-record", args=[line.operation_id])


def label_of(name: str) -> str:
    """An attribute as people call it."""
    if name == EVERY_CONNECTION:  # in the roles of a person
        return "every connection"
    stored = FIELD_OF_ATTRIBUTE.get(name)
    return LABELS.get(stored.name, name) if stored and stored.attribute == name else name


def audited_rows(line: AuditLine) -> list[DifferenceRow]:
    """Each attribute that differs, as the log kept it."""
    before, after = line.before or {}, line.after or {}
    return [
        DifferenceRow.of(
            name,
            label_of(name),
            _kept_text(name, before.get(name), _types(before.get(name), after.get(name))),
            _kept_text(name, after.get(name), _types(before.get(name), after.get(name))),
            _kept_note(name, before.get(name), after.get(name)),
        )
        for name in line.changed
    ]


def _types(*sides: Any) -> set[str]:
    return {kind for side in sides if isinstance(side, Mapping) for kind in side} - FINGERPRINTED


def _kept_text(name: str, kept: Any, types: set[str]) -> str | None:
    if kept is None:
        return None
    if not isinstance(kept, Mapping):
        return str(kept)
    readable = {kind: part for kind, part in kept.items() if kind not in FINGERPRINTED}
    if readable:
        return value_text(name, readable, types=types)
    size = f", {kept['size']:,} bytes" if "size" in kept else ""
    return f"fingerprint {str(kept.get('fingerprint', ''))[:12]}{size}"


def _kept_note(name: str, *sides: Any) -> str:
    if not any(isinstance(side, Mapping) and "fingerprint" in side for side in sides):
        return ""
    if name in WEBHOOKS.names:
        return "secret parts are shown as dots; only a fingerprint of the whole is kept"
    return "only a fingerprint of the secret is kept"
