"""What the real server does with records, as proof of what the console says it does."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from apps_admin.domain.errors import UnreachableError
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.soketi.client import CredentialVerdict, probe_credentials, probe_handshake
from tests.soketi.client import pusher_client
from tests.soketi.records import SECRET, an_item, webhooks
from tests.soketi.server import SoketiServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.soketi

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def put(dynamodb_client: DynamoDBClient, apps_table: str) -> Callable[[RawItem], None]:
    """Writes an item as it is, whoever would be harmed by it."""

    def write(item: RawItem) -> None:
        dynamodb_client.put_item(TableName=apps_table, Item=dict(item.attributes))

    return write


@pytest.fixture
def delete(dynamodb_client: DynamoDBClient, apps_table: str) -> Callable[[str], None]:
    def remove(app_id: str) -> None:
        dynamodb_client.delete_item(TableName=apps_table, Key={"AppId": {"S": app_id}})

    return remove


def test_an_unknown_key_is_refused_with_4001(soketi_server: SoketiServer) -> None:
    answer = probe_handshake(soketi_server.url, "nobody")
    assert (answer.connected, answer.code) == (False, 4001)


def test_only_bool_and_zero_disable(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    values: dict[str, AttributeValue | None] = {
        "BOOL false": {"BOOL": False},
        "N 0": {"N": "0"},
        "B false": {"B": b"false"},
        "S false": {"S": "false"},
        "NULL": {"NULL": True},
        "absent": None,
    }
    seen = {}
    for name, value in values.items():
        put(an_item(Enabled=value))
        seen[name] = probe_handshake(soketi_server.url, "shop-key").code
    assert seen == {
        "BOOL false": 4003,
        "N 0": 4003,
        "B false": 0,
        "S false": 0,
        "NULL": 0,
        "absent": 0,
    }


def test_a_disabled_app_is_refused_and_a_re_enabled_one_connects(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item(Enabled={"BOOL": True}))
    assert probe_handshake(soketi_server.url, "shop-key").connected
    put(an_item(Enabled={"BOOL": False}))
    assert probe_handshake(soketi_server.url, "shop-key").code == 4003
    put(an_item(Enabled={"BOOL": True}))
    assert probe_handshake(soketi_server.url, "shop-key").connected


def test_disabling_disconnects_nobody_and_leaves_the_http_api_open(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item())
    with pusher_client(soketi_server, "shop-key") as client:
        client.subscribe("news")
        put(an_item(Enabled={"BOOL": False}))
        client.ping()
        check = probe_credentials(soketi_server.url, app_id="shop", key="shop-key", secret=SECRET)
    assert check.verdict is CredentialVerdict.ACCEPTED
    assert check.channels == {"news": 1}


def test_the_http_api_answers_wrong_secrets_and_missing_apps_in_the_body(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item())
    wrong = probe_credentials(soketi_server.url, app_id="shop", key="shop-key", secret="wrong")
    missing = probe_credentials(soketi_server.url, app_id="none", key="shop-key", secret=SECRET)
    assert (wrong.verdict, wrong.code) == (CredentialVerdict.WRONG_SECRET, 401)
    assert (missing.verdict, missing.code) == (CredentialVerdict.NOT_FOUND, 404)


def test_a_read_limit_of_zero_refuses_every_read(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item(MaxReadRequestsPerSecond={"N": "0"}))
    check = probe_credentials(soketi_server.url, app_id="shop", key="shop-key", secret=SECRET)
    assert (check.verdict, check.code) == (CredentialVerdict.RATE_LIMITED, 429)


def test_a_connection_limit_of_zero_is_unlimited_and_of_one_refuses_the_second(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item("open", MaxConnections={"N": "0"}))
    put(an_item("tight", MaxConnections={"N": "1"}))
    with pusher_client(soketi_server, "open-key"), pusher_client(soketi_server, "tight-key"):
        assert probe_handshake(soketi_server.url, "open-key").connected
        assert probe_handshake(soketi_server.url, "tight-key").code == 4100


def test_an_alias_beats_the_attribute_the_console_writes(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item(MaxConnections={"N": "1"}, max_connections={"N": "5"}))
    with pusher_client(soketi_server, "shop-key"):
        assert probe_handshake(soketi_server.url, "shop-key").connected


@pytest.mark.parametrize("size", ["0", "-1"])
def test_a_channel_name_limit_below_one_refuses_every_subscription(
    soketi_server: SoketiServer, put: Callable[[RawItem], None], size: str
) -> None:
    put(an_item(MaxChannelNameLength={"N": size}))
    with pusher_client(soketi_server, "shop-key") as client:
        client.send("pusher:subscribe", data={"channel": "a"})
        assert client.receive("pusher:subscription_error")["data"]["type"] == "LimitReached"


def test_a_webhook_without_event_types_makes_the_app_vanish(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item(Webhooks=webhooks({"url": NOWHERE})))
    assert probe_handshake(soketi_server.url, "shop-key").code == 4001


def test_a_missing_secret_is_the_text_app_secret(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item(AppSecret=None))
    check = probe_credentials(soketi_server.url, app_id="shop", key="shop-key", secret="app-secret")
    assert check.verdict is CredentialVerdict.ACCEPTED


def test_a_numeric_secret_lets_any_request_stop_the_server(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    put(an_item(AppSecret={"N": "12345"}))
    with suppress(UnreachableError):
        probe_credentials(soketi_server.url, app_id="shop", key="any", secret="any", timeout=1)
    assert soketi_server.wait_until_dead()


def test_a_lambda_function_without_lambda_stops_the_server_when_it_fires(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    hook = {"lambda_function": "receiver", "event_types": ["channel_occupied"]}
    put(an_item(Webhooks=webhooks(hook)))
    with pusher_client(soketi_server, "shop-key") as client:
        client.send("pusher:subscribe", data={"channel": "news"})
        assert soketi_server.wait_until_dead()
    assert "reading 'async'" in soketi_server.output()


def test_client_options_that_the_sdk_cannot_take_stop_the_server_too(
    soketi_server: SoketiServer, put: Callable[[RawItem], None]
) -> None:
    hook = {
        "lambda_function": "receiver",
        "lambda": {"client_options": {"apiVersion": "2010-01-01"}},
        "event_types": ["channel_occupied"],
    }
    put(an_item(Webhooks=webhooks(hook)))
    with pusher_client(soketi_server, "shop-key") as client:
        client.send("pusher:subscribe", data={"channel": "news"})
        assert soketi_server.wait_until_dead()


@pytest.mark.parametrize("harm", ["delete", "change the key", "break the webhooks"])
def test_an_app_that_vanishes_under_a_webhook_stops_the_server(
    soketi_server: SoketiServer,
    put: Callable[[RawItem], None],
    delete: Callable[[str], None],
    harm: str,
) -> None:
    hook = {"url": NOWHERE, "event_types": ["channel_vacated"]}
    put(an_item(Webhooks=webhooks(hook)))
    with pusher_client(soketi_server, "shop-key") as client:
        client.subscribe("news")
        if harm == "delete":
            delete("shop")
        elif harm == "change the key":
            put(an_item(AppKey={"S": "another"}, Webhooks=webhooks(hook)))
        else:
            put(an_item(Webhooks=webhooks({"url": NOWHERE})))
        client.unsubscribe("news")
        assert soketi_server.wait_until_dead()


def test_disable_drain_delete_is_safe(
    soketi_server: SoketiServer, put: Callable[[RawItem], None], delete: Callable[[str], None]
) -> None:
    hook = {"url": NOWHERE, "event_types": ["channel_vacated"]}
    put(an_item(Webhooks=webhooks(hook)))
    with pusher_client(soketi_server, "shop-key") as client:
        client.subscribe("news")
        put(an_item(Enabled={"BOOL": False}, Webhooks=webhooks(hook)))
    assert not soketi_server.wait_until_dead(seconds=0.5)
    delete("shop")
    assert probe_handshake(soketi_server.url, "shop-key").code == 4001
    assert not soketi_server.wait_until_dead(seconds=0.5)
