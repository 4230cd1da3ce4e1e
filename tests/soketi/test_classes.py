"""The class-only judge gives the verdicts that are known from the whole server (contract with soketi 1.6.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.soketi.classes import judge_items
from tests.soketi.records import an_item, webhooks

pytestmark = [pytest.mark.soketi, pytest.mark.usefixtures("soketi_installed")]

ON_OFF: dict[str, Any] = {
    "absent": None,
    "NULL": {"NULL": True},
    "true": {"BOOL": True},
    "false": {"BOOL": False},
    "N 1": {"N": "1"},
    "N 0": {"N": "0"},
    "S false": {"S": "false"},
    "S empty": {"S": ""},
    "B true": {"B": b"true"},
    "B false": {"B": b"false"},
    "B empty": {"B": b""},
    "L": {"L": []},
    "M": {"M": {}},
}


def views(attribute: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    items = [an_item(**{attribute: value}) for value in values.values()]
    verdicts = judge_items(items)
    assert all(one["byKey"]["agrees"] for one in verdicts)
    return dict(zip(values, (one["byId"] for one in verdicts), strict=True))


def test_enabled_follows_the_truth_table() -> None:
    off = {
        name
        for name, view in views("Enabled", ON_OFF).items()
        if not view["flags"]["enabled"]["value"]
    }
    assert off == {"false", "N 0"}


def test_client_messages_follow_the_truth_table() -> None:
    seen = views("EnableClientMessages", ON_OFF)
    on = {name for name, view in seen.items() if view["flags"]["enableClientMessages"]["value"]}
    assert on == {"true", "N 1", "S false", "B true", "L", "M"}


def test_user_authentication_follows_the_truth_table() -> None:
    seen = views("EnableUserAuthentication", ON_OFF)
    on = {name for name, view in seen.items() if view["flags"]["enableUserAuthentication"]["value"]}
    assert on == {"true", "N 1", "S false", "B true", "B false", "B empty", "L", "M"}


@pytest.mark.parametrize(
    ("attribute", "limit", "negative", "zero", "text"),
    [
        ("MaxConnections", "max_connections", "unlimited", "unlimited", "unlimited"),
        ("MaxReadRequestsPerSecond", "max_read_requests_per_second", "unlimited", "blocked", 4),
        ("MaxChannelNameLength", "max_channel_name_length", "blocked", "blocked", "unlimited"),
        ("MaxEventPayloadInKb", "max_event_payload_in_kb", "blocked", "blocked", "unlimited"),
    ],
)
def test_limits_follow_the_edges(
    attribute: str, limit: str, negative: object, zero: object, text: object
) -> None:
    values = {"negative": {"N": "-1"}, "zero": {"N": "0"}, "text": {"S": "x"}, "3": {"S": "3"}}
    seen = {name: view["limits"][limit]["value"] for name, view in views(attribute, values).items()}
    assert seen == {"negative": negative, "zero": zero, "text": text, "3": 3}


def test_webhooks_are_kept_ignored_lethal_or_make_the_app_vanish() -> None:
    hooks = webhooks(
        {"url": "https://a.example/", "event_types": ["cache_miss", "nonsense"]},
        {"url": "https://b.example/", "event_types": ["nonsense"]},
        {"lambda_function": "f", "event_types": ["member_added"]},
        {"lambda_function": "f", "lambda": {}, "event_types": ["member_added"]},
        {"event_types": ["member_added"]},
    )
    vanished, seen = judge_items(
        [an_item(Webhooks=webhooks({"url": "https://a.example/"})), an_item(Webhooks=hooks)]
    )
    assert not vanished["byId"]["found"]
    assert "includes" in vanished["byId"]["error"]
    kept, ignored, lethal, by_lambda, nowhere = seen["byId"]["webhooks"]
    assert kept["fires"] == ["cache_miss probe", "cache_miss -probe-"]
    assert ignored["fires"] == nowhere["fires"] == []
    assert "async" in lethal["lethal"]
    assert by_lambda["delivery"]["region"] == "us-east-1"


def test_a_secret_that_is_no_text_cannot_sign() -> None:
    seen = views("AppSecret", {"S": {"S": "x"}, "B": {"B": b"x"}, "N": {"N": "5"}})
    assert {name for name, view in seen.items() if view["signs"]} == {"N"}
