"""Filling the app index: a parallel, paced scan of whole items that can be resumed, and never holds a secret."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any, Protocol

from django.conf import settings

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.aws.tables import open_tables
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import AccessDeniedError, ConsoleError, UnavailableError
from apps_admin.domain.item import AttributeValue
from apps_admin.domain.repository import AppReader, Page
from apps_admin.models.app_index import (
    IndexedApp,
    IndexState,
    Microseconds,
    drop_rows,
    make_searchable,
    mark_shared_keys,
    store_rows,
    sweep_rows,
)
from apps_admin.services.audit import revision_key
from apps_admin.services.index_rows import index_row

# After so long without one answered page, a scan gives up.
LONGEST_TROUBLE = 600.0
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
# Where DynamoDB does not say: what an on-demand table can read per second from its first day.
ON_DEMAND_READ_UNITS = 12_000
ROWS_PER_TRANSACTION = 1000
ROWS_MADE_SEARCHABLE = 20_000
PAGES_AHEAD = 2

Cursor = Mapping[str, AttributeValue]


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
        plan = _read_all(connection, plan, report)
    except ConsoleError as exc:
        IndexState.objects.filter(pk=state.pk).update(
            problem=f"{exc.message} {exc.hint}".strip(), problem_at=now_us()
        )
        raise
    make_searchable()
    sweep_rows(connection.slug, plan.began_at)
    mark_shared_keys(connection.slug)
    state.complete_at = plan.began_at
    state.apps = IndexedApp.objects.filter(connection=connection.slug).count()
    state.pages = plan.pages
    state.seconds = time.monotonic() - started
    state.problem = ""
    state.save()
    return state


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


def _read_all(connection: Connection, plan: ScanPlan | None, report: ScanReport) -> ScanPlan:
    apps = open_app_repository(connection)
    pace = _Pace(units_per_second=None)
    if plan is None:
        # One page tells whether the table is small; what it holds is in the index already.
        plan = ScanPlan(began_at=now_us(), cursors=[None], done=[False])
        _, first = next(_read_segments(apps, plan, pace, report))
        _store(connection, first)
        if first.cursor is None:
            plan.pages = 1
            report.keep(plan.to_json(connection.place), apps=len(first.items))
            return plan
        segments = max(1, settings.INDEX_SEGMENTS)
        plan = ScanPlan(
            began_at=plan.began_at, cursors=[None] * segments, done=[False] * segments, pages=1
        )
    pace = _Pace(units_per_second=_read_units_per_second(connection))
    stored = 0
    for segment, page in _read_segments(apps, plan, pace, report):
        _store(connection, page)
        stored += len(page.items)
        if stored >= ROWS_MADE_SEARCHABLE:
            make_searchable()
            stored = 0
        plan.cursors[segment] = page.cursor
        plan.done[segment] = page.cursor is None
        plan.pages += 1
        report.keep(plan.to_json(connection.place), apps=len(page.items))
    return plan


def _store(connection: Connection, page: Page) -> None:
    key = revision_key()
    rows = [index_row(item, key) for item in page.items]
    for start in range(0, len(rows), ROWS_PER_TRANSACTION):
        store_rows(
            connection.slug, rows[start : start + ROWS_PER_TRANSACTION], to_us(page.observed_at)
        )


def _read_segments(
    apps: AppReader, plan: ScanPlan, pace: _Pace, report: ScanReport
) -> Iterator[tuple[int, Page]]:
    """The pages of all unfinished segments as they come, read by one thread each."""
    reading = _Reading(apps=apps, pace=pace, segments=len(plan.cursors))
    todo = {segment for segment, is_done in enumerate(plan.done) if not is_done}
    threads = [
        threading.Thread(
            target=reading.read,
            args=(segment, plan.cursors[segment]),
            name=f"index-segment-{segment}",
            daemon=True,
        )
        for segment in todo
    ]
    said = ""
    try:
        for thread in threads:
            thread.start()
        while todo:
            try:
                segment, what = reading.pages.get(timeout=0.5)
            except queue.Empty:
                said = reading.trouble
                report.say(said)
                continue
            if isinstance(what, BaseException):
                raise what
            if said:
                said = ""
                report.say(said)
            if what.cursor is None:
                todo.discard(segment)
            yield segment, what
    finally:
        reading.stopping.set()
        for thread in threads:
            thread.join()


class _Reading:
    """Threads that read segments. None of them touches SQL."""

    def __init__(self, *, apps: AppReader, pace: _Pace, segments: int) -> None:
        self._apps = apps
        self._pace = pace
        self._segments = segments
        self.pages: queue.Queue[tuple[int, Page | BaseException]] = queue.Queue(PAGES_AHEAD)
        self.stopping = threading.Event()
        # What DynamoDB answers instead of a page just now; empty while all is well.
        self.trouble = ""

    def read(self, segment: int, cursor: Cursor | None) -> None:
        """Read one segment from a cursor to its end."""
        try:
            while not self.stopping.is_set():
                page = self._page(segment, cursor)
                self._pace.spend(page.read_units, self.stopping)
                self._put(segment, page)
                cursor = page.cursor
                if cursor is None:
                    return
        except BaseException as exc:
            self._put(segment, exc)

    def _page(self, segment: int, cursor: Cursor | None) -> Page:
        """One page; throttling and an endpoint that does not answer are waited out, with ever longer pauses."""
        began = time.monotonic()
        pauses = chain(PAUSES, repeat(PAUSES[-1]))
        while True:
            try:
                page = self._apps.scan(
                    cursor=cursor, segment=segment, total_segments=self._segments
                )
            except UnavailableError as exc:
                if time.monotonic() - began > LONGEST_TROUBLE or self.stopping.is_set():
                    raise
                self.trouble = f"{exc.message} Trying again."
                self.stopping.wait(next(pauses))
            else:
                self.trouble = ""
                return page

    def _put(self, segment: int, what: Page | BaseException) -> None:
        while not self.stopping.is_set():
            try:
                self.pages.put((segment, what), timeout=0.2)
            except queue.Full:
                continue
            return


class _Pace:
    """Spends read units no faster than given, over all segments; None is as fast as it goes."""

    def __init__(self, units_per_second: float | None) -> None:
        self._rate = units_per_second
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def spend(self, units: float, stopping: threading.Event) -> None:
        """Wait until these units fit."""
        if self._rate is None:
            return
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + units / self._rate
            pause = self._free_at - now
        stopping.wait(pause)


def _read_units_per_second(connection: Connection) -> float | None:
    """The share of the table's capacity a scan may take; None on an endpoint that is not AWS's."""
    if connection.endpoint:
        return None
    try:
        live = open_tables(connection).find(connection.table)
    except AccessDeniedError:
        live = None
    throughput = live.description.get("ProvisionedThroughput", {}) if live else {}
    provisioned = float(throughput.get("ReadCapacityUnits") or 0)
    return (provisioned or ON_DEMAND_READ_UNITS) * float(settings.INDEX_CAPACITY_SHARE)
