"""Filling the app index: a parallel, paced scan of whole items that can be resumed, and never holds a secret."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from django.conf import settings

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ConsoleError
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import Page
from apps_admin.models.app_index import (
    IndexedApp,
    IndexRow,
    IndexState,
    Microseconds,
    drop_rows,
    known_revisions,
    make_searchable,
    mark_shared_keys,
    room_for_rows,
    store_rows,
    sweep_rows,
    touch_rows,
)
from apps_admin.services.audit import revision_key
from apps_admin.services.index_rows import index_row, row_rules, storable
from apps_admin.services.parallel_scan import Cursor, Pace, read_segments, read_units_per_second

# Rows are stored many at a time, which writes each page of SQLite's indexes less often, but not later than this.
ROWS_PER_TRANSACTION = 10_000
SECONDS_PER_TRANSACTION = 2.0
ROWS_MADE_SEARCHABLE = 20_000
# Smaller pages than DynamoDB's 1 MB: several wait in memory at once.
APPS_A_PAGE = 1000
# Fewer than a database's longest list of parameters.
IDS_PER_QUERY = 1000


class ScanReport(Protocol):
    """Whoever runs a scan: keeps its checkpoints, and may raise to stop it."""

    def keep(self, checkpoint: dict[str, Any], *, apps: int) -> None:
        """Keep where the scan is, after so many further apps."""
        ...

    def say(self, message: str) -> None:
        """Show people what is going on; empty when all is well again. Called now and then, whatever happens."""
        ...


class NoReport:
    """For a scan that its caller waits for."""

    def keep(self, checkpoint: dict[str, Any], *, apps: int) -> None:
        """Not kept: such a scan begins anew."""

    def say(self, message: str) -> None:
        """Nobody listens."""


@dataclass(kw_only=True)
class ScanPlan:
    """Where a scan is: per segment the cursor to go on from, or that it is done."""

    began_at: Microseconds
    cursors: list[Cursor | None]
    done: list[bool]
    pages: int = 0

    def to_json(self, place: str) -> dict[str, Any]:
        """The checkpoint. Cursors are the table's keys: text, and nothing secret."""
        return {
            "place": place,
            "began_at": self.began_at,
            "cursors": self.cursors,
            "done": self.done,
            "pages": self.pages,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], place: str) -> ScanPlan | None:
        """The plan of a checkpoint; None when there is none, or it is of another table."""
        if not kept or kept.get("place") != place:
            return None
        return cls(
            began_at=kept["began_at"],
            cursors=list(kept["cursors"]),
            done=list(kept["done"]),
            pages=kept["pages"],
        )


def scan_index(
    connection: Connection, report: ScanReport, checkpoint: Mapping[str, Any] | None = None
) -> IndexState:
    """Bring the index of a connection up to date with its table; goes on from a checkpoint.

    Raises ConsoleError with why DynamoDB could not be read; what was read until then stays.
    """
    state = _state_for(connection)
    started = time.monotonic()
    plan = ScanPlan.from_json(checkpoint or {}, connection.place)
    try:
        rows = _Rows(connection, may_skip=state.rules == row_rules())
        with room_for_rows():
            plan = _read_all(connection, plan, report, rows)
    except ConsoleError as exc:
        IndexState.objects.filter(pk=state.pk).update(
            problem=f"{exc.message} {exc.hint}".strip(), problem_at=now_us()
        )
        raise
    _complete(connection, state, plan, seconds=time.monotonic() - started)
    return state


def store_pages(connection: Connection, pages: Iterable[Page], *, began_at: Microseconds) -> None:
    """Fill the index from the pages of a whole table, as a scan does."""
    state = _state_for(connection)
    rows = _Rows(connection, may_skip=state.rules == row_rules())
    plan = ScanPlan(began_at=began_at, cursors=[None], done=[True])
    with room_for_rows():
        for page in pages:
            rows.add(rows.judge(page))
            plan.pages += 1
            if rows.are_due:
                rows.store()
        rows.store()
    _complete(connection, state, plan, seconds=0.0)


def _complete(connection: Connection, state: IndexState, plan: ScanPlan, *, seconds: float) -> None:
    """Drop what the whole table does not have, and say that the index is complete."""
    make_searchable()
    sweep_rows(connection.slug, plan.began_at)
    mark_shared_keys(connection.slug)
    state.complete_at = plan.began_at
    state.apps = IndexedApp.objects.filter(connection=connection.slug).count()
    state.pages = plan.pages
    state.seconds = seconds
    state.rules = row_rules()
    state.problem = ""
    state.save()


def now_us() -> Microseconds:
    """Now, in microseconds since 1970."""
    return to_us(datetime.now(UTC))


def to_us(moment: datetime) -> Microseconds:
    """A moment in microseconds since 1970, exactly."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _state_for(connection: Connection) -> IndexState:
    state, _ = IndexState.objects.get_or_create(
        connection=connection.slug, defaults={"place": connection.place}
    )
    if state.place != connection.place:
        # The connection points at another table now: nothing of the old one may show.
        drop_rows(connection.slug)
        state = IndexState.objects.create(connection=connection.slug, place=connection.place)
    return state


def _read_all(
    connection: Connection, plan: ScanPlan | None, report: ScanReport, rows: _Rows
) -> ScanPlan:
    apps = open_app_repository(connection)
    if plan is None:
        # One page tells whether the table is small; what it holds need not be judged again.
        plan = ScanPlan(began_at=now_us(), cursors=[None], done=[False])
        [(_, first, judged)] = read_segments(
            apps,
            {0: None},
            total=1,
            pace=Pace(None),
            judge=rows.judge,
            is_first_only=True,
            say=report.say,
        )
        rows.add_first(judged)
        if first.cursor is None:
            rows.store()
            plan.pages = 1
            report.keep(plan.to_json(connection.place), apps=len(first.items))
            return plan
        segments = max(1, settings.INDEX_SEGMENTS)
        plan = ScanPlan(
            began_at=plan.began_at, cursors=[None] * segments, done=[False] * segments, pages=1
        )
    pace = Pace(read_units_per_second(connection, float(settings.INDEX_CAPACITY_SHARE)))
    cursors = {
        segment: cursor for segment, cursor in enumerate(plan.cursors) if not plan.done[segment]
    }
    apps_read = 0
    for segment, page, judged in read_segments(
        apps,
        cursors,
        total=len(plan.cursors),
        pace=pace,
        judge=rows.judge,
        page_size=APPS_A_PAGE,
        say=report.say,
    ):
        rows.add(judged)
        plan.cursors[segment] = page.cursor
        plan.done[segment] = page.cursor is None
        plan.pages += 1
        apps_read += len(page.items)
        if rows.are_due or all(plan.done):
            rows.store()
            report.keep(plan.to_json(connection.place), apps=apps_read)
            apps_read = 0
    return plan


class _JudgedItem(NamedTuple):
    """What a page gives for one app: its row, or the item itself where the index may know it already."""

    app_id: str
    observed_at: Microseconds
    revision: str
    gives: IndexRow | RawItem


class _Rows:
    """Judges pages and stores their rows, many at a time.

    Items whose rows are known to be as they would be made now are only touched.
    """

    def __init__(self, connection: Connection, *, may_skip: bool) -> None:
        self._slug = connection.slug
        self._may_skip = may_skip
        self._key = revision_key()
        self._first: frozenset[str] = frozenset()
        self._judged: list[_JudgedItem] = []
        self._stored_at = time.monotonic()
        self._unsearchable = 0

    def judge(self, page: Page) -> list[_JudgedItem]:
        """What there is to be stored of a page, but for the first page's items, which segments bring again.

        Does no SQL: it runs in the threads that read.
        """
        observed_at = to_us(page.observed_at)
        judged = []
        for item in page.items:
            app_id = storable(item.app_id)
            if app_id in self._first:
                continue
            revision = item.revision(self._key)
            judged.append(
                _JudgedItem(
                    app_id=app_id,
                    observed_at=observed_at,
                    revision=revision,
                    gives=item if self._may_skip else index_row(item, revision),
                )
            )
        return judged

    def add_first(self, judged: list[_JudgedItem]) -> None:
        """Take the first page of a table, which its segments will have again."""
        self._first = frozenset(each.app_id for each in judged)
        self.add(judged)

    def add(self, judged: list[_JudgedItem]) -> None:
        """Take what was judged."""
        self._judged += judged

    @property
    def are_due(self) -> bool:
        """Whether it is time to store what was taken."""
        waited = time.monotonic() - self._stored_at
        return len(self._judged) >= ROWS_PER_TRANSACTION or waited > SECONDS_PER_TRANSACTION

    def store(self) -> None:
        """Bring the rows of what was taken up to date."""
        rows: list[tuple[IndexRow, Microseconds]] = []
        for start in range(0, len(self._judged), IDS_PER_QUERY):
            rows += self._changed(self._judged[start : start + IDS_PER_QUERY])
        store_rows(self._slug, rows)
        self._judged = []
        self._unsearchable += len(rows)
        if self._unsearchable >= ROWS_MADE_SEARCHABLE:
            make_searchable()
            self._unsearchable = 0
        self._stored_at = time.monotonic()

    def _changed(self, judged: Sequence[_JudgedItem]) -> Iterator[tuple[IndexRow, Microseconds]]:
        """The rows that are to be stored; the others are touched."""
        known = {}
        if self._may_skip:
            known = known_revisions(self._slug, [each.app_id for each in judged])
        same: dict[Microseconds, list[int]] = {}
        for each in judged:
            key, revision = known.get(each.app_id, (0, ""))
            if revision == each.revision:
                same.setdefault(each.observed_at, []).append(key)
            elif isinstance(each.gives, IndexRow):
                yield each.gives, each.observed_at
            else:
                yield index_row(each.gives, each.revision), each.observed_at
        for observed_at, keys in same.items():
            touch_rows(keys, observed_at)
