"""Mending one finding of an app: GET shows what would change, POST changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.errors import NotFoundError
from apps_admin.domain.finding import RULES, FixMode
from apps_admin.services.apps import Change, fix_app
from apps_admin.services.confirmation import takes_away
from apps_admin.views import app_facts
from apps_admin.views.app_actions import (
    ask_on,
    ask_then_do,
    confirm_form,
    is_confirmed,
    tell,
    to_app,
)
from apps_admin.views.app_difference import difference_rows
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view


@dataclass(frozen=True, kw_only=True)
class AskedFix:
    """Which finding, and in which of its ways, as the address or the form says it."""

    code: str
    mode: FixMode
    attribute: str
    index: int | None

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> AskedFix:
        """Raises NotFoundError for what names no fix."""
        index = parameters.get("index", "")
        code, mode = parameters.get("code", ""), parameters.get("mode", "")
        if code not in RULES or mode not in set(FixMode) or not (index.isdecimal() or not index):
            raise NotFoundError(
                "This address names no fix.", hint="Open the app and choose a fix of its findings."
            )
        attribute = parameters.get("attribute", "")
        return cls(
            code=code,
            mode=FixMode(mode),
            attribute=attribute,
            index=int(index[:6]) if index else None,
        )


@ask_then_do
@workspace_view
def app_fix(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Mend one finding; nothing else of the item changes."""
    require(request, Action.APP_FIX, app_id)
    asked = AskedFix.of(request.POST.dict() if request.method == "POST" else request.GET.dict())
    planned = _fix(request, app_id, asked, dry_run=True)
    before, after = _both(planned)
    form = confirm_form(request, app_id, is_dangerous=takes_away(before, after))
    if is_confirmed(request, form):
        change = _fix(request, app_id, asked, **form.words)
        tell(request, change, f"{app_id} is mended ({asked.code}). {_effect(asked.mode, after)}")
        return to_app(request, app_id)
    return ask_on(
        request,
        before,
        form,
        "apps/fix.html",
        asked=asked,
        rule=RULES[asked.code],
        rows=difference_rows(before.item, after.item),
        tiles=app_facts.tiles_of(after.view),
    )


def _fix(
    request: WorkspaceRequest,
    app_id: str,
    asked: AskedFix,
    *,
    reason: str = "",
    confirmation: str = "",
    dry_run: bool = False,
) -> Change:
    return fix_app(
        request.workspace,
        app_id,
        code=asked.code,
        mode=asked.mode,
        attribute=asked.attribute,
        index=asked.index,
        reason=reason,
        dry_run=dry_run,
        confirmation=confirmation,
    )


def _effect(mode: FixMode, after: App) -> str:
    """What soketi does now."""
    if mode is FixMode.AS_READ:
        return "soketi does with it what it did before, and nothing else of the record changed."
    if not after.view.accepts_connections:
        return "soketi refuses new connections; clients that are connected stay."
    return "soketi uses it for new connections and requests; connected clients keep what was true when they connected."


def _both(change: Change) -> tuple[App, App]:
    if change.before is None or change.after is None:
        raise AssertionError("a fix neither creates nor deletes")
    return change.before, change.after
