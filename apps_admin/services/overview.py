"""A connection at a glance: its apps by state and finding, a limit's distribution, what changed, the table's cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Substr
from django.utils import timezone

from apps_admin.aws.tables import open_tables
from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ConsoleError
from apps_admin.domain.finding import RULES, FindingRule
from apps_admin.domain.limits import LARGEST, LIMITS, Limit, LimitRule
from apps_admin.domain.prices import TableCost, table_cost
from apps_admin.models import AuditEntry
from apps_admin.models.app_index import AppState
from apps_admin.services.app_index import Freshness, indexed_apps, refresh_if_stale
from apps_admin.services.search import DUPLICATE, AppQuery, LimitRange
from apps_admin.services.workspace import Workspace

DAYS = 30
CREATING = (Action.APP_CREATE, Action.APP_RESTORE)
DELETING = (Action.APP_DELETE,)
CHANGING = (
    Action.APP_UPDATE,
    Action.APP_ENABLE,
    Action.APP_DISABLE,
    Action.APP_ROTATE_SECRET,
    Action.APP_CUT_OFF,
    Action.APP_FIX,
    Action.APP_UNDO,
)


@dataclass(frozen=True, kw_only=True)
class Share:
    """Some of the apps, the list that shows them, and their part of all in percent."""

    label: str
    number: int
    percent: float
    address: str
    level: str = "neutral"


@dataclass(frozen=True, kw_only=True)
class Day:
    """What this console changed on one day (UTC)."""

    date: date
    created: int
    changed: int
    deleted: int

    @property
    def total(self) -> int:
        """All changes of the day."""
        return self.created + self.changed + self.deleted


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything of the page. `cost` is None where the table could not be described, and `problem` says why."""

    freshness: Freshness
    apps: int
    states: Sequence[Share]
    findings: Sequence[tuple[FindingRule, Share]]
    limit: LimitRule
    distribution: Sequence[Share]
    days: Sequence[Day]
    cost: TableCost | None
    problem: ConsoleError | None


def show_overview(workspace: Workspace, limit: Limit = Limit.MAX_CONNECTIONS) -> Overview:
    """The overview of the workspace's connection, from the index, the audit log and one DescribeTable."""
    workspace.require(Action.APP_VIEW)
    connection = workspace.connection
    freshness = refresh_if_stale(connection)
    apps = indexed_apps(connection).count()
    cost, problem = _cost(connection)
    return Overview(
        freshness=freshness,
        apps=apps,
        states=count_states(connection, apps),
        findings=count_findings(connection, apps),
        limit=LIMITS[limit],
        distribution=distribute_limit(connection, limit, apps),
        days=count_changes(connection) if workspace.may(Action.AUDIT_VIEW) else (),
        cost=cost,
        problem=problem,
    )


def count_states(connection: Connection, apps: int) -> list[Share]:
    """The apps by what soketi makes of them."""
    rows = indexed_apps(connection).order_by()
    counted = dict(rows.values_list("state").annotate(Count("pk")))
    levels = {AppState.ENABLED: "ok", AppState.DISABLED: "off", AppState.NOT_FOUND: "danger"}
    return [
        _share(state.label, counted.get(state.value, 0), apps, AppQuery(state=state), levels[state])
        for state in AppState
    ]


def count_findings(connection: Connection, apps: int) -> list[tuple[FindingRule, Share]]:
    """The findings there are, most frequent first."""
    rows = indexed_apps(connection).order_by()
    counted: Counter[str] = Counter()
    for codes, number in rows.exclude(findings="").values_list("findings").annotate(Count("pk")):
        counted.update(dict.fromkeys(codes.split(), number))
    counted[DUPLICATE] += rows.filter(shares_key=True).count()
    return [
        (RULES[code], _share(RULES[code].title, number, apps, AppQuery(finding=code)))
        for code, number in counted.most_common()
        if number and code in RULES
    ]


def distribute_limit(connection: Connection, limit: Limit, apps: int) -> list[Share]:
    """How many apps have which effective value of a limit, in powers of ten."""
    # The next smaller number: soketi cuts most limits to whole ones, of the others six decimal places are stored.
    least = 0.000001 if LIMITS[limit].allows_decimals else 1.0
    ranges = [
        ("Blocked", 0.0, 0.0),
        ("Under 10", least, 10 - least),
        *(
            (f"{10**power:,} to {10 ** (power + 1):,}", 10.0**power, 10.0 ** (power + 1) - least)
            for power in range(1, 6)
        ),
        ("A million or more", 1e6, float(LARGEST)),
        ("Unlimited", math.inf, math.inf),
    ]
    rows = indexed_apps(connection).order_by()
    counts = rows.aggregate(
        **{
            f"part_{number}": Count(
                "pk", filter=Q(**{f"{limit.value}__gte": low, f"{limit.value}__lte": high})
            )
            for number, (_, low, high) in enumerate(ranges)
        }
    )
    return [
        _share(
            label,
            counts[f"part_{number}"],
            apps,
            AppQuery(limits=(LimitRange(limit=limit, at_least=low, at_most=high),)),
        )
        for number, (label, low, high) in enumerate(ranges)
        if counts[f"part_{number}"] or label == "Unlimited"
    ]


def count_changes(connection: Connection) -> list[Day]:
    """What was changed through this console on each of the last days, the oldest first."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    counted: Counter[tuple[date, str]] = Counter()
    kinds = {
        **dict.fromkeys(CREATING, "created"),
        **dict.fromkeys(CHANGING, "changed"),
        **dict.fromkeys(DELETING, "deleted"),
    }
    entries = AuditEntry.objects.filter(
        connection=connection.slug,
        outcome=Outcome.SUCCEEDED.value,
        action__in=[action.value for action in kinds],
        recorded_at__gte=first.isoformat(),
    ).order_by()
    by_day = entries.annotate(day=Substr("recorded_at", 1, len("2026-01-31")))
    for day, action, number in by_day.values_list("day", "action").annotate(Count("pk")):
        counted[date.fromisoformat(day), kinds[Action(action)]] += number
    return [
        Day(
            date=each,
            created=counted[each, "created"],
            changed=counted[each, "changed"],
            deleted=counted[each, "deleted"],
        )
        for each in (first + timedelta(days=number) for number in range(DAYS))
    ]


def _cost(connection: Connection) -> tuple[TableCost | None, ConsoleError | None]:
    try:
        live = open_tables(connection).find(connection.table)
    except ConsoleError as error:
        return None, error
    return (table_cost(live.description), None) if live else (None, None)


def _share(label: str, number: int, apps: int, query: AppQuery, level: str = "neutral") -> Share:
    percent = 100 * number / apps if apps else 0.0
    return Share(
        label=label, number=number, percent=percent, address=query.to_address(), level=level
    )
