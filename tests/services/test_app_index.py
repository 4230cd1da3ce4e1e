"""The app index: an older observation never replaces a newer one, and no list is older than it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError
from django.db import connection as sql

from apps_admin.domain.app import NewApp
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import (
    AppNotFoundError,
    TableNotFoundError,
    ThrottledError,
    UnreachableError,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import Page
from apps_admin.models import DeletedApp, IndexedApp, IndexState, Job
from apps_admin.models.app_index import IndexRow
from apps_admin.models.substring_index import has_fts
from apps_admin.services import app_index, index_scan, parallel_scan
from apps_admin.services.accounts import command_actor
from apps_admin.services.app_index import (
    forget_index,
    freshness_of,
    record_deletion,
    record_item,
    refresh_if_stale,
    refresh_index,
)
from apps_admin.services.apps import create_app, delete_app, disable_app, show_app
from apps_admin.services.connections import get_connection
from apps_admin.services.index_rows import index_row
from apps_admin.services.sample_apps import sample_items
from apps_admin.services.search import AppQuery, find_apps
from apps_admin.services.workspace import open_workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.django_db

HERE = Connection(slug="here", table="apps", endpoint="http://127.0.0.1:9")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def item(app_id: str, key: str = "", **attributes: Any) -> RawItem:
    return RawItem(
        attributes={"AppId": {"S": app_id}, "AppKey": {"S": key or f"{app_id}-key"}, **attributes}
    )


def disabled(app_id: str) -> RawItem:
    return item(app_id, Enabled={"BOOL": False})


def state_of(app_id: str) -> str:
    return IndexedApp.objects.get(app_id=app_id).state


def shared() -> set[str]:
    return set(IndexedApp.objects.filter(shares_key=True).values_list("app_id", flat=True))


def test_an_older_observation_changes_nothing() -> None:
    record_item(HERE, disabled("shop"), NOW)
    record_item(HERE, item("shop"), NOW - timedelta(microseconds=1))
    assert state_of("shop") == "disabled"
    record_item(HERE, item("shop"), NOW + timedelta(microseconds=1))
    assert state_of("shop") == "enabled"


def test_a_scan_that_read_it_before_does_not_bring_a_deleted_app_back() -> None:
    record_item(HERE, item("shop"), NOW)
    record_deletion(HERE, "shop", NOW + timedelta(seconds=1))
    record_item(HERE, item("shop"), NOW + timedelta(microseconds=5))
    assert not IndexedApp.objects.exists()
    record_item(HERE, item("shop"), NOW + timedelta(seconds=2))
    assert state_of("shop") == "enabled", "created again since"


def test_a_deletion_seen_earlier_keeps_what_was_written_since() -> None:
    record_item(HERE, item("shop"), NOW)
    record_deletion(HERE, "shop", NOW - timedelta(seconds=1))
    assert state_of("shop") == "enabled"


def test_shared_ids_and_keys_are_marked_and_unmarked() -> None:
    record_item(HERE, item("one", key="same"), NOW)
    record_item(HERE, item("two", key="same"), NOW)
    record_item(HERE, item("three", key="four"), NOW)
    record_item(HERE, item("four"), NOW)
    record_item(HERE, item("own", key="own"), NOW)
    assert shared() == {"one", "two", "three", "four"}
    record_item(HERE, item("two", key="another"), NOW + timedelta(seconds=1))
    record_deletion(HERE, "three", NOW + timedelta(seconds=1))
    assert shared() == set()


def test_apps_without_a_key_share_none() -> None:
    record_item(HERE, RawItem(attributes={"AppId": {"S": "one"}}), NOW)
    record_item(HERE, RawItem(attributes={"AppId": {"S": "two"}}), NOW)
    assert shared() == set()


def test_another_connections_keys_are_no_duplicates() -> None:
    record_item(HERE, item("one", key="same"), NOW)
    record_item(Connection(slug="there"), item("two", key="same"), NOW)
    assert shared() == set()


def test_no_secret_is_in_any_table_of_the_index() -> None:
    webhooks = (
        '[{"url":"https://user:pa55word@hooks.example.com/T0KEN?k=qu3ry","event_types":[],'
        '"headers":{"Authorization":"h3ader"}}]'
    )
    record_item(
        HERE,
        item(
            "shop",
            AppSecret={"S": "s3cret-s3cret"},
            secret={"S": "al1as"},
            Webhooks={"S": webhooks},
            Password={"S": "unkn0wn"},
            Name={"S": "The shop"},
        ),
        NOW,
    )
    row = repr(IndexedApp.objects.values().get())
    for text in ("s3cret", "al1as", "pa55word", "T0KEN", "qu3ry", "h3ader", "unkn0wn"):
        assert text not in row
    assert "hooks.example.com" in row
    assert "The shop" in row
    assert "Password" in row, "the name of an unknown attribute is no secret"


@pytest.fixture
def connection(
    default_connection: str, dynamodb_client: DynamoDBClient, apps_table: str
) -> Connection:
    for each in sample_items(13):
        attributes: Mapping[str, Any] = each.attributes
        dynamodb_client.put_item(TableName=apps_table, Item=attributes)
    return get_connection(default_connection)


def test_a_complete_scan_forgets_what_is_gone(
    connection: Connection, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    refresh_index(connection)
    assert IndexedApp.objects.count() == 13
    dynamodb_client.delete_item(TableName=apps_table, Key={"AppId": {"S": "shop"}})
    record_deletion(connection, "crm", datetime.now(UTC) - timedelta(days=1))
    refresh_index(connection)
    assert not IndexedApp.objects.filter(app_id="shop").exists()
    assert IndexedApp.objects.filter(app_id="crm").exists()
    assert not DeletedApp.objects.exists(), "what a later scan proved needs no remembering"


def test_a_list_is_building_until_the_first_scan_is_complete(connection: Connection) -> None:
    record_item(connection, item("early"))
    assert freshness_of(connection).is_building
    refresh_index(connection)
    fresh = freshness_of(connection)
    assert not fresh.is_building
    assert fresh.age is not None
    assert fresh.age < 10
    assert fresh.apps == 13


def test_a_list_older_than_5_seconds_asks_for_one_scan(connection: Connection) -> None:
    refresh_index(connection)
    assert not refresh_if_stale(connection).is_refreshing
    IndexState.objects.update(complete_at=index_scan.now_us() - 6_000_000)
    assert refresh_if_stale(connection).is_refreshing
    assert refresh_if_stale(connection).is_refreshing
    assert Job.objects.count() == 1


def test_a_larger_table_is_renewed_less_often(connection: Connection, settings: Any) -> None:
    refresh_index(connection)
    IndexState.objects.update(complete_at=index_scan.now_us() - 60_000_000, pages=40)
    assert not refresh_if_stale(connection).is_refreshing
    settings.INDEX_MAX_AGE = 59
    assert refresh_if_stale(connection).is_refreshing


def test_a_connection_that_points_elsewhere_starts_anew(
    connection: Connection, settings: Any
) -> None:
    refresh_index(connection)
    settings.DYNAMODB_TABLE = "elsewhere"
    moved = get_connection("default")
    assert freshness_of(moved).is_building
    assert not find_apps(moved, AppQuery()).exists(), "no app of the other table shows"
    with pytest.raises(TableNotFoundError):
        refresh_index(moved)
    assert not IndexedApp.objects.exists()
    assert "elsewhere" in freshness_of(moved).problem


def test_a_forgotten_connection_leaves_nothing(connection: Connection) -> None:
    refresh_index(connection)
    record_deletion(connection, "gone")
    forget_index(connection.slug)
    for model in (IndexedApp, DeletedApp, IndexState):
        assert not model.objects.exists()


class Paged:
    """A table in many pages that can fail, over the numbers 0 to `apps` - 1."""

    def __init__(self, apps: int, page: int = 10) -> None:
        self.apps, self.page = apps, page
        self.failures: list[Exception] = []
        self.calls = 0
        self.lock = threading.Lock()

    def scan(
        self,
        *,
        cursor: Mapping[str, Mapping[str, str]] | None = None,
        limit: int | None = None,  # noqa: ARG002 - the protocol's
        segment: int = 0,
        total_segments: int = 1,
    ) -> Page:
        with self.lock:
            self.calls += 1
            if self.failures:
                raise self.failures.pop()
        mine = [number for number in range(self.apps) if number % total_segments == segment]
        start = int(cursor["AppId"]["S"]) if cursor else 0
        some = mine[start : start + self.page]
        more = start + self.page < len(mine)
        return Page(
            items=tuple(item(f"app-{number:04d}") for number in some),
            cursor={"AppId": {"S": str(start + self.page)}} if more else None,
            read_units=1.0,
            observed_at=datetime.now(UTC),
        )


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Paged]:
    table = Paged(137)
    monkeypatch.setattr(index_scan, "open_app_repository", lambda _: table)
    monkeypatch.setattr(parallel_scan, "PAUSES", (0.01,))
    monkeypatch.setattr(index_scan, "ROWS_PER_TRANSACTION", 1)
    yield table
    assert not [each for each in threading.enumerate() if "segment" in each.name], (
        "no thread is left"
    )


class Kept:
    """Keeps the last checkpoint, and may stop the scan after so many."""

    def __init__(self, stop_after: int = 10**6) -> None:
        self.checkpoint: dict[str, Any] = {}
        self.left = stop_after
        self.apps = 0

    def keep(self, checkpoint: dict[str, Any], *, apps: int) -> None:
        self.checkpoint = checkpoint
        self.apps += apps
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt

    def say(self, message: str) -> None:
        pass


def test_a_table_of_many_pages_is_read_whole_in_segments(paged: Paged) -> None:
    index_scan.scan_index(HERE, Kept())
    assert IndexedApp.objects.count() == 137
    state = IndexState.objects.get()
    assert (state.apps, state.pages) == (137, 17)


def test_an_interrupted_scan_goes_on_where_it_was(paged: Paged) -> None:
    kept = Kept(stop_after=6)
    with pytest.raises(KeyboardInterrupt):
        index_scan.scan_index(HERE, kept)
    assert freshness_of(HERE).is_building
    record_item(HERE, item("stale"), datetime.now(UTC) - timedelta(hours=1))
    paged.calls = 0
    again = Kept()
    index_scan.scan_index(HERE, again, kept.checkpoint)
    assert kept.apps + again.apps == 137, "nothing is read twice"
    assert paged.calls <= 12
    assert IndexedApp.objects.count() == 137
    assert IndexState.objects.get().complete_at == kept.checkpoint["began_at"]


def test_a_checkpoint_of_another_table_is_not_gone_on_from(paged: Paged) -> None:
    kept = Kept(stop_after=6)
    with pytest.raises(KeyboardInterrupt):
        index_scan.scan_index(HERE, kept)
    elsewhere = Connection(slug="here", table="other", endpoint=HERE.endpoint)
    whole = Kept()
    index_scan.scan_index(elsewhere, whole, kept.checkpoint)
    assert IndexState.objects.get().complete_at != kept.checkpoint["began_at"]
    assert IndexedApp.objects.count() == 137


def test_throttling_and_an_engine_that_is_down_for_a_while_are_waited_out(paged: Paged) -> None:
    paged.failures = [ThrottledError("Throttled."), UnreachableError("Down.")] * 6
    index_scan.scan_index(HERE, Kept())
    assert IndexedApp.objects.count() == 137


def test_trouble_that_lasts_is_given_up_with_its_reason(
    paged: Paged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_scan, "LONGEST_TROUBLE", 0.05)
    paged.failures = [UnreachableError("The endpoint does not answer.")] * 10_000
    with pytest.raises(UnreachableError):
        index_scan.scan_index(HERE, Kept())
    assert "does not answer" in freshness_of(HERE).problem


def test_own_writes_during_a_scan_win(paged: Paged) -> None:
    class Writes(Kept):
        def keep(self, checkpoint: dict[str, Any], *, apps: int) -> None:
            super().keep(checkpoint, apps=apps)
            if self.left == 10**6 - 1:
                record_item(HERE, disabled("app-0136"), datetime.now(UTC) + timedelta(seconds=5))
                record_deletion(HERE, "app-0135", datetime.now(UTC) + timedelta(seconds=5))

    index_scan.scan_index(HERE, Writes())
    assert state_of("app-0136") == "disabled"
    assert not IndexedApp.objects.filter(app_id="app-0135").exists()
    assert IndexedApp.objects.count() == 136


def test_the_substring_index_follows_every_change() -> None:
    record_item(HERE, item("alpha-shop"), NOW)
    record_item(HERE, item("beta-shop"), NOW)
    record_item(HERE, item("alpha-shop", Name={"S": "renamed"}), NOW + timedelta(seconds=1))
    record_deletion(HERE, "beta-shop", NOW + timedelta(seconds=1))
    found = find_apps(HERE, AppQuery(text="renamed"))
    assert [app.app_id for app in found] == ["alpha-shop"]
    assert not find_apps(HERE, AppQuery(text="beta")).exists()
    if has_fts(IndexedApp):
        with sql.cursor() as cursor:
            fts = f"{IndexedApp._meta.db_table}_fts"
            cursor.execute(f"INSERT INTO {fts}({fts}, rank) VALUES ('integrity-check', 1)")


def test_own_writes_and_reads_keep_the_list_up_to_date(
    connection: Connection, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    refresh_index(connection)
    workspace = open_workspace(connection.slug, command_actor())
    create_app(workspace, NewApp(id="fresh", key="fresh-key", secret="x" * 40))
    assert state_of("fresh") == "enabled"
    disable_app(workspace, "fresh")
    assert state_of("fresh") == "disabled"
    delete_app(workspace, "fresh", confirmation="fresh", is_drained=True)
    assert not IndexedApp.objects.filter(app_id="fresh").exists()

    dynamodb_client.update_item(
        TableName=apps_table,
        Key={"AppId": {"S": "shop"}},
        UpdateExpression="SET Enabled = :no",
        ExpressionAttributeValues={":no": {"BOOL": False}},
    )
    dynamodb_client.delete_item(TableName=apps_table, Key={"AppId": {"S": "crm"}})
    assert state_of("shop") == "enabled", "nobody has told the console"
    show_app(workspace, "shop")
    assert state_of("shop") == "disabled"
    with pytest.raises(AppNotFoundError):
        show_app(workspace, "crm")
    assert not IndexedApp.objects.filter(app_id="crm").exists()


def test_the_record_page_knows_of_duplicates(connection: Connection) -> None:
    refresh_index(connection)
    record = show_app(open_workspace(connection.slug, command_actor()), "chat")
    assert any("chat-copy" in found.message for found in record.findings)


def test_trouble_with_the_index_stops_no_write(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(app_index, "store_rows", refuse)
    change = disable_app(open_workspace(connection.slug, command_actor()), "shop")
    assert change.after is not None
    assert not change.after.is_enabled
    assert "could not be corrected" in caplog.text


def test_unchanged_items_are_only_touched_until_the_rules_change(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_index(connection)
    made: list[str] = []

    def noting(item: RawItem, revision: str = "") -> IndexRow:
        made.append(item.app_id)
        return index_row(item, revision)

    monkeypatch.setattr(index_scan, "index_row", noting)
    disable_app(open_workspace(connection.slug, command_actor()), "shop")
    IndexedApp.objects.filter(app_id="crm").update(revision="another")
    refresh_index(connection)
    assert made == ["crm"], "the console's own write is in the index already"
    assert IndexedApp.objects.count() == 13
    IndexState.objects.update(rules="those of the version before")
    refresh_index(connection)
    assert len(made) == 14


def test_a_shared_key_is_an_error_as_long_as_it_is_shared(connection: Connection) -> None:
    record_item(connection, item("one", key="same", max_connections={"N": "5"}), NOW)
    alone = IndexedApp.objects.get(app_id="one").severity
    record_item(connection, item("two", key="same"), NOW)
    assert IndexedApp.objects.get(app_id="one").severity == 3
    record_item(connection, item("one", key="same", max_connections={"N": "6"}), NOW + SECOND)
    assert IndexedApp.objects.get(app_id="one").severity == 3
    record_deletion(connection, "two", NOW + SECOND)
    assert IndexedApp.objects.get(app_id="one").severity == alone
