"""Deleting: only from disabled, only with the id typed and the clients gone, in the contract's safe order."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.views.conftest import StoreApp, Stored, text_of, url

CONFIRMED = {"confirmation": "shop", "is_drained": "on"}


@pytest.fixture
def disabled_shop(store_app: StoreApp) -> None:
    store_app(Enabled={"BOOL": False})


def test_it_deletes_a_disabled_app(bob: Client, disabled_shop: None, stored: Stored) -> None:
    answer = bob.post(url("app-delete"), CONFIRMED)
    assert answer.status_code == 302
    assert stored("shop") is None


def test_it_takes_two_calls(bob: Client, disabled_shop: None, dynamodb_calls: list[str]) -> None:
    bob.post(url("app-delete"), CONFIRMED)
    assert dynamodb_calls == ["GetItem", "DeleteItem"]


def test_an_enabled_app_is_not_deleted(bob: Client, shop: str, stored: Stored) -> None:
    page = text_of(bob.get(url("app-delete")))
    assert "cannot be deleted yet" in page
    assert "Disable app first" in page
    answer = bob.post(url("app-delete"), CONFIRMED)
    assert answer.status_code == 409
    assert stored("shop") is not None


@pytest.mark.parametrize(
    "typed",
    [{}, {"confirmation": "shop"}, {"is_drained": "on"}, {**CONFIRMED, "confirmation": "SHOP"}],
)
def test_without_the_id_and_the_word_about_clients_nothing_happens(
    bob: Client, disabled_shop: None, stored: Stored, typed: dict[str, Any]
) -> None:
    assert bob.post(url("app-delete"), typed).status_code == 422
    assert stored("shop") is not None


def test_it_says_how_long_the_app_has_been_disabled(bob: Client, shop: str) -> None:
    bob.post(url("app-disable"))
    page = text_of(bob.get(url("app-delete")))
    assert "Disabled for <strong>" in page


def test_it_says_when_that_is_not_known(bob: Client, disabled_shop: None) -> None:
    assert "not in this console" in text_of(bob.get(url("app-delete")))


def test_it_warns_of_what_soketi_does_to_everybody(bob: Client, disabled_shop: None) -> None:
    assert "soketi shuts down, for every app" in text_of(bob.get(url("app-delete")))


def test_a_viewer_may_not(victor: Client, disabled_shop: None, stored: Stored) -> None:
    assert victor.post(url("app-delete"), CONFIRMED).status_code == 403
    assert stored("shop") is not None
