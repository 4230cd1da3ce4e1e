"""A parallel, paced scan of whole items: a thread per segment reads and judges, the caller's thread gets the pages."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping
from itertools import chain, repeat
from typing import Generic, TypeAlias, TypeVar

from apps_admin.aws.tables import open_tables
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import AccessDeniedError, UnavailableError
from apps_admin.domain.item import AttributeValue
from apps_admin.domain.repository import AppReader, Page

# After so long without one answered page, a scan gives up.
LONGEST_TROUBLE = 600.0
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
# Where DynamoDB does not say: what an on-demand table can read per second from its first day.
ON_DEMAND_READ_UNITS = 12_000
PAGES_AHEAD = 2

Cursor: TypeAlias = Mapping[str, AttributeValue]
Judged = TypeVar("Judged")


def _nobody(_message: str) -> None:
    """For a scan whose trouble nobody watches."""


def read_segments(
    apps: AppReader,
    cursors: Mapping[int, Cursor | None],
    *,
    total: int,
    pace: Pace,
    judge: Callable[[Page], Judged],
    page_size: int | None = None,
    is_first_only: bool = False,
    is_awaited: bool = False,
    say: Callable[[str], None] = _nobody,
) -> Generator[tuple[int, Page, Judged], None, None]:
    """The pages of these segments, each from its cursor on and with what `judge` says of it, as they come.

    `judge` runs in the threads that read, beside the caller's SQL, and must do none of its own. Pages hold at most
    `page_size` items, or as many as DynamoDB gives; `is_first_only` reads one of each segment. `say` hears now and
    then what DynamoDB answers instead of pages, empty when all is well, and may raise to stop. `is_awaited`: somebody
    waits for the first page; an endpoint that does not answer is told at once then, and waited out only after that.
    Raises ConsoleError when the table cannot be read.
    """
    reading = _Reading(
        apps=apps,
        pace=pace,
        judge=judge,
        segments=total,
        page_size=page_size,
        is_first_only=is_first_only,
        is_awaited=is_awaited,
    )
    todo = set(cursors)
    threads = [
        threading.Thread(
            target=reading.read,
            args=(segment, cursors[segment]),
            name=f"scan-segment-{segment}",
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
                say(said)
                continue
            if isinstance(what, BaseException):
                raise what
            if said:
                said = ""
                say(said)
            page, judged = what
            if page.cursor is None or is_first_only:
                todo.discard(segment)
            yield segment, page, judged
    finally:
        reading.stopping.set()
        for thread in threads:
            thread.join()


class _Reading(Generic[Judged]):
    """Threads that read segments. None of them touches SQL."""

    def __init__(
        self,
        *,
        apps: AppReader,
        pace: Pace,
        judge: Callable[[Page], Judged],
        segments: int,
        page_size: int | None,
        is_first_only: bool,
        is_awaited: bool,
    ) -> None:
        self._apps = apps
        self._pace = pace
        self._judge = judge
        self._segments = segments
        self._page_size = page_size
        self._is_first_only = is_first_only
        self._is_awaited = is_awaited
        self.pages: queue.Queue[tuple[int, tuple[Page, Judged] | BaseException]] = queue.Queue(
            PAGES_AHEAD
        )
        self.stopping = threading.Event()
        # What DynamoDB answers instead of a page just now; empty while all is well.
        self.trouble = ""

    def read(self, segment: int, cursor: Cursor | None) -> None:
        """Read one segment from a cursor to its end."""
        try:
            while not self.stopping.is_set():
                page = self._page(segment, cursor)
                self._pace.spend(page.read_units, self.stopping)
                self._put(segment, (page, self._judge(page)))
                cursor = page.cursor
                if cursor is None or self._is_first_only:
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
                    cursor=cursor,
                    limit=self._page_size,
                    segment=segment,
                    total_segments=self._segments,
                )
            except UnavailableError as exc:
                is_over = time.monotonic() - began > LONGEST_TROUBLE
                if is_over or self._is_awaited or self.stopping.is_set():
                    raise
                self.trouble = f"{exc.message} Trying again."
                self.stopping.wait(next(pauses))
            else:
                self.trouble, self._is_awaited = "", False
                return page

    def _put(self, segment: int, what: tuple[Page, Judged] | BaseException) -> None:
        while not self.stopping.is_set():
            try:
                self.pages.put((segment, what), timeout=0.2)
            except queue.Full:
                continue
            return


class Pace:
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


def read_units_per_second(
    connection: Connection, share: float, *, always: bool = False
) -> float | None:
    """What this share of the table's read capacity is; None (no pace) on an endpoint that is not AWS's.

    `always` paces there too.
    """
    if connection.endpoint and not always:
        return None
    try:
        live = open_tables(connection).find(connection.table)
    except AccessDeniedError:
        live = None
    throughput = live.description.get("ProvisionedThroughput", {}) if live else {}
    provisioned = float(throughput.get("ReadCapacityUnits") or 0)
    return (provisioned or ON_DEMAND_READ_UNITS) * share
