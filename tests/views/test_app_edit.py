"""Editing: review first, write only what changed, and lose nothing when two people edit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.views.conftest import SHOP, StoreApp, Stored, text_of, url


def hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def open_form(client: Client, app_id: str = "shop") -> dict[str, Any]:
    """What a browser sends back when nothing is changed."""
    answer = client.get(url("app-edit", app_id))
    form = answer.context["form"]
    sent: dict[str, Any] = {"base": hidden(text_of(answer), "base")}
    for field in form:
        value = field.value()
        if hasattr(value, "choice"):
            sent |= {
                f"{field.html_name}_choice": value.choice,
                f"{field.html_name}_number": value.number,
            }
        elif isinstance(value, bool):
            sent |= {field.html_name: "on"} if value else {}
        else:
            sent[field.html_name] = value or ""
    return sent


def save(client: Client, form: dict[str, Any], app_id: str = "shop", **typed: Any) -> Any:
    return client.post(url("app-edit", app_id), {**form, **typed, "step": "save"})


def number(limit: str, value: object) -> dict[str, str]:
    return {f"{limit}_choice": "number", f"{limit}_number": str(value)}


def test_a_saved_limit_leaves_every_other_attribute_as_it_was(
    bob: Client, shop: str, stored: Stored
) -> None:
    answer = save(bob, open_form(bob), **number("max_connections", 250))
    assert answer.status_code == 302
    assert stored("shop") == {**SHOP, "MaxConnections": {"N": "250"}}


def test_a_save_takes_two_calls(bob: Client, shop: str, dynamodb_calls: list[str]) -> None:
    form = open_form(bob)
    dynamodb_calls.clear()
    save(bob, form, **number("max_connections", 250))
    assert dynamodb_calls == ["GetItem", "UpdateItem"]


def test_the_review_shows_the_difference_and_writes_nothing(
    bob: Client, shop: str, stored: Stored
) -> None:
    answer = bob.post(
        url("app-edit"), {**open_form(bob), **number("max_connections", 250), "step": "review"}
    )
    page = text_of(answer)
    assert "<del>100</del>" in page
    assert "<ins>250</ins>" in page
    assert stored("shop") == SHOP


def test_going_back_to_editing_keeps_what_was_typed(bob: Client, shop: str) -> None:
    answer = bob.post(
        url("app-edit"), {**open_form(bob), **number("max_connections", 321), "step": "edit"}
    )
    assert 'value="321"' in text_of(answer)


@pytest.mark.parametrize(
    ("choice", "value"),
    [
        ({"max_connections_choice": "default"}, None),
        ({"max_connections_choice": "unlimited"}, {"N": "-1"}),
        (number("max_connections", 7), {"N": "7"}),
    ],
)
def test_default_unlimited_and_a_number_are_three_things(
    bob: Client, shop: str, stored: Stored, choice: dict[str, str], value: Any
) -> None:
    save(bob, open_form(bob), **choice)
    assert (stored("shop") or {}).get("MaxConnections") == value


def test_nothing_changed_is_nothing_written(
    bob: Client, shop: str, stored: Stored, dynamodb_calls: list[str]
) -> None:
    form = open_form(bob)
    dynamodb_calls.clear()
    answer = bob.get(save(bob, form)["Location"])
    assert "Nothing was written." in text_of(answer)
    assert "UpdateItem" not in dynamodb_calls


def test_an_alias_is_removed_with_its_field(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app(max_connections={"N": "5"})
    form = open_form(bob)
    review = bob.post(url("app-edit"), {**form, **number("max_connections", 9), "step": "review"})
    assert "an alias that soketi reads" in text_of(review)
    save(bob, form, **number("max_connections", 9))
    assert stored("shop") == {**SHOP, "MaxConnections": {"N": "9"}}


def test_two_people_see_both_versions_and_lose_nothing(
    alice: Client, bob: Client, shop: str, stored: Stored
) -> None:
    mine, theirs = open_form(bob), open_form(alice)
    save(alice, theirs, **number("max_connections", 999), **number("max_event_batch_size", 5))
    answer = save(bob, mine, **number("max_connections", 250), allows_client_messages="on")
    page = text_of(answer)
    assert answer.status_code == 409
    assert "999" in page
    assert "250" in page
    assert (stored("shop") or {})["MaxConnections"] == {"N": "999"}

    merged = bob.post(
        url("app-edit"),
        {
            **mine,
            **number("max_connections", 250),
            "allows_client_messages": "on",
            "base": hidden(page, "base"),
            "stored_base": hidden(page, "stored_base"),
            "take-max_connections": "mine",
            "step": "merge",
        },
    )
    form = dict(merged.context["typed"])
    save(bob, {**form, "base": hidden(text_of(merged), "base")})
    assert stored("shop") == {
        **SHOP,
        "MaxConnections": {"N": "250"},
        "MaxEventBatchSize": {"N": "5"},
        "EnableClientMessages": {"BOOL": True},
    }


def test_theirs_can_be_kept(alice: Client, bob: Client, shop: str, stored: Stored) -> None:
    mine, theirs = open_form(bob), open_form(alice)
    save(alice, theirs, **number("max_connections", 999))
    page = text_of(save(bob, mine, **number("max_connections", 250)))
    merged = bob.post(
        url("app-edit"),
        {
            **mine,
            **number("max_connections", 250),
            "base": hidden(page, "base"),
            "stored_base": hidden(page, "stored_base"),
            "take-max_connections": "theirs",
            "step": "merge",
        },
    )
    assert "Nothing would change" in text_of(merged)


def test_changes_of_different_fields_do_not_collide(
    alice: Client, bob: Client, shop: str, stored: Stored
) -> None:
    mine, theirs = open_form(bob), open_form(alice)
    save(alice, theirs, **number("max_event_batch_size", 5))
    assert save(bob, mine, **number("max_connections", 250)).status_code == 302
    item = stored("shop") or {}
    assert (item["MaxConnections"], item["MaxEventBatchSize"]) == ({"N": "250"}, {"N": "5"})


def test_an_app_that_was_deleted_meanwhile_is_not_brought_back(
    bob: Client, shop: str, stored: Stored, dynamodb_client: Any, apps_table: str
) -> None:
    form = open_form(bob)
    dynamodb_client.delete_item(TableName=apps_table, Key={"AppId": {"S": "shop"}})
    answer = save(bob, form, **number("max_connections", 250))
    assert answer.status_code == 404
    assert stored("shop") is None
    assert 'value="250"' in text_of(answer)


HOOKS = (
    '[{"url":"https://example.com/?token=first","event_types":["cache_miss"],"headers":{"Authorization":"Bearer one"}},'
    '{"url":"https://other.example.com/","event_types":["cache_miss"],"headers":{"Authorization":"Bearer two"}}]'
)


def test_webhooks_are_edited_without_showing_their_secrets(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app(Webhooks={"S": HOOKS})
    form = open_form(bob)
    for secret in ("first", "Bearer one", "Bearer two"):
        assert secret not in text_of(bob.get(url("app-edit")))
    save(
        bob, form, webhooks=form["webhooks"].replace("other.example.com/", "other.example.com/new")
    )
    assert (stored("shop") or {})["Webhooks"] == {
        "S": HOOKS.replace("other.example.com/", "other.example.com/new")
    }


def test_lethal_webhooks_cannot_be_saved_and_stay_in_the_editor(
    bob: Client, shop: str, stored: Stored
) -> None:
    lethal = '[{"lambda_function": "f", "event_types": ["cache_miss"]}]'
    answer = save(bob, open_form(bob), webhooks=lethal)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "ine 1, column" in page
    assert "&quot;lambda_function&quot;" in page
    assert stored("shop") == SHOP


def test_an_old_fault_elsewhere_does_not_block_a_change(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app(Webhooks={"S": '[{"url": "https://example.com"}]'}, MaxEventBatchSize={"N": "-1"})
    assert save(bob, open_form(bob), **number("max_connections", 8)).status_code == 302
    item = stored("shop") or {}
    assert item["MaxConnections"] == {"N": "8"}
    assert item["MaxEventBatchSize"] == {"N": "-1"}


def test_a_missing_key_can_be_set_once(bob: Client, store_app: StoreApp, stored: Stored) -> None:
    store_app(AppKey=None)
    form = open_form(bob)
    assert save(bob, form, key="shop-key").status_code == 302
    assert (stored("shop") or {})["AppKey"] == {"S": "shop-key"}
    assert "id_key" not in text_of(bob.get(url("app-edit")))


def test_the_key_of_an_app_that_has_one_stays(bob: Client, shop: str, stored: Stored) -> None:
    answer = save(bob, open_form(bob), key="stolen")
    assert answer.status_code == 422
    assert stored("shop") == SHOP


def test_the_base_of_another_app_is_refused(
    bob: Client, store_app: StoreApp, stored: Stored
) -> None:
    store_app()
    store_app(AppId={"S": "other"}, AppKey={"S": "other-key"})
    answer = save(bob, open_form(bob, "other"), **number("max_connections", 250))
    assert answer.status_code == 422
    assert "does not belong to this app" in text_of(answer)
    assert stored("shop") == SHOP


def test_a_viewer_may_not(victor: Client, shop: str) -> None:
    assert victor.get(url("app-edit")).status_code == 403
    assert victor.post(url("app-edit"), {"step": "save"}).status_code == 403


def test_the_lint_answers_at_line_and_column_while_typing(bob: Client) -> None:
    answer = bob.post(
        "/connections/default/webhook-problems/",
        {"webhooks": '[\n  {"url": "https://example.com/"}\n]'},
        headers={"HX-Request": "true"},
    )
    part = text_of(answer)
    assert 'data-problem-line="2"' in part
    assert "event_types" in part
    assert "<html" not in part


def test_each_limit_says_what_is_effective_now(bob: Client, shop: str) -> None:
    page = text_of(bob.get(url("app-edit")))
    assert "Effective now: 100<" in page
    assert "Effective now: unlimited<" in page


def test_surprising_limits_warn_in_the_form_and_in_the_review(bob: Client, shop: str) -> None:
    typed = {**open_form(bob), **number("max_connections", 0)}
    live = bob.post("/connections/default/limit-warnings/", {**typed, "app_id": "shop"})
    assert "soketi takes as unlimited" in text_of(live)
    for step in ("review", "edit"):
        answer = bob.post(url("app-edit"), {**typed, "step": step})
        assert answer.status_code == 200
        assert "soketi takes as unlimited" in text_of(answer)


def test_the_form_warns_of_what_is_stored(bob: Client, store_app: StoreApp) -> None:
    store_app(MaxReadRequestsPerSecond={"N": "0"})
    assert "every GET request is refused" in text_of(bob.get(url("app-edit")))
