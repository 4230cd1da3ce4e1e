"""Undo a change, restore an earlier state: GET shows what would be written, POST writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.comparison import Standing
from apps_admin.domain.errors import AppConflictError, NotFoundError
from apps_admin.domain.item import RawItem
from apps_admin.forms.apps import ConfirmForm, DeleteForm, RestoreForm
from apps_admin.forms.audit import position_of
from apps_admin.services.app_steps import revision_of
from apps_admin.services.apps import Change
from apps_admin.services.audit_lines import AuditLine, show_operation, target_of
from apps_admin.services.confirmation import takes_away
from apps_admin.services.sessions import is_fresh
from apps_admin.services.undo import (
    compare_undo,
    restore_version,
    undo_operation,
    what_undo_cannot_bring_back,
)
from apps_admin.services.versions import Side, has_states, list_deleted_apps
from apps_admin.views import app_facts
from apps_admin.views.app_actions import ask_on, ask_then_do, is_confirmed, tell, to_app
from apps_admin.views.app_comparison import comparison_rows
from apps_admin.views.app_difference import difference_rows
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view
from apps_admin.views.fresh_sign_in import suspend

# What undo would set (mine), against what the change left (base) and what is stored now.
STANDINGS = {
    Standing.MINE: "Still as this change left it",
    Standing.THEIRS: "Changed since, elsewhere",
    Standing.SAME: "Already set back",
    Standing.CONFLICT: "Changed again since",
}
NEW_CONNECTIONS = (
    "soketi uses it for new connections and requests; connected clients keep what was true when they "
    "connected."
)


@ask_then_do
@workspace_view
def app_undo(request: WorkspaceRequest, operation_id: str) -> HttpResponse:
    """Set back what one operation changed, unless it was changed again since."""
    workspace = request.workspace
    require(request, Action.APP_UNDO, target_of(workspace.actor, operation_id))
    try:
        planned = undo_operation(workspace, operation_id, is_drained=True, dry_run=True)
        line = show_operation(workspace.actor, operation_id)
        form = _form(request, planned, line.target)
        if not is_confirmed(request, form):
            return _ask(request, planned, form, "apps/undo.html", line=line, **_lost(line))
        if must_be_fresh(planned) and not is_fresh(request):
            return suspend(request)
        change = undo_operation(
            workspace,
            operation_id,
            is_drained=form.cleaned_data.get("is_drained", False),
            **form.words,
        )
    except AppConflictError as conflict:
        return _show_conflict(request, operation_id, conflict)
    return _done(request, change, line.target, f"{line.action} of {line.target} is undone.")


@ask_then_do
@workspace_view
def app_restore(
    request: WorkspaceRequest, app_id: str, operation_id: str, side: str
) -> HttpResponse:
    """Make an app what it was before or after an operation."""
    require(request, Action.APP_RESTORE, app_id)
    restore = _restore_of(request, app_id, operation_id, side)
    planned = restore(dry_run=True)
    form = _form(request, planned, app_id, form_class=RestoreForm)
    context = {"line": show_operation(request.workspace.actor, operation_id), "side": side}
    if not is_confirmed(request, form):
        return _ask(request, planned, form, "apps/restore.html", **context)
    if must_be_fresh(planned) and not is_fresh(request):
        return suspend(request)
    try:
        change = restore(revision=form.cleaned_data["revision"], **form.words)
    except AppConflictError as conflict:
        planned = restore(dry_run=True)
        again = _form(request, planned, app_id, form_class=RestoreForm, is_new=True)
        context["conflict"] = conflict
        return _ask(request, planned, again, "apps/restore.html", status=409, **context)
    return _done(request, change, app_id, f"{app_id} is what it was then.")


@require_safe
@workspace_view
def deleted_app_list(request: WorkspaceRequest) -> HttpResponse:
    """List the apps that were deleted and can still be restored."""
    require(request, Action.APP_RESTORE)
    before = position_of(request.GET)
    page = list_deleted_apps(request.workspace, before=before)
    context = {
        "deleted": page.apps,
        "first_url": request.path if before else "",
        "next_url": f"?before={page.next_before}" if page.next_before is not None else "",
    }
    return render(request, "apps/deleted_list.html", context)


def must_be_fresh(change: Change) -> bool:
    """Deleting an app, or replacing its secret, asks for a fresh sign-in whichever way it is done."""
    before, after = change.before, change.after
    return before is not None and (after is None or before.secret != after.secret)


def _form(
    request: WorkspaceRequest,
    planned: Change,
    app_id: str,
    *,
    form_class: type[ConfirmForm] = ConfirmForm,
    is_new: bool = False,
) -> ConfirmForm:
    connection = request.workspace.connection
    is_delete = planned.after is None
    stored = planned.before
    return (DeleteForm if is_delete else form_class)(
        None if is_new else sent(request),
        app_id=app_id,
        needs_id=is_delete or (connection.protected and takes_away(planned.before, planned.after)),
        needs_reason=connection.reason_required,
        initial={"revision": revision_of(stored.item) if stored else ""},
    )


def _restore_of(
    request: WorkspaceRequest, app_id: str, operation_id: str, side: str
) -> Callable[..., Change]:
    if side not in set(Side):
        raise NotFoundError("There is no such state.", hint="Choose one in the app's history.")

    def restore(**asked: Any) -> Change:
        return restore_version(request.workspace, app_id, operation_id, Side(side), **asked)

    return restore


def _ask(
    request: WorkspaceRequest, planned: Change, form: ConfirmForm, template: str, **more: Any
) -> HttpResponse:
    app = planned.before or planned.after
    if app is None:
        raise AssertionError("an undo or a restore is about an app")
    return ask_on(
        request,
        app,
        form,
        template,
        before=planned.before,
        after=planned.after,
        rows=difference_rows(_item(planned.before), _item(planned.after)),
        tiles=app_facts.tiles_of(planned.after.view) if planned.after else (),
        **more,
    )


def _show_conflict(
    request: WorkspaceRequest, operation_id: str, conflict: AppConflictError
) -> HttpResponse:
    """What the change left, what is stored now and what undo would set, side by side. Nothing was written."""
    workspace = request.workspace
    line = show_operation(workspace.actor, operation_id)
    context = {
        "app_id": line.target,
        "segment": encode_app_id(line.target),
        "line": line,
        "conflict": conflict,
        "rows": comparison_rows(compare_undo(workspace, operation_id).fields, STANDINGS),
        "is_restorable": line.before is not None and has_states(line.connection, operation_id),
    }
    return render(request, "apps/undo_conflict.html", context, status=409)


def _done(request: WorkspaceRequest, change: Change, app_id: str, fact: str) -> HttpResponse:
    if change.after is None:
        tell(request, change, f"{fact} soketi answers 4001 to its clients from now on.")
        return redirect("app-list", connection=request.workspace.connection.slug)
    tell(request, change, f"{fact} {NEW_CONNECTIONS}")
    return to_app(request, app_id)


def _lost(line: AuditLine) -> dict[str, Any]:
    return {"lost": what_undo_cannot_bring_back(line.action)}


def _item(app: App | None) -> RawItem | None:
    return app.item if app else None
