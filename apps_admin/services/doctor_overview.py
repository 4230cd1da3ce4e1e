"""What the doctor found in a whole table, from the app index: counts, and reports written from fresh reads.

The index is filled by the same rules on every scan and every own write, so counting calls nothing. A report reads the
apps it names anew, a hundred at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from apps_admin.domain.app import App
from apps_admin.domain.bulk import BulkChange, BulkKind
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ConsoleError
from apps_admin.domain.finding import RULES, Finding, FindingRule, FindingSeverity, FixMode
from apps_admin.domain.finding_identity import find_index
from apps_admin.domain.findings import find_findings
from apps_admin.domain.item import RawItem
from apps_admin.models.app_index import IndexedApp
from apps_admin.services.app_index import duplicates_of
from apps_admin.services.doctor import table_facts
from apps_admin.services.search import AppQuery, find_apps
from apps_admin.services.workspace import Workspace

READ_AT_ONCE = 100
# So many apps are read to say what a fix would stop.
MOST_COUNTED = 2000
MOST_LABELS = 3
DUPLICATES = ("key-duplicate", "id-is-another-key", "key-is-another-id")
# Codes that have fixes; whether one record has one depends on what stands in it.
FIXABLE = frozenset(
    {
        "enabled-not-boolean",
        "client-messages-not-boolean",
        "user-authentication-not-boolean",
        "alias-overrides",
        "alias-used",
        "alias-ignored",
        "max-connections-zero",
        "limit-blocks-everything",
        "limit-unreadable",
        "limit-not-a-number",
        "limit-not-number-type",
        "limit-read-differently",
        "webhooks-unparsable",
        "webhooks-not-text",
        "webhook-stops-server",
        "key-missing",
    }
)


@dataclass(frozen=True, kw_only=True)
class CodeCount:
    """One finding and how many apps have it."""

    rule: FindingRule
    apps: int


@dataclass(frozen=True, kw_only=True)
class FixPlan:
    """What one way to mend a code would do, over the apps that were read for it.

    `stopped`: how many take connections now and none after it.
    """

    mode: FixMode
    change: BulkChange
    labels: tuple[str, ...]
    changed: int
    stopped: int


def count_codes(connection: Connection) -> tuple[CodeCount, ...]:
    """How many apps have each finding, worst first, then the most frequent. Calls nothing but SQL."""
    rows = IndexedApp.objects.filter(connection=connection.slug)
    counts: Counter[str] = Counter()
    grouped = rows.exclude(findings="").values_list("findings").annotate(apps=Count("pk"))
    for codes, apps in grouped.order_by():
        for code in codes.split():
            counts[code] += apps
    for code in DUPLICATES:
        counts[code] += apps_with(connection, code).count()
    order = list(FindingSeverity)
    found = [CodeCount(rule=RULES[code], apps=apps) for code, apps in counts.items() if apps]
    return tuple(
        sorted(
            found, key=lambda each: (order.index(each.rule.severity), -each.apps, each.rule.code)
        )
    )


def apps_with(connection: Connection, code: str) -> QuerySet[IndexedApp]:
    """The apps that have a finding; "any" for any."""
    if code not in DUPLICATES:
        return find_apps(connection, AppQuery(finding=code or "any"))
    rows = IndexedApp.objects.filter(connection=connection.slug, shares_key=True)
    others = IndexedApp.objects.filter(connection=connection.slug).exclude(pk=OuterRef("pk"))
    if code == "key-duplicate":
        return rows.exclude(app_key="").filter(Exists(others.filter(app_key=OuterRef("app_key"))))
    if code == "id-is-another-key":
        return rows.filter(Exists(others.filter(app_key=OuterRef("app_id"))))
    return rows.exclude(app_key="").filter(Exists(others.filter(app_id=OuterRef("app_key"))))


def table_findings(workspace: Workspace) -> tuple[Finding, ...]:
    """What is wrong with the table's index itself; nothing where these credentials may not ask."""
    try:
        facts = table_facts(workspace.connection)
    except ConsoleError:
        return ()
    if facts is None or (facts.has_index and facts.is_active):
        return ()
    return tuple(find_index(RawItem(attributes={}), facts))


def report_lines(workspace: Workspace, code: str = "") -> Iterator[dict[str, Any]]:
    """Every finding (or one code's) as a report tells it, from records read now. The first chunk is read at once.

    Raises DeniedError, and what DynamoDB answers.
    """
    lines = _lines(workspace, code)
    first = list(islice(lines, 1))
    return chain(first, lines)


def _lines(workspace: Workspace, code: str) -> Iterator[dict[str, Any]]:
    for finding in table_findings(workspace):
        if code in ("", finding.code):
            yield {"app": "", **finding.to_json()}
    connection, apps = workspace.connection, workspace.apps
    rows = apps_with(connection, code).order_by("app_id").values_list("app_id", "shares_key")
    waiting = rows.iterator(2000)
    while some := list(islice(waiting, READ_AT_ONCE)):
        shared = {app_id for app_id, shares in some if shares}
        stored = apps.get_many(app_id for app_id, _ in some)
        for app_id, item in stored.items():
            others = duplicates_of(connection, item) if app_id in shared else None
            for finding in find_findings(item, others=others):
                if code in ("", finding.code):
                    yield {"app": app_id, **finding.to_json()}


def plan_fixes(workspace: Workspace, code: str) -> tuple[tuple[FixPlan, ...], int, bool]:
    """The ways to mend a code with what each would do; how many apps were read for that, and whether these are all.

    Raises DeniedError, and what DynamoDB answers.
    """
    rows = apps_with(workspace.connection, code).order_by("app_id")
    ids = list(rows.values_list("app_id", flat=True)[: MOST_COUNTED + 1])
    stored = [App(item) for item in workspace.apps.get_many(ids[:MOST_COUNTED]).values()]
    plans = (_plan(stored, code, mode) for mode in FixMode)
    found = tuple(plan for plan in plans if plan is not None)
    return found, len(stored), len(ids) <= MOST_COUNTED


def _plan(apps: list[App], code: str, mode: FixMode) -> FixPlan | None:
    change = BulkChange(kind=BulkKind.FIX, codes=(code,), mode=mode)
    labels: dict[str, None] = {}
    changed = stopped = 0
    for before in apps:
        for finding in find_findings(before):
            if finding.code == code and len(labels) < MOST_LABELS:
                labels |= {fix.label: None for fix in finding.fixes if fix.mode is mode}
        after = change.apply_to(before)
        if after is None or not before.item.changes_to(after.item):
            continue
        changed += 1
        stopped += before.view.accepts_connections and not after.view.accepts_connections
    if not changed:
        return None
    return FixPlan(mode=mode, change=change, labels=tuple(labels), changed=changed, stopped=stopped)
