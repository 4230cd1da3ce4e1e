"""The page of one app says what soketi does with it, and shows nothing secret."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.views.conftest import SHOP, StoreApp, text_of, url


def test_it_shows_what_soketi_does(victor: Client, shop: str) -> None:
    page = text_of(victor.get(url("app-record")))
    assert "New connections are accepted." in page
    assert ">100</span>" in page
    assert '>200</span> <span class="small soft">characters</span>' in page
    assert '>2</span> <span class="small soft">KB</span>' in page
    assert ">Unlimited</span></td>" in page
    assert "MaxConnections, stored as number" in page
    assert "server default" in page


def test_it_takes_one_call(victor: Client, shop: str, dynamodb_calls: list[str]) -> None:
    victor.get(url("app-record"))
    assert dynamodb_calls == ["GetItem"]


def test_it_masks_the_secret_everywhere(alice: Client, store_app: StoreApp) -> None:
    hooks = (
        '[{"url": "https://user:hunter2@example.com/?token=hunter2", "event_types": ["channel_occupied"], '
        '"headers": {"Authorization": "Bearer hunter2"}}]'
    )
    store_app(Webhooks={"S": hooks}, api_token={"S": "hunter2"})
    page = text_of(alice.get(url("app-record")))
    assert SHOP["AppSecret"]["S"] not in page
    assert "hunter2" not in page


def test_the_documented_binary_flag_is_shown_as_what_it_does(
    victor: Client, store_app: StoreApp
) -> None:
    store_app(Enabled={"B": b"false"})
    page = text_of(victor.get(url("app-record")))
    assert "New connections are accepted." in page
    assert "Enabled, stored as binary" in page
    assert 'class="finding finding-' in page


def test_an_app_that_soketi_cannot_read_says_why(victor: Client, store_app: StoreApp) -> None:
    store_app(Webhooks={"S": '[{"url": "https://example.com"}]'})
    page = text_of(victor.get(url("app-record")))
    assert "Not found" in page
    assert "event_types is missing" in page
    assert "1 lethal" in page


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_html_in_any_attribute_is_text(alice: Client, store_app: StoreApp) -> None:
    store_app(
        **{
            HOSTILE: {"S": HOSTILE},
            "AppKey": {"S": HOSTILE},
            "MaxConnections": {"S": HOSTILE},
            "Webhooks": {"S": f'[{{"url": {HOSTILE!r}, "event_types": ["channel_occupied"]}}]'},
        }
    )
    for name in ("app-record", "app-edit", "app-disable", "app-delete"):
        page = text_of(alice.get(url(name)))
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize(
    "app_id",
    [
        "a/b",
        "50%",
        "100%25",
        "with space",
        "müller",
        "日本",
        "new",
        "..",
        "~x",
        "a" * 300,
        "<b>&\"'",
        "\U0001f980",
    ],
)
def test_any_id_opens_edits_and_lists(
    alice: Client, store_app: StoreApp, app_id: str, dynamodb_calls: list[str]
) -> None:
    store_app(AppId={"S": app_id})
    page = alice.get(url("app-record", app_id))
    assert page.status_code == 200
    assert alice.get(url("app-edit", app_id)).status_code == 200
    assert alice.post(url("app-disable", app_id)).status_code == 302
    assert "New connections get 4003." in text_of(alice.get(url("app-record", app_id)))


def test_a_number_beyond_what_floats_hold_is_shown_digit_by_digit(
    victor: Client, store_app: StoreApp
) -> None:
    store_app(
        MaxConnections={"N": "9007199254740993"},
        Exact={"N": "12345678901234567890123456789012345678"},
    )
    page = text_of(victor.get(url("app-record")))
    assert "12345678901234567890123456789012345678" in page


def test_an_app_that_is_not_there_is_404_with_a_way_on(victor: Client) -> None:
    answer = victor.get(url("app-record", "nobody"))
    assert answer.status_code == 404
    assert "No such app" in text_of(answer)
    assert "/connections/default/apps/" in text_of(answer)
    assert "/connections/default/deleted-apps/" not in text_of(answer), "victor may restore nothing"


def test_who_may_restore_is_led_to_the_deleted_apps(bob: Client) -> None:
    page = text_of(bob.get(url("app-record", "nobody")))
    assert 'href="/connections/default/deleted-apps/"' in page


def test_a_stranger_does_not_learn_that_the_connection_exists(charlie: Client, shop: str) -> None:
    answer = charlie.get(url("app-record"))
    assert answer.status_code == 404
    assert "No such connection" in text_of(answer)
    assert "shop-key" not in text_of(answer)


def test_a_viewer_gets_no_buttons(victor: Client, shop: str) -> None:
    page = text_of(victor.get(url("app-record")))
    for word in ("Edit app", "Disable app", "Rotate secret", "Delete app", "Reveal secret"):
        assert word not in page


def test_the_page_is_not_kept_by_a_browser(victor: Client, shop: str) -> None:
    assert victor.get(url("app-record"))["Cache-Control"] == "no-store"
