"""The doctor: everything that is wrong with one app, or with every app of a table in one pass of a paced scan.

DynamoDB calls: `examine_app` 4 (the app, two queries and a read for duplicates) and a description of the table;
`examine_table` the pages of one parallel scan and that description; `fix_apps` two per app (read, conditional write).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from apps_admin.aws.tables import open_tables
from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.audit import Outcome
from apps_admin.domain.connection import KEY_INDEX, Connection
from apps_admin.domain.errors import (
    AccessDeniedError,
    AppNotFoundError,
    ConflictError,
    IndexNotFoundError,
    NotFoundError,
    ValidationError,
)
from apps_admin.domain.finding import DuplicateFacts, Finding, FixMode, TableFacts
from apps_admin.domain.finding_identity import find_index
from apps_admin.domain.findings import find_findings
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import AppReader
from apps_admin.services.apps import Change, fix_findings
from apps_admin.services.confirmation import require_typed_number
from apps_admin.services.examined_apps import ExaminedApp, ExaminedApps
from apps_admin.services.parallel_scan import Pace, read_segments, read_units_per_second
from apps_admin.services.workspace import Workspace

# Smaller pages than DynamoDB's 1 MB: several wait in memory at once.
APPS_A_PAGE = 750

Progress = Callable[[int], None]
Fixes = Mapping[str, FixMode]


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A table after one pass. `found` is open only inside the `with` of `examine_table`."""

    found: ExaminedApps
    table_findings: tuple[Finding, ...]
    read_units: float
    seconds: float

    @property
    def apps(self) -> int:
        """How many apps were looked at."""
        return self.found.apps


@dataclass(frozen=True, kw_only=True)
class FixResult:
    """What became of one app of many. `change` is None where it failed, with `problem` saying why."""

    app_id: str
    change: Change | None
    problem: str = ""

    @property
    def is_change(self) -> bool:
        """Whether something was (or in a dry run would be) written."""
        return self.change is not None and self.change.is_change

    @property
    def stops_connections(self) -> bool:
        """Whether soketi takes connections of this app before the fix and none after it."""
        if self.change is None or self.change.before is None or self.change.after is None:
            return False
        before, after = self.change.before.view, self.change.after.view
        return before.accepts_connections and not after.accepts_connections


def examine_app(workspace: Workspace, app_id: str) -> tuple[Finding, ...]:
    """Every finding of one app, duplicates and the table's index included. Raises AppNotFoundError."""
    item = workspace.apps.get(app_id)
    return find_findings(
        item,
        others=duplicates_in_table(workspace.apps, item),
        table=table_facts(workspace.connection),
    )


def duplicates_in_table(apps: AppReader, item: RawItem) -> DuplicateFacts:
    """Who shares this app's id or key, asked of the table itself (3 calls)."""
    app_id, app_key = item.app_id, item.attributes.get("AppKey", {}).get("S", "")
    return DuplicateFacts(
        same_key=_others(apps, app_key, app_id),
        key_is_my_id=_others(apps, app_id, app_id),
        id_is_my_key=(app_key,) if app_key not in ("", app_id) and _exists(apps, app_key) else (),
    )


def table_facts(connection: Connection) -> TableFacts | None:
    """What the table says about its index; None where these credentials may not ask."""
    try:
        live = open_tables(connection).find(connection.table)
    except AccessDeniedError:
        return None
    if live is None:
        return None
    index = live.index(KEY_INDEX)
    if index is None:
        return TableFacts(has_index=False)
    projection = index.get("Projection", {})
    keys = {part["AttributeName"] for part in index.get("KeySchema", ())}
    return TableFacts(
        is_active=index.get("IndexStatus", "ACTIVE") in {"ACTIVE", "UPDATING"},
        projects_all=projection.get("ProjectionType", "ALL") == "ALL",
        projected=frozenset({"AppId", *keys, *projection.get("NonKeyAttributes", ())}),
    )


@contextmanager
def examine_table(
    workspace: Workspace,
    *,
    read_capacity_percent: float | None = None,
    on_progress: Progress = lambda _apps: None,
) -> Iterator[Examination]:
    """Look at every app in one pass of a parallel scan. `on_progress` hears how many apps were seen, and may raise.

    With `read_capacity_percent` no more than this share of the table's read units is spent per second. Raises
    ConsoleError when the table cannot be read.
    """
    apps, connection = workspace.apps, workspace.connection
    facts = table_facts(connection)
    has_index = facts is None or (facts.has_index and facts.is_active)
    found = ExaminedApps()
    started, units = time.monotonic(), 0.0
    segments = max(1, settings.INDEX_SEGMENTS)
    try:
        for _segment, page, examined in read_segments(
            apps,
            dict.fromkeys(range(segments)),
            total=segments,
            pace=pace_for(connection, read_capacity_percent),
            # An index that is missing is the table's finding, told once and not for each app.
            judge=lambda page: _examined(page.items, facts if has_index else None),
            page_size=APPS_A_PAGE,
            say=lambda _message: on_progress(found.apps),
        ):
            found.add(examined)
            units += page.read_units
            on_progress(found.apps)
        found.find_shared()
        yield Examination(
            found=found,
            table_findings=()
            if has_index or facts is None
            else tuple(find_index(RawItem(attributes={}), facts)),
            read_units=units,
            seconds=time.monotonic() - started,
        )
    finally:
        found.close()


def pace_for(connection: Connection, percent: float | None) -> Pace:
    """How fast a scan may read: a share that was asked for always holds, the console's own only on AWS."""
    if percent is None:
        return Pace(read_units_per_second(connection, float(settings.INDEX_CAPACITY_SHARE)))
    return Pace(read_units_per_second(connection, percent / 100, always=True))


def _examined(items: Iterable[RawItem], facts: TableFacts | None) -> list[ExaminedApp]:
    return [
        (
            item.app_id,
            item.attributes.get("AppKey", {}).get("S", ""),
            find_findings(item, table=facts),
        )
        for item in items
    ]


def fix_apps(
    workspace: Workspace,
    app_ids: Iterable[str],
    fixes: Fixes,
    *,
    reason: str = "",
    dry_run: bool = False,
    confirmation: str = "",
) -> Iterator[FixResult]:
    """Mend these findings of these apps, one audited and conditional write each, under one parent operation.

    Goes on after an app that fails; whoever stops iterating stops the work after the app at hand. Raises DeniedError,
    ValidationError for a missing reason, or where a protected connection wants the number of apps as `confirmation`,
    RecordsUnavailableError.
    """
    if dry_run:
        workspace.require(Action.APP_FIX)
        for app_id in app_ids:
            yield fix_one(workspace, app_id, fixes, dry_run=True)
        return
    if workspace.connection.protected:
        app_ids = list(app_ids)
        require_typed_number(workspace.connection, len(app_ids), confirmation)
    target = ", ".join(f"{code}={mode}" for code, mode in fixes.items())
    parent = workspace.begin(Action.APP_BULK, target, reason=reason)
    counts = {"mended": 0, "unchanged": 0, "failed": 0}
    outcome = Outcome.FAILED
    try:
        for app_id in app_ids:
            result = fix_one(workspace, app_id, fixes, reason=reason, parent=parent)
            counts[_word(result)] += 1
            yield result
        outcome = Outcome.FAILED if counts["failed"] else Outcome.SUCCEEDED
    finally:
        workspace.finish(parent, Action.APP_BULK, target, outcome=outcome, reason=reason, **counts)


def fix_one(
    workspace: Workspace,
    app_id: str,
    fixes: Fixes,
    *,
    reason: str = "",
    parent: str | None = None,
    dry_run: bool = False,
) -> FixResult:
    """Mend these findings of one app in one write; an app that is gone or refuses is a result, not an error."""
    try:
        change = fix_findings(
            workspace, app_id, fixes, reason=reason, parent=parent, dry_run=dry_run
        )
    except (ConflictError, NotFoundError, ValidationError) as error:
        return FixResult(
            app_id=app_id, change=None, problem=f"{error.message} {error.hint}".strip()
        )
    return FixResult(app_id=app_id, change=change)


def findings_after(change: Change) -> tuple[Finding, ...]:
    """What the record of an app has left after a change."""
    return find_findings(change.after) if isinstance(change.after, App) else ()


def _word(result: FixResult) -> str:
    if result.change is None:
        return "failed"
    return "mended" if result.is_change else "unchanged"


def _others(apps: AppReader, value: str, app_id: str) -> tuple[str, ...]:
    try:
        matches = apps.find_by_key(value) if value else ()
    except IndexNotFoundError:
        return ()
    return tuple(match.app_id for match in matches if match.app_id != app_id)


def _exists(apps: AppReader, app_id: str) -> bool:
    try:
        apps.get(app_id)
    except AppNotFoundError:
        return False
    return True
