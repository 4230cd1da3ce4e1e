"""Webhooks are compared one by one, told again by where they send."""

from __future__ import annotations

import json

import pytest

from apps_admin.domain.difference import ChangeKind
from apps_admin.domain.webhook_difference import WebhookField, find_webhook_differences

SHOP = {"url": "https://shop.example", "event_types": ["client_event"]}
CHAT = {"url": "https://chat.example", "event_types": ["cache_miss"], "headers": {"X-Team": "a"}}
LAMBDA = {"lambda_function": "events", "event_types": ["member_added"]}


def found(
    before: list[object] | None, after: list[object] | None
) -> list[tuple[ChangeKind, int, str]]:
    texts = [None if side is None else json.dumps(side) for side in (before, after)]
    return [(d.kind, d.number, d.target) for d in find_webhook_differences(*texts)]


def test_an_added_and_a_removed_one_are_named_by_their_targets() -> None:
    assert found([SHOP, CHAT], [CHAT, LAMBDA]) == [
        (ChangeKind.REMOVED, 1, "https://shop.example"),
        (ChangeKind.ADDED, 2, "events"),
    ]


def test_a_changed_one_names_only_the_fields_that_differ() -> None:
    changed = {**CHAT, "headers": {"X-Team": "b", "X-New": "1"}}
    (difference,) = find_webhook_differences(json.dumps([SHOP, CHAT]), json.dumps([SHOP, changed]))
    assert difference.kind is ChangeKind.CHANGED
    assert difference.number == 2
    assert difference.fields == (
        WebhookField(name="headers.X-Team", before="a", after="b"),
        WebhookField(name="headers.X-New", before=None, after="1"),
    )


def test_another_address_at_the_same_place_is_a_change() -> None:
    moved = {**SHOP, "url": "https://new.example"}
    assert found([SHOP, CHAT], [moved, CHAT]) == [(ChangeKind.CHANGED, 1, "https://new.example")]


def test_another_order_alone_is_no_difference() -> None:
    assert found([SHOP, CHAT], [CHAT, SHOP]) == []


def test_twins_are_not_mixed_up() -> None:
    assert found([SHOP, SHOP], [SHOP]) == [(ChangeKind.REMOVED, 2, "https://shop.example")]


def test_no_text_is_no_webhooks() -> None:
    assert found(None, [SHOP]) == [(ChangeKind.ADDED, 1, "https://shop.example")]
    assert found([SHOP], None) == [(ChangeKind.REMOVED, 1, "https://shop.example")]


@pytest.mark.parametrize("broken", ["{", '{"url": "x"}', "[1]", '["x"]'])
def test_what_is_no_list_of_webhooks_is_left_to_the_text(broken: str) -> None:
    assert find_webhook_differences(broken, json.dumps([SHOP])) == ()


def test_a_lone_surrogate_is_shown_as_its_escape() -> None:
    after = r'[{"url": "https://a.example/\ud800", "event_types": [], "headers": {"\udfff": "x"}}]'

    (found,) = find_webhook_differences("[]", after)

    assert found.target == r"https://a.example/\ud800"
    names = [each.name for each in found.fields]
    assert r"headers.\udfff" in names
