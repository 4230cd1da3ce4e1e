"""The overview: numbers that lead to their apps, and shapes that also stand as text."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from apps_admin.domain.app import NewApp
from apps_admin.services.app_index import refresh_index
from apps_admin.services.apps import create_app, disable_app, enable_app
from apps_admin.services.connections import get_connection
from apps_admin.services.overview import count_changes
from apps_admin.services.workspace import open_workspace
from tests.cast import ALICE
from tests.views.conftest import StoreApp, text_of

PAGE = "/connections/default/overview/"


@pytest.fixture
def apps(store_app: StoreApp, db: None) -> None:
    """Some apps, indexed."""
    store_app()
    store_app(
        AppId={"S": "chat"},
        AppKey={"S": "same"},
        Enabled={"BOOL": False},
        MaxConnections={"N": "2500"},
    )
    store_app(AppId={"S": "copy"}, AppKey={"S": "same"})
    store_app(AppId={"S": "gone"}, AppKey={"S": "gone-key"}, Webhooks={"S": '[{"url":"x"}]'})
    refresh_index(get_connection("default"))


def test_it_counts_apps_by_state_and_leads_to_them(victor: Client, apps: None) -> None:
    page = text_of(victor.get(PAGE))
    assert "4 apps" in page
    for state, number in (("enabled", 2), ("disabled", 1), ("not-found", 1)):
        part = page.split(f'href="/connections/default/apps/?state={state}"')[1]
        assert f'numeric">{number}<' in part.split("</li>")[0]


def test_it_counts_findings_with_duplicates(victor: Client, apps: None) -> None:
    page = text_of(victor.get(PAGE))
    assert "Another app has the same key" in page
    assert 'href="/connections/default/apps/?finding=key-duplicate"' in page


def test_a_list_it_leads_to_has_as_many_apps(victor: Client, apps: None) -> None:
    page = text_of(victor.get(PAGE))
    address = page.split('class="share-label" href="')
    between = next(part for part in address if ">1,000 to 10,000<" in part[:200])
    found = text_of(victor.get(between.split('"')[0].replace("&amp;", "&")))
    assert "chat" in found
    assert "1 of 4 apps" in found


def test_it_shows_the_limit_that_is_asked_for(victor: Client, apps: None) -> None:
    page = text_of(victor.get(PAGE, {"limit": "max_event_payload_in_kb"}))
    assert "Event payload, as soketi enforces it" in page
    assert "Connections, as soketi enforces it" in text_of(victor.get(PAGE, {"limit": "nonsense"}))


def test_changes_are_told_as_text_too(victor: Client, apps: None) -> None:
    assert "Nothing was changed through this console." in text_of(victor.get(PAGE))
    disable_app(open_workspace("default", ALICE), "shop")
    page = text_of(victor.get(PAGE))
    assert "0 created, 1 changed, 0 deleted" in page
    assert "1 in all" in page


def test_changes_are_counted_by_the_database_whatever_their_number(
    victor: Client, apps: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workspace = open_workspace("default", ALICE)
    disable_app(workspace, "shop")
    enable_app(workspace, "shop")
    create_app(workspace, NewApp())
    with django_assert_num_queries(1) as captured:
        days = count_changes(get_connection("default"))
    assert [(each.created, each.changed) for each in days[-2:]] == [(0, 0), (1, 2)]
    assert "GROUP BY" in captured.captured_queries[0]["sql"]


def test_ranges_of_whole_numbers_end_at_whole_numbers(victor: Client, apps: None) -> None:
    page = text_of(victor.get(PAGE))
    assert "max_connections_min=1000&amp;max_connections_max=9999&quot;" in page.replace(
        '"', "&quot;"
    )
    page = text_of(victor.get(PAGE, {"limit": "max_event_payload_in_kb"}))
    assert "max_event_payload_in_kb_max=999.999999" in page


def test_a_table_that_cannot_be_described_is_said_beside_the_rest(
    victor: Client, apps: None, settings: Settings
) -> None:
    settings.DYNAMODB_ENDPOINT = "http://127.0.0.1:9"
    response = victor.get(PAGE)
    assert response.status_code == 200
    assert "cannot be reached" in text_of(response)
