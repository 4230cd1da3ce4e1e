"""A test delivery against what the real soketi server delivers, as the receiver saw both."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from apps_admin.domain.delivery import Delivery, Exchange, TargetKind, Timings, WebhookRequest
from apps_admin.domain.errors import RefusedTargetError, ValidationError
from apps_admin.domain.webhook_samples import sample_event
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.domain.webhooks import parse_webhooks
from apps_admin.soketi.delivery import deliver_request, lambda_request, prepare_request
from apps_admin.soketi.guard import OutboundGuard
from tests.soketi.client import PusherClient, pusher_client
from tests.soketi.receiver import LOOPBACK_GUARD, OK, Receiver, receiver, saying
from tests.soketi.records import SECRET, an_item, webhooks
from tests.soketi.server import SoketiServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HEADERS = {"X-Shop": "1", "accept": "application/vnd.shop+json", "X-Number": 5, "user-agent": "x"}


def provoke_every_event(server: SoketiServer) -> None:
    """Makes soketi emit each of its six event types at least once."""
    keys = {"key": "shop-key", "secret": SECRET}
    with pusher_client(server, "shop-key") as client:
        client.subscribe("cache-news")
        client.subscribe_presence("presence-room", user_id="7", **keys)
        client.send(
            "client-typing",
            channel="presence-room",
            data={"n": 1.50, "s": 'ü"\\/\u2028', "l": [None]},
        )
        leave(client, "presence-room")
        leave(client, "cache-news")


def leave(client: PusherClient, channel: str) -> None:
    client.unsubscribe(channel)
    client.ping()


@pytest.fixture
def hook(dynamodb_client: DynamoDBClient, apps_table: str) -> dict[str, Any]:
    """Writes the shop with one webhook to `hook["url"]`, called by `store(url)`."""
    return {"event_types": [event.value for event in EventType], "headers": HEADERS}


@pytest.mark.soketi
def test_a_real_delivery_and_ours_are_the_same_bytes(
    soketi_server: SoketiServer,
    dynamodb_client: DynamoDBClient,
    apps_table: str,
    hook: dict[str, Any],
) -> None:
    with receiver(saying(OK)) as real:
        hook["url"] = real.url()
        item = an_item(Webhooks=webhooks(hook), EnableClientMessages={"BOOL": True})
        dynamodb_client.put_item(TableName=apps_table, Item=dict(item.attributes))
        provoke_every_event(soketi_server)
        captured = list(real.wait_for(8))
        for request in captured:
            ours = send_again(request, hook, real)
            assert without_process(ours) == without_process(request)
    types = {json.loads(body_of(one))["events"][0]["name"] for one in captured}
    assert types == {event.value for event in EventType}


def send_again(request: bytes, hook: dict[str, Any], to: Receiver) -> bytes:
    """The same event at the same time, by the console; what the receiver got."""
    payload = json.loads(body_of(request))
    (stored,) = parse_webhooks(json.dumps([hook])) or []
    prepared = prepare_request(
        stored,
        index=0,
        key="shop-key",
        secret=SECRET,
        event=payload["events"][0],
        time_ms=payload["time_ms"],
    )
    before = len(to.received)
    exchange = deliver_request(prepared, LOOPBACK_GUARD)
    assert exchange.succeeded, exchange.failure
    got = to.wait_for(before + 1)[before]
    assert got == exchange.request
    return got


def body_of(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def without_process(request: bytes) -> bytes:
    return re.sub(rb"\(Process: \d+\)", b"(Process: N)", request)


def prepared(hook: dict[str, Any], event: EventType = EventType.CHANNEL_OCCUPIED) -> WebhookRequest:
    return prepare_request(
        {"event_types": [event.value], **hook},
        index=0,
        key="shop-key",
        secret=SECRET,
        event=sample_event(event, "news"),
        time_ms=1_763_635_560_123,
    )


def test_it_says_who_sends() -> None:
    agent = prepared({"url": "https://hooks.example.com/"}).headers["User-Agent"]
    assert agent == f"SoketiWebhooksAxiosClient/1.0 (Process: {os.getpid()})"


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        ({"url": "nonsense"}, "not an http or https address"),
        ({}, "neither url nor lambda_function"),
        ({"lambda_function": "f"}, "without a lambda object"),
        ({"url": "https://a.example/", "event_types": ["nonsense"]}, "never fires"),
        ({"url": "https://a.example/", "event_types": None}, "event_types is not a list"),
        ({"url": "https://a.example/", "headers": {"X A": "1"}}, "header name"),
        ({"url": "https://a.example/", "headers": {"Transfer-Encoding": "chunked"}}, "frames"),
        ({"url": "https://a.example/", "headers": {"expect": "100-continue"}}, "frames"),
        ({"url": "https://a.example/", "headers": {"Content-Type": "multipart/form-data"}}, "frames"),
    ],
)  # fmt: skip
def test_what_soketi_does_not_deliver_is_not_sent(hook: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        prepared(hook)
    assert why in refused.value.message


def test_the_guard_decides_where_to() -> None:
    with receiver(saying(OK)) as here, pytest.raises(RefusedTargetError):
        deliver_request(prepared({"url": here.url()}), OutboundGuard())
    assert here.received == []


def test_a_header_value_cannot_smuggle_another_line() -> None:
    with pytest.raises(ValidationError):
        prepared({"url": "https://a.example/", "headers": {"X-A": "1\r\nX-B: 2"}})


def test_a_lambda_payload_wraps_the_same_body_and_headers() -> None:
    request = prepared({"lambda_function": "receiver", "lambda": {"async": True}})
    payload = json.loads(lambda_request(request))
    assert json.dumps(payload["payload"], separators=(",", ":")).encode() == request.body
    assert payload["headers"]["X-Pusher-Key"] == "shop-key"
    assert (request.kind, request.region) == (TargetKind.LAMBDA, "us-east-1")
    assert request.is_async


def delivered(url: str, **headers: str) -> Delivery:
    request = prepared({"url": url, "headers": headers})
    exchange = deliver_request(request, LOOPBACK_GUARD)
    return Delivery(
        id="d1",
        sent_at="2026-11-20T11:00:00Z",
        actor="Alice",
        app_id="shop",
        webhook=0,
        kind=request.kind,
        target=request.target,
        event=request.event,
        channel=request.channel,
        body=request.body,
        exchange=exchange,
    )


def test_the_curl_command_sends_the_same_request(tmp_path: Any) -> None:
    import shutil
    import subprocess

    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with receiver(saying(OK)) as here:
        delivery = delivered(here.url(), **{"X-It's": "a 'quoted' $value", "X-Empty": ""})
        subprocess.run(
            ["sh", "-c", delivery.curl(reveals_secrets=True)], check=True, capture_output=True
        )
        first, second = here.wait_for(2)
    assert body_of(first) == body_of(second)
    sent, again = ({line.rstrip() for line in one.splitlines()} for one in (first, second))
    assert sent - again == {b"Connection: keep-alive"}
    assert again <= sent


def test_own_header_values_are_masked_unless_secrets_are_revealed() -> None:
    with receiver(saying(OK)) as here:
        delivery = delivered(here.url() + "&token=t0ken", Authorization="Bearer hidden")
    for shown in (
        delivery.curl(reveals_secrets=False),
        delivery.request_text(reveals_secrets=False),
        delivery.shown_target,
        repr(delivery),
    ):
        assert "hidden" not in shown
        assert "t0ken" not in shown
    assert "X-Pusher-Signature: " in delivery.request_text(reveals_secrets=False)
    assert "Bearer hidden" in delivery.request_text(reveals_secrets=True)
    assert "Bearer hidden" in delivery.curl(reveals_secrets=True)


def test_what_was_never_sent_has_no_text() -> None:
    with receiver(saying(OK)) as here:
        sent = delivered(here.url())
    unsent = replace(sent, exchange=Exchange(failure="The host name does not resolve."))
    assert unsent.request_text(reveals_secrets=True) == ""
    assert unsent.request_text(reveals_secrets=False) == ""


def test_a_delivery_survives_being_kept() -> None:
    with receiver(saying(OK)) as here:
        delivery = delivered(here.url())
    assert Delivery.from_json(delivery.to_json()) == delivery
    assert delivery.outcome == "200"


def test_a_delivery_without_an_answer_says_so() -> None:
    exchange = Exchange(failure="The host name does not resolve.", timings=Timings(total=1))
    assert not exchange.succeeded
