"""The app index: kept up to date by own writes and reads, renewed by scans, and honest about its age."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from apps_admin.domain.actor import Actor, ActorKind
from apps_admin.domain.connection import Connection
from apps_admin.domain.finding import DuplicateFacts
from apps_admin.domain.item import RawItem
from apps_admin.models.app_index import (
    IndexedApp,
    IndexState,
    KnownApp,
    drop_rows,
    find_known,
    make_searchable,
    mark_shared_keys,
    store_deletion,
    store_rows,
)
from apps_admin.models.job import ACTIVE, Job, is_any_worker_alive
from apps_admin.services.audit import revision_key
from apps_admin.services.index_rows import index_row, storable
from apps_admin.services.index_scan import NoReport, now_us, scan_index, to_us
from apps_admin.services.jobs import start_job

logger = logging.getLogger(__name__)

INDEX_JOB = "index"
INDEX_ACTOR = Actor(kind=ActorKind.JOB, id="index", name="app index")
# A table that fits on one scan page is read anew when a list older than this is asked for.
SMALL_TABLE_AGE = 5.0
# For so long a list waits for a small table to be read by the worker.
SMALL_TABLE_WAIT = 0.6
LOOK_EVERY = 0.02
MANY_DUPLICATES = 20


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How old a connection's lists are, and what is being done about it.

    `as_of`: everything written to the table before is in the lists; None while the index is built for the first
    time. `done` and `total` are apps of the scan that runs; `total` is the last scan's number, None at first.
    """

    as_of: datetime | None
    apps: int
    is_refreshing: bool
    done: int
    total: int | None
    problem: str
    has_worker: bool

    @property
    def is_building(self) -> bool:
        """Whether no scan has been completed yet, so that lists may lack apps."""
        return self.as_of is None

    @property
    def age(self) -> float | None:
        """Seconds since `as_of`."""
        return None if self.as_of is None else (datetime.now(UTC) - self.as_of).total_seconds()


def record_item(
    connection: Connection,
    item: RawItem,
    observed_at: datetime | None = None,
    *,
    known: KnownApp | None = None,
) -> None:
    """Bring an app's row up to date with what was read or written.

    `observed_at` is a moment before a read, or after a write was answered; now by default. `known` is what `known_of`
    said about it just now. The truth is in DynamoDB, so trouble here is logged and stops nothing.
    """
    observed = now_us() if observed_at is None else to_us(observed_at)
    try:
        revision = item.revision(revision_key())
        before = (known or known_of(connection, item)).own
        # Most reads find what is known already: judging the whole item for its row would take as long as the read.
        if before is not None and before[0] == revision:
            return
        row = index_row(item, revision)
        with transaction.atomic():
            store_rows(connection.slug, [(row, observed)])
            make_searchable()
            keys = {row.app_id, row.app_key, before[1] if before else ""} - {""}
            if before is None or before[1] != row.app_key:
                mark_shared_keys(connection.slug, sorted(keys))
    except DatabaseError:
        logger.exception("The app index of %s could not be corrected", connection.slug)


def record_items(connection: Connection, items: Iterable[RawItem]) -> None:
    """As `record_item`, for many items that were just written. Trouble here is logged and stops nothing."""
    try:
        rows = [index_row(item) for item in items]
        keys = {value for row in rows for value in (row.app_id, row.app_key)} - {""}
        here = IndexedApp.objects.filter(connection=connection.slug)
        known = dict(
            here.filter(app_id__in=[row.app_id for row in rows]).values_list("app_id", "app_key")
        )
        with transaction.atomic():
            now = now_us()
            store_rows(connection.slug, [(row, now) for row in rows])
            make_searchable()
            if any(known.get(row.app_id) != row.app_key for row in rows):
                mark_shared_keys(connection.slug, sorted(keys | set(known.values()) - {""}))
    except DatabaseError:
        logger.exception("The app index of %s could not be corrected", connection.slug)


def record_deletion(
    connection: Connection, app_id: str, observed_at: datetime | None = None
) -> None:
    """Drop an app that is not in the table any more. Trouble here is logged and stops nothing."""
    observed = now_us() if observed_at is None else to_us(observed_at)
    app_id = storable(app_id)
    try:
        with transaction.atomic():
            rows = IndexedApp.objects.filter(connection=connection.slug, app_id=app_id)
            before = rows.values_list("app_key", flat=True).first()
            store_deletion(connection.slug, app_id, observed)
            if before is not None:
                mark_shared_keys(connection.slug, sorted({app_id, before} - {""}))
    except DatabaseError:
        logger.exception("The app index of %s could not be corrected", connection.slug)


def record_absence(connection: Connection, app_id: str, observed_at: datetime) -> None:
    """A read found no such app: drop the row there may be of it. Trouble here is logged and stops nothing."""
    rows = IndexedApp.objects.filter(connection=connection.slug, app_id=storable(app_id))
    try:
        if not rows.exists():
            return
    except DatabaseError:
        logger.exception("The app index of %s could not be read", connection.slug)
        return
    record_deletion(connection, app_id, observed_at)


def indexed_apps(connection: Connection) -> QuerySet[IndexedApp]:
    """The rows of a connection; none while they are those of a table it pointed at before."""
    state = IndexState.objects.filter(connection=connection.slug).first()
    if state is not None and state.place != connection.place:
        return IndexedApp.objects.none()
    return IndexedApp.objects.filter(connection=connection.slug)


def known_of(connection: Connection, item: RawItem) -> KnownApp:
    """What the index knows about an app and those that share its id or key. One query."""
    app_key = item.attributes.get("AppKey", {}).get("S", "")
    return find_known(
        connection.slug,
        connection.place,
        storable(item.app_id),
        storable(app_key),
        most=MANY_DUPLICATES,
    )


def duplicates_of(
    connection: Connection, item: RawItem, known: KnownApp | None = None
) -> DuplicateFacts:
    """Which other apps share this app's id or key, as far as the index knows."""
    app_id = storable(item.app_id)
    app_key = storable(item.attributes.get("AppKey", {}).get("S", ""))
    known = known or known_of(connection, item)
    return DuplicateFacts(
        same_key=tuple(other for other, key in known.keyed if key == app_key),
        key_is_my_id=tuple(other for other, key in known.keyed if key == app_id),
        id_is_my_key=known.named,
    )


def refresh_index(connection: Connection) -> None:
    """Read the whole table now, while the caller waits. Raises ConsoleError when it cannot be read."""
    scan_index(connection, NoReport())


def request_refresh(connection: Connection) -> Job:
    """Ask the worker to read the table anew; one that is under way counts."""
    state = _state_of(connection)
    return start_job(
        INDEX_JOB,
        connection.slug,
        INDEX_ACTOR,
        only_one=f"{INDEX_JOB}:{connection.slug}",
        priority=1,
        total=state.apps if state else None,
    )


def refresh_if_stale(connection: Connection, *, wait: float = SMALL_TABLE_WAIT) -> Freshness:
    """How fresh the lists are, after asking the worker to renew them where they are too old.

    A list of a small table waits a moment for it, so that it shows what is in the table now.
    """
    state = _state_of(connection)
    age = None if state is None or state.complete_at is None else now_us() - state.complete_at
    is_small = state is None or state.pages <= 1
    longest = SMALL_TABLE_AGE if is_small else settings.INDEX_MAX_AGE
    if age is None or age > longest * 1_000_000:
        job = request_refresh(connection)
        if is_small and wait and is_any_worker_alive():
            _wait_for(job, wait)
            state = _state_of(connection)
    return _freshness(connection, state)


def freshness_of(connection: Connection) -> Freshness:
    """How fresh the lists are now."""
    return _freshness(connection, _state_of(connection))


def _freshness(connection: Connection, state: IndexState | None) -> Freshness:
    job = Job.objects.filter(only_one=f"{INDEX_JOB}:{connection.slug}", state__in=ACTIVE).first()
    complete_at = state.complete_at if state else None
    return Freshness(
        as_of=None if complete_at is None else datetime.fromtimestamp(complete_at / 1e6, UTC),
        apps=state.apps if state else 0,
        is_refreshing=job is not None,
        done=job.done if job else 0,
        total=(job.total if job else None) or None,
        problem=(job.message if job else "") or (state.problem if state else ""),
        has_worker=is_any_worker_alive(),
    )


def forget_index(slug: str) -> None:
    """Drop the index of a connection that is gone."""
    drop_rows(slug)


def _state_of(connection: Connection) -> IndexState | None:
    """The state of the index, unless it is of another table than the connection's."""
    return IndexState.objects.filter(connection=connection.slug, place=connection.place).first()


def _wait_for(job: Job, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
        if not Job.objects.filter(pk=job.pk, state__in=ACTIVE).exists():
            return
