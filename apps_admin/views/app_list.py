"""The list of apps, from the app index. Its address holds search, filters and order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import ConsoleError
from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.forms.app_filters import LIMIT, AppFilterForm, query_of_form
from apps_admin.models.app_index import AppState, IndexedApp
from apps_admin.services.app_index import request_refresh
from apps_admin.services.exact_search import ExactMatch, find_exactly
from apps_admin.services.search import AppList, AppQuery, list_apps
from apps_admin.views.decorators import WorkspaceRequest, workspace_view

STATE_LEVELS = {
    AppState.ENABLED.value: "ok",
    AppState.DISABLED.value: "off",
    AppState.NOT_FOUND.value: "danger",
}
SEVERITY_LEVELS = ("ok", "info", "warning", "danger")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One filter or one column's order: a link, and whether it holds now."""

    label: str
    address: str
    is_current: bool
    icon: str = ""
    sort: str = ""


@dataclass(frozen=True, kw_only=True)
class RowKind:
    """What apps of the list have alike: their rows differ in texts alone."""

    may_bulk: bool
    has_label: bool
    state: str
    level: str
    finding_count: int
    finding_level: str
    limit_label: str
    is_unlimited: bool
    has_webhooks: bool


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """One app of the list, for the template's `list_row`."""

    kind: RowKind
    app_id: str
    label: str
    app_key: str
    limit: str
    webhook_count: str


@require_safe
@workspace_view
def app_list(request: WorkspaceRequest) -> HttpResponse:
    """List apps. For htmx only the part below the filters."""
    workspace = request.workspace
    workspace.require(Action.APP_VIEW)
    if LIMIT in request.GET:
        return redirect(request.path + query_of_form(request.GET.dict()).to_address())
    query = AppQuery.from_parameters(request.GET.dict())
    page = list_apps(workspace.connection, query)
    filter_form = AppFilterForm(query)
    limit = limit_shown(query, filter_form.shown_limit)
    may_bulk = workspace.may(Action.APP_BULK)
    context = {
        "query": query,
        "page": page,
        "rows": [row_of(app, limit, may_bulk=may_bulk) for app in page.apps],
        "filters": filters_of(query),
        "filter_form": filter_form,
        "columns": columns_of(query, limit),
        "next_address": query.to_address(cursor=page.next_cursor) if page.next_cursor else "",
        "previous_address": query.to_address(cursor=page.previous_cursor)
        if page.previous_cursor
        else "",
        "first_address": query.to_address(cursor="") if query.cursor else "",
        "count_text": f"{page.count} of {page.total} apps"
        if query.is_filtered
        else f"{page.total} app{'' if page.total.number == 1 else 's'}",
        "query_address": query.to_address(cursor=""),
        "here": query.to_address(cursor=query.cursor),
        **exact_matches(request, page),
    }
    is_part = bool(request.htmx) and request.headers.get("HX-Target") == "app-list"
    response = render(request, "apps/list_part.html" if is_part else "apps/list.html", context)
    response["Vary"] = "HX-Request, HX-Target"
    return response


@require_POST
@workspace_view
def app_list_refresh(request: WorkspaceRequest) -> HttpResponse:
    """Ask the worker to read the table anew."""
    workspace = request.workspace
    workspace.require(Action.APP_VIEW)
    request_refresh(workspace.connection)
    query = AppQuery.from_parameters(request.POST.dict())
    return redirect(
        reverse("app-list", args=[workspace.connection.slug]) + query.to_address(cursor="")
    )


def exact_matches(request: WorkspaceRequest, page: AppList) -> dict[str, Any]:
    """What DynamoDB itself has under exactly this id or key and the page does not show. At most two calls."""
    text = page.query.text
    if not text or any(text in {app.app_id, app.app_key} for app in page.apps):
        return {}
    try:
        matches: tuple[ExactMatch, ...] = find_exactly(request.workspace, text)
    except ConsoleError as error:
        return {"exact_problem": error}
    return {"exact": matches}


def limit_shown(query: AppQuery, filtered: Limit) -> Limit:
    """The limit that has a column: the one the list is sorted by, or else filtered by."""
    return next((limit for limit in Limit if limit.value == query.sort_name), filtered)


def row_of(app: IndexedApp, limit: Limit, *, may_bulk: bool) -> ListRow:
    """One app as the list shows it."""
    value = getattr(app, limit.value)
    codes = app.findings.split()
    count = len(codes) + (1 if app.shares_key and "duplicate-key" not in codes else 0)
    worst = SEVERITY_LEVELS[min(app.severity, len(SEVERITY_LEVELS) - 1)]
    return ListRow(
        kind=RowKind(
            may_bulk=may_bulk,
            has_label=bool(app.label),
            state=AppState(app.state).label,
            level=STATE_LEVELS[app.state],
            finding_count=count,
            finding_level=worst if app.severity else "warning",
            limit_label=heading_of(limit),
            is_unlimited=math.isinf(value),
            has_webhooks=bool(app.webhook_count),
        ),
        app_id=app.app_id,
        label=app.label,
        app_key=app.app_key or "no key",
        limit="Unlimited" if math.isinf(value) else f"{value:,.10g}",
        webhook_count=str(app.webhook_count),
    )


def filters_of(query: AppQuery) -> list[Choice]:
    """The filters as links that keep everything else of the list."""
    states = [
        Choice(
            label=label,
            address=query.to_address(state=state),
            is_current=query.state == state,
        )
        for state, label in ((None, "All"), *((each, each.label) for each in AppState))
    ]
    findings = Choice(
        label="With findings",
        icon="stethoscope",
        address=query.to_address(finding="" if query.finding == "any" else "any"),
        is_current=query.finding == "any",
    )
    duplicates = Choice(
        label="Duplicates",
        icon="copy",
        address=query.to_address(shares_key=not query.shares_key),
        is_current=query.shares_key,
    )
    return [*states, findings, duplicates]


def heading_of(limit: Limit) -> str:
    """A limit above its column, where its bare label would read like a count of now."""
    label = LIMITS[limit].label
    return f"Max {label[0].lower()}{label[1:]}"


def columns_of(query: AppQuery, limit: Limit) -> list[Choice]:
    """The columns as links that sort by them, or turn the order around."""
    columns = {
        "id": "App",
        "state": "State",
        "findings": "Findings",
        limit.value: heading_of(limit),
        "webhooks": "Webhooks",
    }
    return [_column(query, name, label) for name, label in columns.items()]


def _column(query: AppQuery, name: str, label: str) -> Choice:
    is_current = query.sort_name == name
    # Numbers are wanted largest first, text from A.
    first, other = (name, f"-{name}") if name in {"id", "state"} else (f"-{name}", name)
    wanted = other if query.sort == first else first
    order = ("descending" if query.is_descending else "ascending") if is_current else ""
    return Choice(
        label=label, address=query.to_address(sort=wanted), is_current=is_current, sort=order
    )
