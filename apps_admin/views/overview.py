"""A connection at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.services.overview import Day, show_overview
from apps_admin.views.decorators import WorkspaceRequest, workspace_view

CHART_HEIGHT = 60
COLUMN_WIDTH = 8
COLUMN_GAP = 2


@dataclass(frozen=True, kw_only=True)
class Column:
    """One day of the chart: three parts on top of one another, as places in the SVG."""

    day: Day
    x: int
    parts: tuple[tuple[str, float, float], ...]


@require_safe
@workspace_view
def overview(request: WorkspaceRequest) -> HttpResponse:
    """Show apps by state and finding, one limit's distribution, changes over time, size and cost."""
    by_name = {limit.value: limit for limit in Limit}
    limit = by_name.get(request.GET.get("limit", ""), Limit.MAX_CONNECTIONS)
    shown = show_overview(request.workspace, limit)
    most = max((day.total for day in shown.days), default=0)
    return render(
        request,
        "overview/show.html",
        {
            "overview": shown,
            "limits": [(each.value, rule.label) for each, rule in LIMITS.items()],
            "limit": limit.value,
            "columns": columns_of(shown.days, most),
            "most": most,
            "changes": sum(day.total for day in shown.days),
            "chart_width": len(shown.days) * (COLUMN_WIDTH + COLUMN_GAP),
            "chart_height": CHART_HEIGHT,
            "column_width": COLUMN_WIDTH,
            "kinds": ("created", "changed", "deleted"),
        },
    )


def columns_of(days: Sequence[Day], most: int) -> list[Column]:
    """The chart's columns, the largest day as high as the chart."""
    columns = []
    for number, day in enumerate(days):
        bottom, parts = float(CHART_HEIGHT), []
        for kind, count in (
            ("created", day.created),
            ("changed", day.changed),
            ("deleted", day.deleted),
        ):
            height = round(CHART_HEIGHT * count / most, 2) if most else 0.0
            bottom -= height
            if height:
                parts.append((kind, round(bottom, 2), height))
        columns.append(Column(day=day, x=number * (COLUMN_WIDTH + COLUMN_GAP), parts=tuple(parts)))
    return columns
