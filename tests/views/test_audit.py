"""The audit log of a connection: one line an operation, filtered by its address, nothing secret in it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.views.conftest import SHOP, text_of, url

AUDIT = "/connections/default/audit/"


@pytest.fixture
def history(alice: Client, bob: Client, shop: str) -> None:
    bob.post(url("app-disable"), {"reason": "OPS-17 <b>"})
    alice.post(url("app-reveal-secret"))
    alice.post(url("app-rotate-secret"))


def first_operation(client: Client, action: str) -> str:
    found = re.search(f"{AUDIT}[0-9a-f]{{32}}/", text_of(client.get(AUDIT, {"action": action})))
    assert found
    return found.group()


def test_it_lists_operations_with_who_what_and_why(victor: Client, history: None) -> None:
    page = text_of(victor.get(AUDIT))
    assert page.count('<code class="nowrap">app.') == 3
    assert "OPS-17 &lt;b&gt;" in page
    assert "Enabled" in page


def test_it_filters_by_action_outcome_and_text(victor: Client, history: None) -> None:
    def actions(**parameters: str) -> int:
        return text_of(victor.get(AUDIT, parameters)).count('<code class="nowrap">app.')

    assert actions(action="app.disable") == 1
    assert actions(outcome="failed") == 0
    assert actions(text="OPS-17") == 1
    assert actions(action="nonsense") == 3


def test_an_operation_shows_each_attribute_before_and_after(victor: Client, history: None) -> None:
    record = text_of(victor.get(first_operation(victor, "app.disable")))
    assert "<del>true</del>" in record
    assert "<ins>false</ins>" in record


def test_a_rotated_secret_is_only_a_fingerprint(alice: Client, history: None) -> None:
    record = text_of(alice.get(first_operation(alice, "app.rotate_secret")))
    assert "only a fingerprint of the secret is kept" in record
    assert SHOP["AppSecret"]["S"] not in record


def test_an_app_has_its_own_history(victor: Client, history: None) -> None:
    page = text_of(victor.get(url("app-history")))
    assert "app.reveal_secret" in page
    assert "app.disable" in page


def test_an_operation_that_does_not_exist_is_404(victor: Client, history: None) -> None:
    assert victor.get(f"{AUDIT}0123456789abcdef/").status_code == 404
