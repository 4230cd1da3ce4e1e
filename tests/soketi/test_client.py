"""The probes against what is no soketi, and against one behind a path prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps_admin.domain.errors import UnreachableError
from apps_admin.soketi.client import (
    CredentialCheck,
    CredentialVerdict,
    probe_credentials,
    probe_handshake,
)
from tests.soketi.fixtures import StartSoketi
from tests.soketi.receiver import listen, receiver, saying
from tests.soketi.records import SECRET, an_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def credentials(url: str) -> CredentialCheck:
    return probe_credentials(url, app_id="shop", key="shop-key", secret=SECRET, timeout=1)


def answering(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("url", ["", "soketi.example", "ftp://soketi.example", "http://"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    for probe in (credentials, lambda url: probe_handshake(url, "shop-key")):
        with pytest.raises(UnreachableError, match="not a URL"):
            probe(url)


def test_a_server_that_is_down_is_said_without_the_signature() -> None:
    with listen() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for probe in (credentials, lambda url: probe_handshake(url, "shop-key", timeout=1)):
        with pytest.raises(UnreachableError, match="does not answer") as down:
            probe(url)
        assert "auth_signature" not in f"{down.value.message} {down.value.hint}"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"text"', b"{}", b'{"code":418}', b"\xff"])
def test_another_server_is_no_soketi(body: bytes) -> None:
    with receiver(saying(answering(body))) as here:
        check = credentials(f"http://127.0.0.1:{here.port}")
    assert check.verdict is CredentialVerdict.UNEXPECTED
    assert check.channels == {}


def test_a_web_server_without_websockets_is_said() -> None:
    with receiver(saying(answering(b"hello"))) as here, pytest.raises(UnreachableError):
        probe_handshake(f"http://127.0.0.1:{here.port}", "shop-key", timeout=1)


def test_odd_ids_are_sent_as_soketi_needs_them() -> None:
    with receiver(saying(answering(b"{}"))) as here:
        probe_credentials(
            f"http://127.0.0.1:{here.port}", app_id="a b:c@d/é", key="k", secret="s", timeout=1
        )
    assert here.received[0].startswith(b"GET /apps/a%20b:c@d%2F%C3%A9/channels?")


@pytest.mark.soketi
def test_a_path_prefix_is_part_of_the_address(
    soketi_starter: StartSoketi, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    dynamodb_client.put_item(TableName=apps_table, Item=dict(an_item().attributes))
    server = soketi_starter(SOKETI_PATH_PREFIX="/ws")
    assert probe_handshake(f"{server.url}/ws/", "shop-key").connected
    assert credentials(f"{server.url}/ws").verdict is CredentialVerdict.ACCEPTED
