"""The doctor on a whole table: counts by finding, the apps that have them, reports to take away, fixes as jobs."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import NotFoundError, ValidationError
from apps_admin.domain.finding import RULES, FindingSeverity, FixMode
from apps_admin.generators.doctor_reports import FORMATS
from apps_admin.models.app_index import IndexedApp
from apps_admin.services.app_index import freshness_of, refresh_if_stale, request_refresh
from apps_admin.services.bulk import preview_bulk
from apps_admin.services.doctor_overview import (
    FIXABLE,
    CodeCount,
    apps_with,
    count_codes,
    plan_fixes,
    report_lines,
    table_findings,
)
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view

APPS_SHOWN = 50
SEVERITIES = {
    FindingSeverity.ERROR: "soketi is broken or unsafe by it",
    FindingSeverity.WARNING: "it does not do what it says",
    FindingSeverity.NOTE: "it works, untidily",
}


@require_safe
@workspace_view
def doctor(request: WorkspaceRequest) -> HttpResponse:
    """What is wrong with the apps of a connection, by finding. For htmx only what changes during an examination."""
    workspace = request.workspace
    require(request, Action.APP_VIEW)
    code = request.GET.get("code", "")
    if code and code not in RULES:
        raise NotFoundError("There is no such finding.", hint="Choose one of the doctor's page.")
    connection = workspace.connection
    is_part = request.headers.get("HX-Target") == "doctor"
    freshness = freshness_of(connection) if is_part else refresh_if_stale(connection)
    counts = count_codes(connection)
    context = {
        "freshness": freshness,
        "groups": groups_of(counts),
        "code": code,
        "rule": RULES.get(code),
        "is_fixable": code in FIXABLE,
        "table_findings": () if is_part else table_findings(workspace),
        "formats": tuple(FORMATS),
        **(_apps(request, code) if code else {}),
    }
    response = render(request, "doctor/part.html" if is_part else "doctor/show.html", context)
    response["Vary"] = "HX-Request, HX-Target"
    return response


@require_POST
@workspace_view
def doctor_examine(request: WorkspaceRequest) -> HttpResponse:
    """Read the whole table anew; the job's progress shows on the page."""
    require(request, Action.APP_VIEW)
    request_refresh(request.workspace.connection)
    return redirect("doctor", request.workspace.connection.slug)


@require_safe
@workspace_view
def doctor_report(request: WorkspaceRequest, report_format: str) -> HttpResponse:
    """Every finding, or those of one code, as a file; the apps are read from DynamoDB while it is sent."""
    require(request, Action.APP_VIEW)
    chosen = FORMATS.get(report_format)
    code = request.GET.get("code", "")
    if chosen is None or (code and code not in RULES):
        raise NotFoundError("There is no such report.", hint="Choose one of the doctor's page.")
    slug = request.workspace.connection.slug
    lines = report_lines(request.workspace, code)
    answer = StreamingHttpResponse(chosen.write(slug, lines), content_type=chosen.media_type)
    day = f"{timezone.now():%Y-%m-%d}"
    name = f"doctor-{slug}-{day}.{chosen.name}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    # A streamed answer is no HttpResponse to Django's types, though to its middleware.
    return cast(HttpResponse, answer)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view
def doctor_fix(request: WorkspaceRequest, code: str) -> HttpResponse:
    """How a finding of many apps can be mended, and what that does; a POST freezes the apps and previews the job."""
    require(request, Action.APP_FIX)
    if code not in RULES:
        raise NotFoundError("There is no such finding.", hint="Choose one of the doctor's page.")
    workspace = request.workspace
    plans, looked_at, is_all = plan_fixes(workspace, code)
    if request.method == "POST":
        mode = request.POST.get("mode", "")
        plan = next((plan for plan in plans if plan.mode == mode), None)
        if plan is None:
            raise ValidationError({"mode": ["No app can be mended like this any more."]})
        ids = apps_with(workspace.connection, code).order_by("app_id")
        job = preview_bulk(
            workspace, plan.change, app_ids=ids.values_list("app_id", flat=True).iterator(2000)
        )
        return redirect("job-record", workspace.connection.slug, job.pk)
    context = {
        "code": code,
        "rule": RULES[code],
        "plans": [{"plan": plan, "is_as_meant": plan.mode is FixMode.AS_MEANT} for plan in plans],
        "looked_at": looked_at,
        "is_all": is_all,
    }
    return render(request, "doctor/fix.html", context)


def groups_of(counts: tuple[CodeCount, ...]) -> list[dict[str, Any]]:
    """The findings by severity."""
    return [
        {
            "severity": severity.value,
            "meaning": meaning,
            "counts": [
                {"count": each, "is_fixable": each.rule.code in FIXABLE}
                for each in counts
                if each.rule.severity is severity
            ],
        }
        for severity, meaning in SEVERITIES.items()
        if any(each.rule.severity is severity for each in counts)
    ]


def _apps(request: WorkspaceRequest, code: str) -> dict[str, Any]:
    """One page of the apps with a finding, by id."""
    rows = apps_with(request.workspace.connection, code)
    after = request.GET.get("after", "")
    number = rows.count()
    shown: list[IndexedApp] = list(
        rows.filter(app_id__gt=after).order_by("app_id")[: APPS_SHOWN + 1]
    )
    has_more = len(shown) > APPS_SHOWN
    return {
        "number": number,
        "apps": shown[:APPS_SHOWN],
        "next_after": shown[APPS_SHOWN - 1].app_id if has_more else "",
        "is_first": not after,
    }
