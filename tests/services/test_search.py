"""The lists: what is in the table is found, sorted, paged and counted without a call to DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection as sql
from django.test.utils import CaptureQueriesContext

from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import Limit
from apps_admin.models.app_index import AppState
from apps_admin.services import search
from apps_admin.services.app_index import record_item, refresh_index
from apps_admin.services.connections import get_connection
from apps_admin.services.sample_apps import sample_items
from apps_admin.services.search import AppQuery, LimitRange, find_apps, list_apps

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(
    default_connection: str, dynamodb_client: DynamoDBClient, apps_table: str
) -> Connection:
    """The sample apps, indexed."""
    for item in sample_items(13):
        attributes: Mapping[str, Any] = item.attributes
        dynamodb_client.put_item(TableName=apps_table, Item=attributes)
    found = get_connection(default_connection)
    refresh_index(found)
    return found


def ids(connection: Connection, **wanted: Any) -> list[str]:
    return [app.app_id for app in list_apps(connection, AppQuery(**wanted)).apps]


def add(connection: Connection, app_id: str, **attributes: Any) -> None:
    record_item(
        connection,
        RawItem(attributes={"AppId": {"S": app_id}, "AppKey": {"S": f"{app_id}-k"}, **attributes}),
    )


def test_it_shows_every_app_by_id(connection: Connection) -> None:
    assert ids(connection) == sorted(item.app_id for item in sample_items(13))


def test_it_finds_a_part_of_an_id_in_any_case(connection: Connection) -> None:
    assert ids(connection, text="HAT") == ["chat", "chat-copy"]
    assert ids(connection, text="ha") == ["chat", "chat-copy"], "also shorter than three characters"


def test_it_finds_a_part_of_a_key_a_webhook_host_and_a_label(connection: Connection) -> None:
    add(connection, "labeled", Name={"S": "Straße 7 Shop"})
    chat = list_apps(connection, AppQuery(text="chat.exam")).apps
    assert [app.app_id for app in chat] == ["chat"]
    assert ids(connection, text=chat[0].app_key[5:15]) == ["chat", "chat-copy"]
    assert ids(connection, text="STRASSE") == ["labeled"]


@pytest.mark.parametrize("text", ['"', "'", "%", "_", "a%b", "* OR", "NEAR(", "\\", "\x00ab", "ü€"])
def test_what_is_typed_is_only_ever_text(connection: Connection, text: str) -> None:
    add(connection, f"x{text}y")
    assert ids(connection, text=text) == [f"x{text}y".replace("\0", "\u2400")]
    assert ids(connection, text=f"{text}nothing") == []


def test_a_broad_substring_is_found_too(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COUNT_LIMIT", 1)
    for sort in ("id", "key", "label", "max_event_batch_size"):
        found = list_apps(connection, AppQuery(text="chat", sort=sort))
        assert sorted(app.app_id for app in found.apps) == ["chat", "chat-copy"]
        assert str(found.count) == "2", "all of them are on the page"
    first = list_apps(connection, AppQuery(text="chat"), page_size=1)
    assert [app.app_id for app in first.apps] == ["chat"]
    assert str(first.count) == "1+"
    second = list_apps(connection, AppQuery(text="chat", cursor=first.next_cursor), page_size=1)
    assert [app.app_id for app in second.apps] == ["chat-copy"]
    narrow = list_apps(connection, AppQuery(text="chat", state=AppState.DISABLED))
    assert list(narrow.apps) == []
    assert str(narrow.count) == "0"


@pytest.mark.sqlite
@pytest.mark.parametrize("sort", ["id", "-id"])
@pytest.mark.parametrize("text", ["ha", "chat"])
def test_a_search_in_the_order_of_ids_reads_texts_alone(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, text: str, sort: str
) -> None:
    monkeypatch.setattr(search, "COUNT_LIMIT", 1)
    plans = plans_of(AppQuery(text=text, sort=sort), connection)
    assert any("USING COVERING INDEX indexed_app_text" in plan for plan in plans)
    assert not any(plan.startswith("SCAN apps_admin_indexedapp") for plan in plans)


@pytest.mark.sqlite
def test_what_is_near_is_read_by_its_keys(connection: Connection) -> None:
    query = AppQuery(text="ha", client_messages=True, sort="-key")
    # Others go by keys too: here it is about the one that looks at so many rows of the order first.
    (step, *_inner) = plans_of(query, connection, holding=f"LIMIT {search.NEAR}")
    assert step == "SEARCH apps_admin_indexedapp USING INTEGER PRIMARY KEY (rowid=?)"


def plans_of(query: AppQuery, connection: Connection, *, holding: str = "") -> list[str]:
    """The steps of SQLite's plans of all this list asks of the index, or of what holds this text."""
    with CaptureQueriesContext(sql) as captured:
        list_apps(connection, query)
    asked = [
        each["sql"]
        for each in captured
        if '"apps_admin_indexedapp"' in each["sql"] and holding in each["sql"]
    ]
    steps: list[str] = []
    with sql.cursor() as cursor:
        for statement in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps += [step[3] for step in cursor.fetchall()]
    return steps


def test_it_filters_by_what_soketi_makes_of_an_app(connection: Connection) -> None:
    assert ids(connection, state=AppState.DISABLED) == ["paused"]
    assert ids(connection, state=AppState.NOT_FOUND) == ["billing"]
    assert "legacy-off" in ids(connection, state=AppState.ENABLED), "B false does not disable"
    assert ids(connection, user_authentication=True) == ["from-the-docs"]
    assert "chat" in ids(connection, client_messages=True)
    assert "chat" not in ids(connection, client_messages=False)


def test_it_finds_duplicates(connection: Connection) -> None:
    assert ids(connection, shares_key=True) == ["chat", "chat-copy"]
    assert ids(connection, finding="key-duplicate") == ["chat", "chat-copy"]
    assert {"chat", "chat-copy"} <= set(ids(connection, finding="any"))
    assert ids(connection, finding="flag-not-boolean-nonsense") == []


def test_it_finds_the_apps_with_one_finding(connection: Connection) -> None:
    codes = find_apps(connection, AppQuery()).get(app_id="billing").findings.split()
    assert codes
    assert ids(connection, finding=codes[0]) == ["billing"]


def test_it_filters_by_webhook_event_and_limit(connection: Connection) -> None:
    assert ids(connection, webhook_event="member_added") == ["chat"]
    small = LimitRange(limit=Limit.MAX_CONNECTIONS, at_most=500)
    assert ids(connection, limits=(small,)) == ["aliased", "chat"]
    large = LimitRange(limit=Limit.MAX_CONNECTIONS, at_least=501)
    assert "shop" in ids(connection, limits=(large,)), "unlimited is more than any number"
    unlimited = LimitRange(limit=Limit.MAX_CONNECTIONS, at_least=float("inf"))
    assert "trading" not in ids(connection, limits=(unlimited,))


@pytest.mark.parametrize(
    "sort", [*search.SORT_COLUMNS, *(f"-{each}" for each in search.SORT_COLUMNS)]
)
def test_pages_forth_and_back_hold_every_app_once_in_every_order(
    connection: Connection, sort: str
) -> None:
    query, seen, pages = AppQuery(sort=sort), [], []
    while True:
        page = list_apps(connection, query, page_size=4)
        pages.append([app.app_id for app in page.apps])
        seen += pages[-1]
        if not page.next_cursor:
            break
        query = AppQuery(sort=sort, cursor=page.next_cursor)
    assert seen == [app.app_id for app in list_apps(connection, AppQuery(sort=sort)).apps]
    assert len(seen) == len(set(seen)) == 13
    for expected in reversed(pages[:-1]):
        page = list_apps(connection, AppQuery(sort=sort, cursor=page.previous_cursor), page_size=4)
        assert [app.app_id for app in page.apps] == expected
    assert page.previous_cursor == ""


def test_equals_are_in_the_order_of_their_ids(connection: Connection) -> None:
    unlimited = LimitRange(limit=Limit.MAX_EVENT_NAME_LENGTH, at_least=0)
    for sort in ("max_event_name_length", "-max_event_name_length", "-client_messages"):
        apps = list_apps(connection, AppQuery(sort=sort, limits=(unlimited,))).apps
        column = sort.removeprefix("-")
        by_value: dict[float, list[str]] = {}
        for app in apps:
            by_value.setdefault(getattr(app, column), []).append(app.app_id)
        assert all(ids == sorted(ids) for ids in by_value.values())
        assert list(by_value) == sorted(by_value, reverse=sort.startswith("-"))


def test_a_page_stays_where_it_was_while_apps_come_and_go(connection: Connection) -> None:
    first = list_apps(connection, AppQuery(), page_size=4)
    add(connection, "aaaa-first")
    second = list_apps(connection, AppQuery(cursor=first.next_cursor), page_size=4)
    assert second.apps[0].app_id > first.apps[-1].app_id


def test_a_forged_cursor_is_refused_with_the_way_back(connection: Connection) -> None:
    page = list_apps(connection, AppQuery(), page_size=4)
    for cursor in ("nonsense", page.next_cursor[:-2]):
        with pytest.raises(ValidationError) as caught:
            list_apps(connection, AppQuery(cursor=cursor))
        assert "first page" in caught.value.hint
    with pytest.raises(ValidationError):
        list_apps(connection, AppQuery(sort="key", cursor=page.next_cursor))


def test_counts_are_exact_while_that_is_cheap(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(list_apps(connection, AppQuery(client_messages=True)).count) == "3"
    assert str(list_apps(connection, AppQuery()).total) == "13"
    monkeypatch.setattr(search, "COUNT_LIMIT", 2)
    assert str(list_apps(connection, AppQuery(client_messages=True), page_size=2).count) == "2+"
    assert str(list_apps(connection, AppQuery()).total) == "13", "as many as the last scan saw"


def test_another_connections_apps_are_not_found(connection: Connection) -> None:
    other = Connection(slug="other", table="elsewhere", endpoint="http://127.0.0.1:9")
    assert list(find_apps(other, AppQuery(text="chat"))) == []
    assert list(find_apps(other, AppQuery())) == []


def test_an_address_holds_the_whole_query() -> None:
    query = AppQuery(
        text="shop & co",
        state=AppState.DISABLED,
        finding="any",
        shares_key=True,
        client_messages=False,
        user_authentication=True,
        webhook_event="cache_miss",
        limits=(
            LimitRange(limit=Limit.MAX_CONNECTIONS, at_least=5, at_most=float("inf")),
            LimitRange(limit=Limit.MAX_EVENT_PAYLOAD_IN_KB, at_most=1.5),
        ),
        sort="-webhooks",
    )
    assert AppQuery.from_parameters(query.to_parameters()) == query
    assert AppQuery().to_address() == "?"
    assert AppQuery(cursor="x").to_address(sort="-id") == "?sort=-id"


def test_an_address_typed_by_hand_never_fails() -> None:
    query = AppQuery.from_parameters(
        {"state": "nonsense", "sort": "password", "max_connections_min": "many", "q": "x" * 9999}
    )
    assert query.state is None
    assert query.sort == "id"
    assert query.limits == ()
    assert len(query.text) == 200


def test_it_calls_dynamodb_never(connection: Connection, settings: Any) -> None:
    settings.DYNAMODB_ENDPOINT = "http://127.0.0.1:9"
    assert len(list_apps(connection, AppQuery(text="chat")).apps) == 2
