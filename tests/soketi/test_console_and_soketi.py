"""The console writes, the real soketi reads: what an operator does is what clients then meet."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from apps_admin.domain.app import AppEdit, NewApp
from apps_admin.domain.errors import AppNotDisabledError, ValidationError
from apps_admin.domain.limits import Limit
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.services.apps import (
    create_app,
    cut_off_app,
    delete_app,
    disable_app,
    enable_app,
    rotate_secret,
    show_app,
    update_app,
)
from apps_admin.services.webhooks import TestDelivery, send_test_delivery
from apps_admin.services.workspace import Workspace, open_workspace
from apps_admin.soketi.client import CredentialVerdict, probe_credentials, probe_handshake
from tests.cast import ALICE
from tests.soketi.client import pusher_client
from tests.soketi.receiver import OK, receiver, saying
from tests.soketi.records import an_item
from tests.soketi.server import SoketiServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from pytest_django.fixtures import Settings

pytestmark = [pytest.mark.soketi, pytest.mark.django_db]

SECRET = "a-secret-of-the-console-1234567890"
CHAT = NewApp(id="chat", key="chat-key", secret=SECRET)


@pytest.fixture
def workspace(default_connection: str) -> Workspace:
    """Alice at the table that soketi reads."""
    return open_workspace(default_connection, ALICE)


def handshake(server: SoketiServer, key: str = "chat-key") -> int:
    """0 when soketi lets a client in, else its code."""
    return probe_handshake(server.url, key).code


def check(server: SoketiServer, secret: str) -> CredentialVerdict:
    return probe_credentials(server.url, app_id="chat", key="chat-key", secret=secret).verdict


def test_the_whole_life_of_an_app(soketi_server: SoketiServer, workspace: Workspace) -> None:
    assert handshake(soketi_server) == 4001
    create_app(workspace, CHAT)
    assert handshake(soketi_server) == 0
    assert check(soketi_server, SECRET) is CredentialVerdict.ACCEPTED
    disable_app(workspace, "chat")
    assert handshake(soketi_server) == 4003
    enable_app(workspace, "chat")
    assert handshake(soketi_server) == 0
    with pytest.raises(AppNotDisabledError):
        delete_app(workspace, "chat", confirmation="chat", is_drained=True)
    disable_app(workspace, "chat")
    delete_app(workspace, "chat", confirmation="chat", is_drained=True)
    assert handshake(soketi_server) == 4001
    assert soketi_server.is_running


def test_disabling_an_app_in_the_documented_encoding_really_disables_it(
    soketi_server: SoketiServer,
    workspace: Workspace,
    dynamodb_client: DynamoDBClient,
    apps_table: str,
) -> None:
    item = an_item("chat", Enabled={"B": b"false"}, MaxConnections={"N": "5"})
    dynamodb_client.put_item(TableName=apps_table, Item=dict(item.attributes))
    assert handshake(soketi_server) == 0  # "false" in bytes is on
    assert show_app(workspace, "chat").view.enabled.value
    disable_app(workspace, "chat")
    assert handshake(soketi_server) == 4003


def test_rotating_lets_the_new_secret_in_and_the_old_one_out(
    soketi_server: SoketiServer, workspace: Workspace
) -> None:
    create_app(workspace, CHAT)
    change = rotate_secret(workspace, "chat")
    assert change.after is not None
    assert check(soketi_server, SECRET) is CredentialVerdict.WRONG_SECRET
    assert check(soketi_server, change.after.secret) is CredentialVerdict.ACCEPTED


def test_cutting_off_closes_both_doors_and_leaves_open_sockets(
    soketi_server: SoketiServer, workspace: Workspace
) -> None:
    create_app(workspace, CHAT)
    with pusher_client(soketi_server, "chat-key") as client:
        cut_off_app(workspace, "chat")
        client.ping()
        assert handshake(soketi_server) == 4003
        assert check(soketi_server, SECRET) is CredentialVerdict.WRONG_SECRET


def test_a_limit_set_by_the_console_is_the_limit_soketi_keeps(
    soketi_server: SoketiServer, workspace: Workspace
) -> None:
    create_app(workspace, CHAT)
    update_app(workspace, "chat", AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal(1)}))
    with pusher_client(soketi_server, "chat-key"):
        assert handshake(soketi_server) == 4100
    update_app(workspace, "chat", AppEdit(limits={Limit.MAX_CONNECTIONS: None}))
    with pusher_client(soketi_server, "chat-key"):
        assert handshake(soketi_server) == 0


@pytest.mark.parametrize(
    "hooks",
    [
        [{"url": "https://hooks.example.com/"}],
        [{"lambda_function": "f", "event_types": ["cache_miss"]}],
    ],
    ids=["hides the app", "stops the server"],
)
def test_a_lethal_webhook_never_reaches_soketi(
    soketi_server: SoketiServer, workspace: Workspace, hooks: list[object]
) -> None:
    create_app(workspace, CHAT)
    with pytest.raises(ValidationError):
        update_app(workspace, "chat", AppEdit(webhooks_text=json.dumps(hooks)))
    assert handshake(soketi_server) == 0


def test_soketi_and_a_test_delivery_reach_the_same_receiver(
    soketi_server: SoketiServer, workspace: Workspace, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    create_app(workspace, CHAT)
    with receiver(saying(OK)) as here:
        hook = {"url": here.url(), "event_types": ["channel_occupied"]}
        update_app(workspace, "chat", AppEdit(webhooks_text=json.dumps([hook])))
        with pusher_client(soketi_server, "chat-key") as client:
            client.subscribe("orders")
            here.wait_for(1)
        test = TestDelivery(webhook=0, event=EventType.CHANNEL_OCCUPIED, channel="orders")
        assert send_test_delivery(workspace, "chat", test).exchange.succeeded
        real, ours = here.wait_for(2)
    names = [[line.split(b":")[0] for line in one.split(b"\r\n")] for one in (real, ours)]
    assert names[0] == names[1]
