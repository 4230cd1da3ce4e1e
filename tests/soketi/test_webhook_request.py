"""Our test deliveries are, byte for byte, what soketi sends: the real sender and real axios are the judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from apps_admin.domain.item import RawItem
from apps_admin.domain.javascript import unmarshall
from apps_admin.domain.webhook_request import (
    HeaderError,
    http_headers,
    lambda_payload,
    request_body,
    soketi_headers,
)
from apps_admin.domain.webhooks import parse_webhooks
from apps_admin.soketi.signature import sign_webhook
from tests.soketi.classes import judge_items
from tests.soketi.corpus import HEADERS, native
from tests.soketi.records import SECRET, an_item, webhooks

pytestmark = [pytest.mark.soketi, pytest.mark.usefixtures("soketi_installed")]

PROCESS = 4242
EVENTS: list[dict[str, Any]] = [
    {"name": "channel_occupied", "channel": "news"},
    {"name": "channel_vacated", "channel": 'private-ünïcödé 🔑 \u2028 " \\ \x00\x1f\x7f /'},
    {"name": "member_added", "channel": "presence-a", "user_id": "7"},
    {"name": "member_removed", "channel": "presence-a", "user_id": 7},
    {"name": "cache_miss", "channel": "cache-\ud800-half"},
    {
        "name": "client_event",
        "channel": "presence-a",
        "event": "client-typing",
        "data": {"n": 1.5, "big": 1e21, "small": 1e-7, "list": [None, True, {}], "10": 1, "2": "é"},
        "socket_id": "1.2",
        "user_id": "7",
    },
]
ALL_TYPES = sorted({event["name"] for event in EVENTS})


def received(items: list[RawItem]) -> Iterator[list[dict[str, Any] | None]]:
    """What the first webhook of each item delivers for each event."""
    for verdict in judge_items(items, events=EVENTS):
        yield verdict["deliveries"][0]


def ours(hook: dict[str, Any], event: dict[str, Any], real: bytes) -> bytes:
    """The same request by our own code, at the time the real one was made."""
    body = request_body([event], time_ms=time_of(real))
    signature = sign_webhook(body, SECRET)
    headers = soketi_headers(hook, key="shop-key", signature=signature, process=PROCESS)
    lines = http_headers(headers, host="hooks.example.com", length=len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"POST /in?a=b HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def time_of(real: bytes) -> int:
    return int(real.split(b'"time_ms":', 1)[1].split(b",", 1)[0])


def a_hook(**more: Any) -> dict[str, Any]:
    return {"url": "https://hooks.example.com/in?a=b", "event_types": ALL_TYPES, **more}


def test_every_event_type_is_equal_byte_for_byte() -> None:
    (deliveries,) = received([an_item(Webhooks=webhooks(a_hook()))])
    for event, real in zip(EVENTS, deliveries, strict=True):
        assert real is not None
        request = real["request"].encode("latin-1")
        assert ours(a_hook(), event, request) == request


# What changes the framing of the body is not sent by the console (see delivery.py).
FRAMING = ("transfer-encoding", "expect")


def test_custom_headers_override_repeat_and_move_exactly_as_in_soketi() -> None:
    shapes = [
        one
        for one in HEADERS
        if not (isinstance(one, dict) and any(name.lower() in FRAMING for name in one))
    ]
    items = [an_item(Webhooks=webhooks(a_hook(headers=one))) for one in shapes]
    sent = refused = 0
    for shape, deliveries in zip(shapes, received(items), strict=True):
        (hook,) = parse_webhooks(json.dumps([a_hook(headers=shape)])) or []
        real = deliveries[0]
        if real is None:
            refused += 1
            with pytest.raises(HeaderError):
                ours(hook, EVENTS[0], b'"time_ms":0,')
            continue
        sent += 1
        request = real["request"].encode("latin-1")
        assert ours(hook, EVENTS[0], request) == request, shape
    assert sent > 40
    assert refused > 8


def test_native_webhooks_send_the_same() -> None:
    hook = a_hook(headers={"X-A": 1, "X-B": ["a", "b"]})
    item = an_item(Webhooks={"L": [native(hook)]})
    (deliveries,) = received([item])
    (stored,) = unmarshall(item.attributes["Webhooks"])
    real = deliveries[0]
    assert real is not None
    request = real["request"].encode("latin-1")
    assert ours(stored, EVENTS[0], request) == request


@pytest.mark.parametrize("is_async", [True, False])
def test_a_lambda_function_gets_the_same_payload(is_async: bool) -> None:
    hook = {
        "lambda_function": "receiver",
        "lambda": {"async": is_async, "region": "eu-west-1"},
        "event_types": ALL_TYPES,
        "headers": {"X-A": 1, "2": "b", "accept": "x", "nested": {"a": [1.5, None]}},
    }
    (deliveries,) = received([an_item(Webhooks=webhooks(hook))])
    (parsed,) = parse_webhooks(json.dumps([hook])) or []
    for event, real in zip(EVENTS, deliveries, strict=True):
        assert real is not None
        payload = real["payload"].encode("latin-1")
        body = request_body([event], time_ms=time_of(payload))
        headers = soketi_headers(
            parsed, key="shop-key", signature=sign_webhook(body, SECRET), process=PROCESS
        )
        assert lambda_payload(body, headers) == payload
        assert real["invocation"] == ("Event" if is_async else "RequestResponse")
        assert real["region"] == "eu-west-1"
