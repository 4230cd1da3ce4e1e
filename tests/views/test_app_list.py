"""The list: from the index, never from DynamoDB; its address holds what it shows."""

from __future__ import annotations

import pytest
from django.test import Client

from apps_admin.domain.limits import Limit
from apps_admin.services.app_index import refresh_index
from apps_admin.services.connections import get_connection
from apps_admin.services.search import SORT_COLUMNS
from tests.views.conftest import StoreApp, text_of

LIST = "/connections/default/apps/"


@pytest.fixture
def apps(store_app: StoreApp, db: None) -> None:
    """Some apps, indexed."""
    store_app()
    store_app(AppId={"S": "chat"}, AppKey={"S": "chat-key"}, Enabled={"BOOL": False})
    store_app(AppId={"S": "copy"}, AppKey={"S": "chat-key"})
    store_app(AppId={"S": "odd/<b>"}, AppKey={"S": "odd-key"}, Enabled={"B": b"false"})
    refresh_index(get_connection("default"))


def names(page: str) -> list[str]:
    return [
        part.split(">", 1)[1].split("<")[0]
        for part in page.split('<a class="mono wrap-anywhere"')[1:]
    ]


def test_it_lists_without_a_call_to_dynamodb(
    victor: Client, apps: None, dynamodb_calls: list[str]
) -> None:
    dynamodb_calls.clear()
    page = text_of(victor.get(LIST))
    assert names(page) == ["chat", "copy", "odd/&lt;b&gt;", "shop"]
    assert "4 apps" in page
    assert dynamodb_calls == []


def test_it_searches_by_a_part_of_id_or_key(victor: Client, apps: None) -> None:
    assert names(text_of(victor.get(LIST, {"q": "CHAT"}))) == ["chat", "copy"]


def test_it_filters_and_sorts_by_its_address(victor: Client, apps: None) -> None:
    assert names(text_of(victor.get(LIST, {"state": "disabled"}))) == ["chat"]
    assert names(text_of(victor.get(LIST, {"duplicates": "yes"}))) == ["chat", "copy"]
    assert names(text_of(victor.get(LIST, {"sort": "-id"})))[0] == "shop"
    assert "odd/&lt;b&gt;" in names(text_of(victor.get(LIST, {"finding": "any"})))


def test_every_filter_and_order_can_be_chosen_and_shows_what_holds(
    victor: Client, apps: None
) -> None:
    chosen = {
        "q": "",
        "finding": "any",
        "client_messages": "no",
        "user_authentication": "",
        "webhook_event": "",
        "limit": "max_event_payload_in_kb",
        "at_least": "2.5",
        "at_most": "unlimited",
        "sort": "-max_event_payload_in_kb",
        "state": "enabled",
    }
    answer = victor.get(LIST, chosen)
    assert answer.status_code == 302
    assert answer["Location"] == (
        f"{LIST}?state=enabled&finding=any&client_messages=no&sort=-max_event_payload_in_kb"
        "&max_event_payload_in_kb_min=2.5&max_event_payload_in_kb_max=unlimited"
    )
    page = text_of(victor.get(answer["Location"]))
    for name, value in chosen.items():
        if value and name not in {"state", "at_least", "at_most"}:
            select = page.split(f'name="{name}"', 1)[1].split("</select>")[0]
            assert f'value="{value}" selected' in select, name
    assert 'name="at_least" value="2.5"' in page
    assert '<input type="hidden" name="state" value="enabled">' in page
    assert '<details class="more-filters" open>' in page
    assert 'data-label="Max event payload"' in page, "what a list is sorted by is seen"


def test_the_filters_name_everything_the_list_can_do(victor: Client, apps: None) -> None:
    page = text_of(victor.get(LIST))
    for name in SORT_COLUMNS:
        assert f'value="{name}"' in page
        assert f'value="-{name}"' in page
    for limit in Limit:
        assert f'<option value="{limit.value}"' in page


def test_filters_keep_the_search(victor: Client, apps: None) -> None:
    page = text_of(victor.get(LIST, {"q": "chat"}))
    assert "?q=chat&amp;state=disabled" in page


def test_an_exact_id_the_index_does_not_know_is_found_in_two_calls(
    victor: Client, apps: None, store_app: StoreApp, dynamodb_calls: list[str]
) -> None:
    store_app(AppId={"S": "brand-new"}, AppKey={"S": "brand-new-key"})
    dynamodb_calls.clear()
    page = text_of(victor.get(LIST, {"q": "brand-new"}))
    assert 'class="exact"' in page
    assert sorted(dynamodb_calls) == ["GetItem", "Query"]


def test_an_exact_key_is_found_too(victor: Client, apps: None, store_app: StoreApp) -> None:
    store_app(AppId={"S": "brand-new"}, AppKey={"S": "brand-new-key"})
    page = text_of(victor.get(LIST, {"q": "brand-new-key"}))
    assert "exactly this key" in page


def test_a_match_that_the_list_shows_costs_no_call(
    victor: Client, apps: None, dynamodb_calls: list[str]
) -> None:
    dynamodb_calls.clear()
    victor.get(LIST, {"q": "shop"})
    assert dynamodb_calls == []


def test_htmx_gets_only_what_changes(victor: Client, apps: None) -> None:
    answer = victor.get(LIST, headers={"HX-Request": "true", "HX-Target": "app-list"})
    page = text_of(answer)
    assert "<html" not in page
    assert 'id="app-list"' in page
    assert "HX-Request" in answer["Vary"]


def test_nothing_found_says_how_to_see_everything(victor: Client, apps: None) -> None:
    page = text_of(victor.get(LIST, {"q": "nobody"}))
    assert "No app matches" in page
    assert "Show all apps" in page


def test_an_index_that_is_not_built_yet_says_so(victor: Client) -> None:
    page = text_of(victor.get(LIST))
    assert "read for the first time" in page or "No worker is running" in page


def test_an_empty_table_offers_the_first_app(bob: Client) -> None:
    refresh_index(get_connection("default"))
    page = text_of(bob.get(LIST))
    assert "No app in this table yet" in page
    assert "/connections/default/new-app/" in page


def test_a_page_link_of_another_order_is_refused_with_a_way_on(victor: Client, apps: None) -> None:
    answer = victor.get(LIST, {"cursor": "forged"})
    assert answer.status_code == 422


def test_refreshing_keeps_the_filters(victor: Client, apps: None) -> None:
    answer = victor.post("/connections/default/refresh-apps/", {"state": "disabled", "q": "chat"})
    assert answer["Location"] == f"{LIST}?q=chat&state=disabled"
