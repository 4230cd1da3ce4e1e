"""What the lists show, search and count: one row per app and connection. DynamoDB stays the truth; this is disposable.

Every row says when it was observed, in microseconds since 1970 taken before the read; a row is replaced only by a
newer observation. No row ever holds a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple, TypeAlias

from django.db import connection as sql
from django.db import models, transaction
from django.db.models.functions import Greatest

from apps_admin.models.substring_index import SubstringIndex, TextIndex, index_pending

Microseconds: TypeAlias = int


class AppState(models.TextChoices):
    """What soketi makes of an app, in one word."""

    ENABLED = "enabled", "Enabled"
    DISABLED = "disabled", "Disabled"
    NOT_FOUND = "not-found", "Not found by soketi"


class IndexedApp(models.Model):
    """One app as the lists know it. Limits are what soketi enforces: unlimited is infinity, blocked is 0."""

    connection = models.CharField(max_length=100)
    app_id = models.TextField()
    app_key = models.TextField(blank=True, default="")
    label = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=AppState)
    accepts_connections = models.BooleanField()
    client_messages = models.BooleanField()
    user_authentication = models.BooleanField()
    max_connections = models.FloatField()
    max_backend_events_per_second = models.FloatField()
    max_client_events_per_second = models.FloatField()
    max_read_requests_per_second = models.FloatField()
    max_presence_members_per_channel = models.FloatField()
    max_presence_member_size_in_kb = models.FloatField()
    max_channel_name_length = models.FloatField()
    max_event_channels_at_once = models.FloatField()
    max_event_name_length = models.FloatField()
    max_event_payload_in_kb = models.FloatField()
    max_event_batch_size = models.FloatField()
    webhook_count = models.IntegerField()
    # Lists of words have a space before and after each, so that " word " finds one.
    webhook_hosts = models.TextField(blank=True, default="")
    webhook_events = models.TextField(blank=True, default="")
    findings = models.TextField(blank=True, default="")
    # The worst finding of the item itself, and of the app with what `shares_key` says.
    own_severity = models.SmallIntegerField(default=0)
    severity = models.SmallIntegerField(default=0)
    unknown_names = models.JSONField(default=list)
    revision = models.CharField(max_length=64)
    search_text = models.TextField()
    observed_at = models.BigIntegerField()
    # Set by `mark_shared_keys`: its id or key is the id or key of another app too.
    shares_key = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "app_id"], name="indexed_app_once")
        ]
        indexes: ClassVar = [
            # Without app_id: two keys of 2 KB do not fit into one entry of a PostgreSQL index.
            models.Index(fields=["connection", "app_key"], name="indexed_app_key"),
            models.Index(fields=["connection", "state", "app_id"], name="indexed_app_state"),
            models.Index(fields=["connection", "severity", "app_id"], name="indexed_app_severity"),
            models.Index(
                fields=["connection", "max_connections", "app_id"], name="indexed_app_connections"
            ),
            models.Index(
                fields=["connection", "webhook_count", "app_id"], name="indexed_app_webhooks"
            ),
            models.Index(
                fields=["connection", "app_id"],
                condition=models.Q(shares_key=True),
                name="indexed_app_shared",
            ),
            SubstringIndex(fields=["search_text"], name="indexed_app_substring"),
            TextIndex(fields=["connection", "app_id", "search_text"], name="indexed_app_text"),
        ]

    def __str__(self) -> str:
        return f"{self.app_id} on {self.connection}"


class DeletedApp(models.Model):
    """An app that was deleted: a scan that read it earlier must not bring it back."""

    connection = models.CharField(max_length=100)
    app_id = models.TextField()
    observed_at = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "app_id"], name="deleted_app_once")
        ]

    def __str__(self) -> str:
        return f"{self.app_id} on {self.connection}"


class IndexState(models.Model):
    """How far the index of one connection is."""

    connection = models.CharField(max_length=100, primary_key=True)
    # Account or endpoint, region and table that the rows were read from.
    place = models.TextField()
    # When the last complete scan began; everything written before is in the rows. None: not built yet.
    complete_at = models.BigIntegerField(null=True, blank=True)
    # How many apps and scan pages the last complete scan saw, and how long it took.
    apps = models.BigIntegerField(default=0)
    pages = models.IntegerField(default=0)
    seconds = models.FloatField(default=0)
    # What the rows were made by: with other rules every row is made anew.
    rules = models.CharField(max_length=64, blank=True, default="")
    # Why the last scan failed; empty when it did not.
    problem = models.TextField(blank=True, default="")
    problem_at = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"index of {self.connection}"


LIMIT_COLUMNS = (
    "max_connections",
    "max_backend_events_per_second",
    "max_client_events_per_second",
    "max_read_requests_per_second",
    "max_presence_members_per_channel",
    "max_presence_member_size_in_kb",
    "max_channel_name_length",
    "max_event_channels_at_once",
    "max_event_name_length",
    "max_event_payload_in_kb",
    "max_event_batch_size",
)


class IndexRow(NamedTuple):
    """What an item gives for its row. `limits` in the order of `LIMIT_COLUMNS`; `unknown_names` as JSON."""

    app_id: str
    app_key: str
    label: str
    state: str
    accepts_connections: bool
    client_messages: bool
    user_authentication: bool
    webhook_count: int
    webhook_hosts: str
    webhook_events: str
    findings: str
    own_severity: int
    unknown_names: str
    revision: str
    search_text: str
    limits: tuple[float, ...]


_ROW_COLUMNS = IndexRow._fields[:-1]
_COLUMNS = (
    *("connection", "observed_at", "shares_key", "severity"),
    *_ROW_COLUMNS,
    *LIMIT_COLUMNS,
)
# A key that two apps share is an error.
SHARED_SEVERITY = 3
_CACHE_KB = 48_000


def store_rows(connection: str, observed: Iterable[tuple[IndexRow, Microseconds]]) -> None:
    """Insert or replace the rows whose observation is newer, in one transaction.

    In the order of their ids, so that rows next to each other in the indexes are written together.
    """
    newest = {row.app_id: (row, at) for row, at in sorted(observed, key=itemgetter(1))}
    values: list[tuple[Any, ...]] = [
        (connection, at, False, row.own_severity, *row[:-1], *row.limits)
        for _, (row, at) in sorted(newest.items())
    ]
    if not values:
        return
    with transaction.atomic(), sql.cursor() as cursor:
        for start in range(0, len(values), _ROWS_A_STATEMENT):
            some = values[start : start + _ROWS_A_STATEMENT]
            statement = _INSERT + ", ".join([_ONE_ROW] * len(some)) + _OR_REPLACE
            cursor.execute(statement, list(chain.from_iterable(some)))
        cursor.execute(_DROP_DELETED, [connection])


@contextmanager
def room_for_rows() -> Iterator[None]:
    """While many rows are stored, SQLite keeps the indexes' pages in memory; other databases do so anyway."""
    if sql.vendor != "sqlite":
        yield
        return
    with sql.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA cache_size").fetchone()
        cursor.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {usual}")


def known_revisions(connection: str, app_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The keys and revisions of the rows there are of these apps."""
    rows = IndexedApp.objects.filter(connection=connection, app_id__in=app_ids)
    return {
        app_id: (pk, revision)
        for pk, app_id, revision in rows.values_list("pk", "app_id", "revision")
    }


@dataclass(frozen=True, kw_only=True)
class KnownApp:
    """What the rows say about one app: its own row (None when there is none), and who has its id or key.

    `keyed` are other apps, by id and key, whose key is its key or its id; `named` those whose id is its key.
    """

    own: tuple[str, str] | None
    keyed: tuple[tuple[str, str], ...]
    named: tuple[str, ...]


def find_known(connection: str, place: str, app_id: str, app_key: str, *, most: int) -> KnownApp:
    """All of it in one query: this is asked at every read of an app. `own` is its revision and key.

    Rows read from another place than the connection's say nothing about others.
    """
    app_key_or_id = app_key or app_id
    with sql.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            [
                *(connection, app_id),
                *(connection, app_id, app_key_or_id, app_id, most),
                *(connection, app_key, app_id),
                connection,
            ],
        )
        rows = cursor.fetchall()
    told: dict[str, list[tuple[str, str]]] = {"own": [], "keyed": [], "named": [], "place": []}
    for what, one, other in rows:
        told[what].append((one, other))
    is_elsewhere = any(one != place for one, _ in told["place"])
    return KnownApp(
        own=told["own"][0] if told["own"] else None,
        keyed=() if is_elsewhere else tuple(told["keyed"]),
        named=() if is_elsewhere else tuple(one for one, _ in told["named"]),
    )


def touch_rows(keys: Sequence[int], observed_at: Microseconds) -> None:
    """Say that these rows were seen unchanged."""
    IndexedApp.objects.filter(pk__in=keys, observed_at__lt=observed_at).update(
        observed_at=observed_at
    )


def make_searchable() -> None:
    """Bring the rows stored since the last time into the substring index; until then searches read them all."""
    index_pending(IndexedApp, "search_text")


def store_deletion(connection: str, app_id: str, observed_at: Microseconds) -> None:
    """Drop an app's row, and remember the deletion until a later scan is complete."""
    with transaction.atomic():
        DeletedApp.objects.update_or_create(
            connection=connection, app_id=app_id, defaults={"observed_at": observed_at}
        )
        IndexedApp.objects.filter(
            connection=connection, app_id=app_id, observed_at__lte=observed_at
        ).delete()


def sweep_rows(connection: str, began_at: Microseconds) -> None:
    """After a complete scan: drop what it did not see, in steps that never hold the database for long."""
    unseen = IndexedApp.objects.filter(connection=connection, observed_at__lt=began_at)
    while ids := list(unseen.values_list("pk", flat=True)[:2000]):
        IndexedApp.objects.filter(pk__in=ids, observed_at__lt=began_at).delete()
    DeletedApp.objects.filter(connection=connection, observed_at__lt=began_at).delete()


def drop_rows(connection: str) -> None:
    """Forget everything about a connection."""
    sweep_rows(connection, 2**62)
    IndexState.objects.filter(connection=connection).delete()


def mark_shared_keys(connection: str, values: Sequence[str] | None = None) -> None:
    """Say which apps share an id or key with another app: of those with one of these values, or of all."""
    shared = _shared_values(connection, values)
    here = IndexedApp.objects.filter(connection=connection)
    marked = here.filter(shares_key=True)
    if values is not None:
        marked = marked.filter(models.Q(app_id__in=values) | models.Q(app_key__in=values))
    for start in range(0, len(shared), 500):
        some = shared[start : start + 500]
        # Each by an index of its own: asked for one or the other, SQLite reads every row.
        for having in (models.Q(app_id__in=some), models.Q(app_key__in=some)):
            here.filter(having, shares_key=False).update(
                shares_key=True, severity=Greatest("own_severity", SHARED_SEVERITY)
            )
    known = set(shared)
    over = [
        pk
        for pk, app_id, app_key in marked.values_list("pk", "app_id", "app_key")
        if app_id not in known and app_key not in known
    ]
    for start in range(0, len(over), 500):
        IndexedApp.objects.filter(pk__in=over[start : start + 500]).update(
            shares_key=False, severity=models.F("own_severity")
        )


def _shared_values(connection: str, values: Sequence[str] | None) -> list[str]:
    """Every id or key that more than one app has, as either; among these values only, or of all."""
    among = "" if values is None else f" AND {{}} IN ({', '.join(['%s'] * len(values))})"
    given = list(values or ())
    keys = (
        f"SELECT app_key FROM {_TABLE} WHERE connection = %s AND app_key <> ''"  # noqa: S608 - own names
        f"{among.format('app_key')} GROUP BY app_key HAVING COUNT(*) > 1"
    )
    ids = (
        f"SELECT one.app_id FROM {_TABLE} one JOIN {_TABLE} other "  # noqa: S608 - own names
        "ON other.connection = one.connection AND other.app_key = one.app_id AND other.id <> one.id "
        f"WHERE one.connection = %s{among.format('one.app_id')}"
    )
    with sql.cursor() as cursor:
        cursor.execute(f"{keys} UNION {ids}", [connection, *given, connection, *given])
        return [row[0] for row in cursor.fetchall()]


_TABLE = IndexedApp._meta.db_table
_KNOWN = (
    f"SELECT 'own', revision, app_key FROM {_TABLE} WHERE connection = %s AND app_id = %s "  # noqa: S608 - our own names
    "UNION ALL SELECT 'keyed', app_id, app_key FROM ("
    f"SELECT app_id, app_key FROM {_TABLE} "
    "WHERE connection = %s AND app_key IN (%s, %s) AND app_id <> %s LIMIT %s) AS keyed "
    f"UNION ALL SELECT 'named', app_id, '' FROM {_TABLE} "
    "WHERE connection = %s AND app_id = %s AND app_id <> %s "
    f"UNION ALL SELECT 'place', place, '' FROM {IndexState._meta.db_table} WHERE connection = %s"
)
# While SQLite runs a statement other threads go on, so a statement has many rows.
_ROWS_A_STATEMENT = 500
_ONE_ROW = f"({', '.join(['%s'] * len(_COLUMNS))})"
_INSERT = f"INSERT INTO {_TABLE} ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 - our own names
_OR_REPLACE = (
    " ON CONFLICT (connection, app_id) DO UPDATE SET "
    + ", ".join(
        f"{column} = excluded.{column}"
        for column in _COLUMNS
        if column not in {"connection", "app_id", "shares_key", "severity"}
    )
    + f", severity = CASE WHEN {_TABLE}.shares_key AND excluded.severity < {SHARED_SEVERITY} "
    + f"THEN {SHARED_SEVERITY} ELSE excluded.severity END"
    + f" WHERE excluded.observed_at > {_TABLE}.observed_at"
)
_DROP_DELETED = (
    f"DELETE FROM {_TABLE} WHERE id IN (SELECT app.id "  # noqa: S608 - our own names
    f"FROM {DeletedApp._meta.db_table} gone JOIN {_TABLE} app "
    "ON app.connection = gone.connection AND app.app_id = gone.app_id "
    "AND app.observed_at <= gone.observed_at WHERE gone.connection = %s)"
)
