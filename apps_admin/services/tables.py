"""Tables: create the one a connection names, compare it with what soketi needs, add the missing index."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.aws.tables import DynamoTables, open_tables
from apps_admin.domain.actions import Action
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import AppExistsError, ConsoleError, ValidationError
from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import TableCall, creation_calls, index_call
from apps_admin.domain.table_comparison import (
    ESSENTIAL_ASPECTS,
    Aspect,
    LiveTable,
    Remedy,
    TableDifference,
    compare_table,
)
from apps_admin.domain.table_updates import TableUpdate, plan_update
from apps_admin.services.app_index import record_item
from apps_admin.services.sample_apps import sample_items
from apps_admin.services.workspace import Workspace

LONGEST_WAIT = 600.0


@dataclass(frozen=True, kw_only=True)
class TableReport:
    """What was found and done. `planned` are the calls a dry run or `--no-wait` left out."""

    table: str
    existed: bool
    done: tuple[TableCall, ...] = ()
    planned: tuple[TableCall, ...] = ()
    failed: tuple[tuple[TableCall, str], ...] = ()
    differences: tuple[TableDifference, ...] = ()
    unread: tuple[Aspect, ...] = ()
    warnings: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    waits: bool = True

    @property
    def is_as_wanted(self) -> bool:
        """Whether nothing is left to do; a table that is only being made counts when nobody waits for it."""
        left = [
            difference
            for difference in self.differences
            if self.waits or difference.remedy is not Remedy.WAIT
        ]
        return not (left or self.failed or (self.planned and self.waits))

    @property
    def is_usable(self) -> bool:
        """Whether the table is there and nothing soketi depends on differs."""
        return not any(d.is_essential for d in self.differences) and (
            self.existed or bool(self.done)
        )

    def to_json(self) -> dict[str, Any]:
        """The shape of `--format json`."""
        return {
            "table": self.table,
            "existed": self.existed,
            "as_wanted": self.is_as_wanted,
            "done": [call.operation for call in self.done],
            "planned": [
                {"operation": call.operation, "parameters": dict(call.parameters)}
                for call in self.planned
            ],
            "failed": [
                {"operation": call.operation, "message": message} for call, message in self.failed
            ],
            "differences": [difference.to_json() for difference in self.differences],
            "not_compared": [str(aspect) for aspect in self.unread],
            "warnings": list(self.warnings),
            "sample_apps": list(self.samples),
        }


@dataclass(frozen=True, kw_only=True)
class BootstrapRequest:
    """What to do about the table. `compared` are the options to look at beside what soketi depends on."""

    design: TableDesign
    compared: frozenset[Aspect] = frozenset()
    repair: bool = False
    dry_run: bool = False
    wait: bool = True
    sample_apps: int = 0
    reason: str = ""
    on_progress: Callable[[LiveTable], None] | None = field(default=None, repr=False)


def bootstrap_table(workspace: Workspace, request: BootstrapRequest) -> TableReport:
    """Create the table when it is missing, else compare it; add sample apps. Never drops or rebuilds anything.

    Recorded as one operation when there is something to do. Raises ValidationError (field `sample_apps`),
    DeniedError, and what DynamoDB's answers become.
    """
    _check_samples(workspace.connection, request)
    workspace.require(Action.TABLE_VIEW)
    tables = open_tables(workspace.connection)
    plan = _bootstrap(tables, replace(request, dry_run=True))
    if request.dry_run or not (plan.planned or request.sample_apps or _is_unsettled(plan)):
        return plan
    with workspace.operation(Action.TABLE_BOOTSTRAP, reason=request.reason) as operation:
        report = _bootstrap(tables, request)
        if request.sample_apps and report.is_usable:
            report = replace(report, samples=_add_samples(workspace, request.sample_apps))
        operation.note(
            table=report.table,
            calls=[call.operation for call in report.done],
            failed=[call.operation for call, _ in report.failed],
            sample_apps=list(report.samples),
        )
    return report


@dataclass(frozen=True, kw_only=True)
class TableComparison:
    """A live table beside a design: every difference, options included, and what would mend it."""

    live: LiveTable
    differences: tuple[TableDifference, ...]
    update: TableUpdate


def read_live_table(workspace: Workspace) -> LiveTable | None:
    """The connection's table as it is now, None when there is none."""
    workspace.require(Action.TABLE_VIEW)
    return open_tables(workspace.connection).find(workspace.connection.table)


def compare_with_live_table(live: LiveTable, design: TableDesign) -> TableComparison:
    """Every difference between the live table and the design; changes nothing."""
    differences = compare_table(design, live)
    return TableComparison(
        live=live, differences=differences, update=plan_update(design, live, differences)
    )


def _check_samples(connection: Connection, request: BootstrapRequest) -> None:
    problem = ""
    if request.sample_apps < 0:
        problem = "A whole number, 0 or more."
    elif request.sample_apps and connection.protected:
        problem = f"The connection {connection.slug} is protected, so it gets none."
    elif request.sample_apps and not request.wait:
        problem = "sample_apps and no_wait disagree: a table takes items only when it is ACTIVE."
    if problem:
        raise ValidationError({"sample_apps": [problem]})


def _is_unsettled(plan: TableReport) -> bool:
    return any(difference.remedy is Remedy.WAIT for difference in plan.differences)


def _add_samples(workspace: Workspace, number: int) -> tuple[str, ...]:
    """Add the sample items whose ids are free, as they are: some are faulty on purpose; the ids of those added."""
    apps = open_app_repository(workspace.connection)
    added: list[str] = []
    for item in sample_items(number):
        with suppress(AppExistsError):
            apps.create(item)
            record_item(workspace.connection, item)
            added.append(item.app_id)
    return tuple(added)


def _bootstrap(tables: DynamoTables, request: BootstrapRequest) -> TableReport:
    design = request.design
    live = tables.find(design.name)
    if live is None:
        calls = creation_calls(design)
        if request.dry_run:
            return _report(request, existed=False, planned=calls)
        if tables.create(calls[0]):
            return _finish(tables, request, done=calls[:1], calls=calls[1:], existed=False)
        live = tables.wait(design.name, seconds=LONGEST_WAIT)
    differences = _looked_at(request, live)
    calls = tuple(
        index_call(design, design.shape.index)
        for difference in differences
        if difference.remedy is Remedy.ADD_INDEX and design.shape.index and request.repair
    )
    if calls and not request.dry_run:
        return _finish(tables, request, done=(), calls=calls, existed=True)
    if not request.dry_run and request.wait and not live.is_settled:
        return _finish(tables, request, done=(), calls=(), existed=True)
    return _report(request, existed=True, planned=calls, live=live)


def _finish(
    tables: DynamoTables,
    request: BootstrapRequest,
    *,
    done: tuple[TableCall, ...],
    calls: Iterable[TableCall],
    existed: bool,
) -> TableReport:
    name = request.design.name
    made, failed, left = list(done), list[tuple[TableCall, str]](), list(calls)
    if request.wait:
        tables.wait(name, seconds=LONGEST_WAIT, on_progress=request.on_progress)
    while left and (request.wait or existed):
        call = left.pop(0)
        try:
            tables.call(call)
            made.append(call)
        except ConsoleError as error:
            failed.append((call, error.message))
        if request.wait:
            tables.wait(name, seconds=LONGEST_WAIT, on_progress=request.on_progress)
    return _report(
        request,
        existed=existed,
        done=tuple(made),
        planned=tuple(left),
        failed=tuple(failed),
        live=tables.find(name),
    )


def _report(
    request: BootstrapRequest,
    *,
    existed: bool,
    done: tuple[TableCall, ...] = (),
    planned: tuple[TableCall, ...] = (),
    failed: tuple[tuple[TableCall, str], ...] = (),
    live: LiveTable | None = None,
) -> TableReport:
    return TableReport(
        table=request.design.name,
        existed=existed,
        done=done,
        planned=planned,
        failed=failed,
        differences=_looked_at(request, live) if live else (),
        unread=tuple(a for a in live.unread if a in request.compared) if live else (),
        warnings=request.design.warnings(),
        waits=request.wait,
    )


def _looked_at(request: BootstrapRequest, live: LiveTable) -> tuple[TableDifference, ...]:
    looked_at = ESSENTIAL_ASPECTS | request.compared
    return tuple(d for d in compare_table(request.design, live) if d.aspect in looked_at)
