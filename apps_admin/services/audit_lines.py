"""Reading the audit log: one line per operation, its two entries folded; filtered, and paged by sequence number.

Who reads sees the connections where they may, and always their own doings; what belongs to no connection (people,
sign-ins) is for whoever administrates everything.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind
from apps_admin.domain.audit import Entry, Outcome, time_text
from apps_admin.domain.errors import NotFoundError
from apps_admin.models import AuditEntry, OpenOperation
from apps_admin.services.audit import records_answering
from apps_admin.services.connections import second_factor_slugs

LINES_PER_PAGE = 50
SEARCHED_AT_ONCE = 100_000
SEARCH_SECONDS = 1.0
LATER_ENTRIES = 500
LATER_CHANGES = 20
STARTED = Outcome.STARTED.value


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What to list; an empty field takes everything. `text` is searched in target, reason, people, addresses, ids.

    `actor_name` is a whole name, as it was when something was done. `is_console` takes what belongs to no connection:
    sign-ins, people, tokens.
    """

    connection: str = ""
    is_console: bool = False
    app_id: str = ""
    actor_kind: str = ""
    actor_id: str = ""
    actor_name: str = ""
    action: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    parent_id: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One operation. `started_at` and `ended_at` are the same for what is recorded in one entry."""

    operation_id: str
    sequence: int
    action: str
    outcome: Outcome
    started_at: datetime
    ended_at: datetime | None
    actor_kind: str
    actor_id: str
    actor_name: str
    connection: str
    target: str
    reason: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    parent_id: str
    request_id: str
    address: str
    user_agent: str
    details: Mapping[str, Any] = field(default_factory=dict)
    sequences: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether there is no outcome yet: it is under way, or crashed and waits for reconciliation."""
        return self.outcome is Outcome.STARTED

    @property
    def is_reconciled(self) -> bool:
        """Whether the outcome was found in the table after a crash."""
        return bool(self.details.get("reconciled"))

    @property
    def error(self) -> str:
        """The code of what went wrong; empty when nothing did."""
        return str(self.details.get("error", ""))

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the attributes (or fields) that differ."""
        return tuple(sorted({*(self.before or {}), *(self.after or {})}))


@dataclass(frozen=True, kw_only=True)
class LinePage:
    """Some lines, newest first. `next_before` continues the list; None on the last page.

    `searched_from` is set when a search stopped there, at the number of an entry, before the page was full.
    """

    lines: tuple[AuditLine, ...]
    next_before: int | None
    searched_from: int | None = None


def list_operations(
    actor: Actor,
    wanted: AuditFilter | None = None,
    *,
    before: int | None = None,
    limit: int = LINES_PER_PAGE,
) -> LinePage:
    """The operations this actor may see, newest outcome first. `before` is the `next_before` of the page above.

    What no index finds is looked for in `SEARCHED_AT_ONCE` entries at a time, for `SEARCH_SECONDS`: such a page may
    hold few lines or none, and still have a next one.
    """
    wanted = wanted or AuditFilter()
    with records_answering():
        parts = _visible_parts(actor, wanted)
        floor = None
        if _is_search(wanted):
            found, floor = _search(parts, before, limit + 1)
        else:
            found = _newest(parts, before, 0, limit + 1)
        page = [row.to_entry() for row in found[:limit]]
        return LinePage(
            lines=tuple(fold_entries(page)),
            next_before=page[-1].sequence if len(found) > limit else floor,
            searched_from=floor,
        )


def _is_search(wanted: AuditFilter) -> bool:
    """Whether no index leads to what is wanted."""
    if wanted.actor_id or wanted.parent_id or (wanted.app_id and wanted.connection):
        return False
    return bool(wanted.text or wanted.actor_name or wanted.app_id)


def _visible_parts(actor: Actor, wanted: AuditFilter) -> list[QuerySet[AuditEntry]]:
    """The lines that are wanted and visible, in parts of which each is read newest first by one index."""
    rows = _line_rows(wanted)
    if wanted.connection:
        return [rows.filter(visible_to(actor))]
    rows = rows.exclude(connection__in=closed_to(actor))
    if EVERY_CONNECTION in actor.grants:
        return [rows.filter(visible_to(actor))]
    # Asked for all of them at once, SQLite sorts everything there is on these connections.
    slugs = [slug for slug in actor.grants if actor.may(Action.AUDIT_VIEW, slug)]
    return [rows.filter(_own(actor)), *(rows.filter(connection=slug) for slug in slugs)]


def _newest(
    parts: Sequence[QuerySet[AuditEntry]], before: int | None, floor: int, count: int
) -> list[AuditEntry]:
    """The newest rows of all parts, from `floor` on and before `before`."""
    between = Q() if before is None else Q(sequence__lt=before)
    if floor:
        between &= Q(sequence__gte=floor)
    found: dict[int, AuditEntry] = {}
    for rows in parts:
        newest = rows.filter(between).order_by("-sequence")
        found |= {row.sequence: row for row in newest[:count]}
    return [found[number] for number in sorted(found, reverse=True)[:count]]


def _search(
    parts: Sequence[QuerySet[AuditEntry]], before: int | None, count: int
) -> tuple[list[AuditEntry], int | None]:
    """So many rows, or fewer and the number of the entry at which the search stopped; None where it saw all."""
    numbers = AuditEntry.objects.aggregate(first=Min("sequence"), last=Max("sequence"))
    first, end = numbers["first"] or 0, before or (numbers["last"] or 0) + 1
    stops_at = time.monotonic() + SEARCH_SECONDS
    found: list[AuditEntry] = []
    while True:
        floor = max(end - SEARCHED_AT_ONCE, first)
        found += _newest(parts, end, floor, count - len(found))
        if len(found) >= count or floor <= first:
            return found, None
        if time.monotonic() >= stops_at:
            return found, floor
        end = floor


def show_operation(actor: Actor, operation_id: str) -> AuditLine:
    """One operation. Raises NotFoundError when there is none that this actor may see."""
    with records_answering():
        rows = AuditEntry.objects.filter(visible_to(actor), operation_id=operation_id)
        entries = [row.to_entry() for row in rows.order_by("-sequence")]
        if not entries:
            raise NotFoundError(
                "There is no such operation in the audit log.",
                hint="It may be archived, or belong to a connection that you have no role in.",
            )
        return next(iter(fold_entries(entries[:1])))


@dataclass(frozen=True, kw_only=True)
class LaterChange:
    """What was done later to the same attributes of the same app. `is_way_back`: it made them what they were before."""

    line: AuditLine
    is_way_back: bool


def list_later_changes(actor: Actor, line: AuditLine) -> tuple[LaterChange, ...]:
    """What this console changed since in the same attributes, oldest first; the first `LATER_CHANGES` of them."""
    if line.outcome is not Outcome.SUCCEEDED or not line.target or not line.changed:
        return ()
    with records_answering():
        rows = AuditEntry.objects.filter(
            visible_to(actor),
            connection=line.connection,
            target=line.target,
            outcome=Outcome.SUCCEEDED.value,
            sequence__gt=line.sequence,
        ).exclude(before="", after="")
        entries = [row.to_entry() for row in rows.order_by("sequence")[:LATER_ENTRIES]]
        touching = [each for each in entries if _names_in(each) & set(line.changed)]
        lines = fold_entries(touching[:LATER_CHANGES])
    return tuple(LaterChange(line=each, is_way_back=_is_way_back(line, each)) for each in lines)


def _names_in(entry: Entry) -> set[str]:
    return {*(entry.before or {}), *(entry.after or {})}


def _is_way_back(line: AuditLine, later: AuditLine) -> bool:
    """Whether each attribute of the one is after the other what it was before the one."""
    was, now = line.before or {}, later.after or {}
    return set(line.changed) <= set(later.changed) and all(
        was.get(name) == now.get(name) for name in line.changed
    )


def target_of(actor: Actor, operation_id: str) -> str:
    """What an operation was about; empty when there is none that this actor may see."""
    with records_answering():
        rows = AuditEntry.objects.filter(visible_to(actor), operation_id=operation_id)
        return str(rows.values_list("target", flat=True).first() or "")


def disabled_since(connection: str, app_id: str) -> datetime | None:
    """When this console last disabled an app that it has not enabled since; None when it does not know."""
    with records_answering():
        rows = AuditEntry.objects.filter(
            connection=connection,
            target=app_id,
            outcome=Outcome.SUCCEEDED.value,
            after__contains='"Enabled":',
        )
        last = rows.order_by("-sequence").first()
    if last is None:
        return None
    entry = last.to_entry()
    is_disabled = entry.after is not None and entry.after.get("Enabled") == {"BOOL": False}
    return entry.recorded_at if is_disabled else None


def visible_to(actor: Actor) -> Q:
    """What this actor may see of the log."""
    own = _own(actor)
    named = [slug for slug in actor.grants if slug != EVERY_CONNECTION]
    seen = own | Q(connection__in=[s for s in named if actor.may(Action.AUDIT_VIEW, s)])
    if actor.may(Action.AUDIT_VIEW, EVERY_CONNECTION):
        hidden = ["", *(s for s in named if not actor.may(Action.AUDIT_VIEW, s))]
        seen |= ~Q(connection__in=hidden)
    everywhere = actor.grants.get(EVERY_CONNECTION)
    if everywhere is not None and everywhere.role is Role.ADMINISTRATOR:
        seen |= Q(connection="")
    return seen


def _own(actor: Actor) -> Q:
    return Q(actor_kind=actor.kind.value, actor_id=actor.id)


def closed_to(actor: Actor) -> list[str]:
    """The connections that ask for a second factor which this person did not use: closed, their log as well."""
    if actor.kind is not ActorKind.PERSON or actor.has_second_factor:
        return []
    return sorted(second_factor_slugs())


def fold_entries(entries: Iterable[Entry]) -> list[AuditLine]:
    """One line for each of these entries (the outcome, or the start of an open operation), in their order."""
    lines = list(entries)
    ended = [e.operation_id for e in lines if e.outcome is not Outcome.STARTED]
    # Both rows of each, by operation: asked for the outcome too, SQLite would walk every start there is.
    rows = AuditEntry.objects.filter(operation_id__in=ended)
    starts = {row.operation_id: row.to_entry() for row in rows if row.outcome == STARTED}
    return [_fold(entry, starts.get(entry.operation_id)) for entry in lines]


def _fold(entry: Entry, start: Entry | None) -> AuditLine:
    first = start or entry
    return AuditLine(
        operation_id=entry.operation_id,
        sequence=entry.sequence,
        action=entry.action,
        outcome=entry.outcome,
        started_at=first.recorded_at,
        ended_at=None if entry.outcome is Outcome.STARTED else entry.recorded_at,
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        actor_name=entry.actor_name,
        connection=entry.connection,
        target=entry.target,
        reason=entry.reason,
        before=entry.before,
        after=entry.after,
        parent_id=entry.parent_id,
        request_id=entry.request_id,
        address=entry.address,
        user_agent=entry.user_agent,
        details=entry.details,
        sequences=(entry.sequence,) if start is None else (start.sequence, entry.sequence),
    )


def _line_rows(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    """The entries that stand for a line: every outcome, and every start without one."""
    return matching_entries(wanted).filter(_stands_for_line(wanted.outcome))


def _stands_for_line(outcome: str) -> Q:
    if outcome and outcome != STARTED:
        return Q(outcome=outcome)
    is_open = Q(sequence__in=OpenOperation.objects.values("sequence"))
    return is_open if outcome else ~Q(outcome=STARTED) | is_open


def matching_entries(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    """The entries a filter takes, both of an operation; its outcome is left to the caller."""
    exact = {
        "connection": wanted.connection,
        "target": wanted.app_id,
        "actor_kind": wanted.actor_kind,
        "actor_id": wanted.actor_id,
        "actor_name": wanted.actor_name,
        "action": wanted.action,
        "parent_id": wanted.parent_id,
    }
    rows = AuditEntry.objects.filter(**{name: value for name, value in exact.items() if value})
    if wanted.is_console:
        rows = rows.filter(connection="")
    if wanted.since is not None:
        rows = rows.filter(recorded_at__gte=time_text(wanted.since))
    if wanted.until is not None:
        rows = rows.filter(recorded_at__lte=time_text(wanted.until))
    if wanted.text:
        rows = rows.filter(_contains(wanted.text))
    return rows


def _contains(text: str) -> Q:
    names = ("target", "reason", "actor_name", "address", "action", "request_id", "operation_id")
    found = Q()
    for name in names:
        found |= Q(**{f"{name}__icontains": text})
    return found
