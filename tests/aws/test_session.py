"""One client per connection and process: made late, shared by threads, never by a fork or another connection."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.aws.session import (
    CLIENTS,
    client_config,
    client_for,
    make_client,
    make_session,
)
from apps_admin.domain.connection import Connection, ConnectionSource, CredentialMode
from apps_admin.domain.item import RawItem
from tests.aws.fault_server import FaultServer, answers_json, fault_server
from tests.aws.tables import TEST_KEYS, connection_to


@pytest.fixture(autouse=True)
def _own_clients() -> None:
    CLIENTS.forget()


def test_a_connection_keeps_its_client() -> None:
    connection = connection_to("http://127.0.0.1:1")
    assert client_for(connection) is client_for(replace(connection, label="renamed"))


@pytest.mark.parametrize(
    "change",
    [
        {"region": "eu-west-1"},
        {"endpoint": "http://127.0.0.1:2"},
        {"credentials": replace(TEST_KEYS, secret_access_key="other")},
    ],
)
def test_a_connection_that_changed_gets_a_new_client(change: dict[str, Any]) -> None:
    connection = connection_to("http://127.0.0.1:1")
    first = client_for(connection)
    second = client_for(replace(connection, **change))
    assert second is not first
    assert client_for(replace(connection, **change)) is second


def test_what_botocore_knows_of_services_is_read_once() -> None:
    ways = (TEST_KEYS, replace(TEST_KEYS, mode=CredentialMode.DEFAULT_CHAIN))
    sessions = [
        make_session(connection_to("http://127.0.0.1:1", credentials=way), client_config())
        for way in ways
    ]
    assert len({id(session.get_component("data_loader")) for session in sessions}) == 1


def test_two_connections_never_share_a_client(faults: FaultServer) -> None:
    with fault_server() as other:
        faults.always = answers_json({"Item": {"AppId": {"S": "one"}}})
        other.always = answers_json({"Item": {"AppId": {"S": "two"}}})
        one = connection_to(faults.url, slug="one")
        two = connection_to(other.url, slug="two")

        def read(number: int) -> bool:
            connection, expected = (one, "one") if number % 2 else (two, "two")
            return open_app_repository(connection).get("x") == RawItem(
                attributes={"AppId": {"S": expected}}
            )

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(read, range(200)))


def test_many_threads_make_one_client() -> None:
    connection = connection_to("http://127.0.0.1:1")
    barrier = threading.Barrier(8)

    def first(_number: int) -> int:
        barrier.wait()
        return id(client_for(connection))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(first, range(8)))) == 1


def test_credentials_that_hang_hold_up_no_other_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hangs, released = connection_to("http://127.0.0.1:1", slug="hangs"), threading.Event()

    def make(connection: Connection) -> Any:
        if connection is hangs:
            released.wait(10)
        return object()

    monkeypatch.setattr("apps_admin.aws.session.make_client", make)
    waiting = threading.Thread(target=client_for, args=(hangs,))
    waiting.start()
    answered = threading.Thread(target=client_for, args=(connection_to("http://127.0.0.1:2"),))
    answered.start()
    answered.join(5)
    assert not answered.is_alive()
    assert waiting.is_alive()
    released.set()
    waiting.join()


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_fork_makes_clients_of_its_own() -> None:
    connection = connection_to("http://127.0.0.1:1")
    mine = client_for(connection)
    child = os.fork()
    if child == 0:
        os._exit(0 if client_for(connection) is not mine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client_for(connection) is mine


def test_opening_a_connection_calls_nothing(faults: FaultServer) -> None:
    open_app_repository(connection_to(faults.url))
    assert faults.requests == []


def test_what_soketi_does_not_read_does_not_move_the_endpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    client = make_client(connection_to("", region="eu-central-1"))
    assert client.meta.endpoint_url == "https://dynamodb.eu-central-1.amazonaws.com"


def test_the_embedded_engine_never_gets_real_credentials(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    client = make_client(connection_to(faults.url, source=ConnectionSource.EMBEDDED))
    signer = client._request_signer  # type: ignore[attr-defined]
    assert signer._credentials.access_key == "embedded"


def test_no_secret_is_in_the_repr_of_a_connection() -> None:
    secret = replace(TEST_KEYS, secret_access_key="s3cret-1", session_token="s3cret-2")
    shown = repr(
        connection_to("", credentials=replace(secret, base=secret, external_id="s3cret-3"))
    )
    assert "s3cret" not in shown
