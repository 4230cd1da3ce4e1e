"""The connection test: begin it, watch it, read the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps_admin.diagnostics.report import NOT_PROBED, Status
from apps_admin.diagnostics.verdicts import OPTIONAL
from apps_admin.domain.actions import Action
from apps_admin.domain.connection import Connection
from apps_admin.generators.missing_actions import missing_actions_policy
from apps_admin.models import ConnectionTest
from apps_admin.services.accounts import actor_of
from apps_admin.services.connection_tests import (
    begin_connection_test,
    find_connection_test,
    is_running,
    last_tests,
    step_rows,
)
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view

LEVELS = {
    Status.OK: "ok",
    Status.SKIPPED: "neutral",
    Status.UNSUPPORTED: "info",
    Status.DENIED: "danger",
    Status.MISSING: "danger",
    Status.DIFFERENT: "warning",
    Status.UNREACHABLE: "danger",
}


@workspace_view
@require_http_methods(["GET", "POST"])
def connection_test(request: WorkspaceRequest) -> HttpResponse:
    """The last test of a connection; a POST begins another."""
    require(request, Action.CONNECTION_TEST)
    workspace = request.workspace
    connection = workspace.connection
    if request.method == "POST":
        row = begin_connection_test(workspace.actor, connection, origin=workspace.origin)
        return redirect("connection-test-show", connection.slug, row.pk)
    last = last_tests([connection.slug]).get(connection.slug)
    context = _context_in(connection, last) if last else {}
    return render(request, "connections/test.html", context)


@workspace_view
@require_safe
def connection_test_show(request: WorkspaceRequest, test_id: int) -> HttpResponse:
    """One test as far as it is; the page asks for its progress every second."""
    require(request, Action.CONNECTION_TEST)
    workspace = request.workspace
    row = find_connection_test(workspace.actor, test_id, workspace.connection.slug)
    context = _context_in(workspace.connection, row)
    return render(request, _template(request, "connections/test.html"), context)


@require_safe
def connection_try(request: HttpRequest, test_id: int) -> HttpResponse:
    """The progress of a test of values that are not saved."""
    row = find_connection_test(actor_of(request), test_id)
    # Nothing of the form was kept but its result: the policy is shown after saving.
    context = context_of_test(row, None, reverse("connection-try", args=[row.pk]))
    return render(request, _template(request, "connections/try.html"), context)


def _template(request: HttpRequest, page: str) -> str:
    return "connections/test_progress.html" if request.headers.get("HX-Request") else page


def _context_in(connection: Connection, row: ConnectionTest) -> dict[str, Any]:
    url = reverse("connection-test-show", args=[connection.slug, row.pk])
    return context_of_test(row, connection, url)


def policy_url(connection: Connection, purpose: str) -> str:
    """The page of the policy that grants what a part needs, for this connection's table."""
    place = {"purpose": purpose, "table": connection.table, "region": connection.region}
    return f"{reverse('generator-policy')}?{urlencode(place)}"


def level_of(step: Mapping[str, Any]) -> str:
    """How bad the outcome of a step is; a right that nothing needs is worth a warning."""
    if step["status"] == Status.DENIED and step["step"] in OPTIONAL:
        return "warning"
    return LEVELS.get(step["status"], "neutral")


def context_of_test(row: ConnectionTest, connection: Connection | None, url: str) -> dict[str, Any]:
    """What the progress of a test is rendered from. With a connection, the missing actions become a policy."""
    steps = [{**step, "level": level_of(step)} for step in step_rows(row)]
    verdicts = [dict(verdict) for verdict in row.report.get("verdicts", ())]
    for verdict in verdicts:
        if verdict["missing_actions"] and connection is not None:
            verdict["policy_text"] = missing_actions_policy(connection, verdict["missing_actions"])
            verdict["policy_url"] = policy_url(connection, verdict["policy"])
    done = sum(step["status"] != "waiting" for step in steps)
    return {
        "test": row,
        "steps": steps,
        "verdicts": verdicts,
        "is_running": is_running(row),
        "done": done,
        "total": len(steps),
        "progress_url": url,
        "not_probed": NOT_PROBED,
    }
