"""The embedded engine: started, found, ended, and never losing what was written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from apps_admin.aws.embedded_engine import (
    EnginePlace,
    EngineProcess,
    ensure_engine,
    find_engine,
    start_engine,
)
from apps_admin.aws.engine_package import fetch_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An engine's folder that already has the binary."""
    binary = fetch_engine(settings.EMBEDDED_ENGINE_DIR)
    (tmp_path / binary.name).hardlink_to(binary)
    return tmp_path


def started(folder: Path, port: int = 0) -> EngineProcess:
    engine = start_engine(folder, port=port)
    assert isinstance(engine, EngineProcess)
    return engine


def client_on(endpoint: str) -> DynamoDBClient:
    import boto3

    return boto3.session.Session().client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )


def test_it_keeps_every_write_through_kill_9(folder: Path) -> None:
    engine = started(folder)
    port = engine.place.port
    client_on(engine.endpoint).create_table(
        TableName="apps",
        AttributeDefinitions=[{"AttributeName": "AppId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "AppId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for life in range(3):
        client = client_on(engine.endpoint)
        for number in range(50):
            client.put_item(TableName="apps", Item={"AppId": {"S": f"{life}-{number}"}})
        engine.kill()
        engine = started(folder)
    try:
        count = client_on(engine.endpoint).scan(TableName="apps", Select="COUNT")["Count"]
        assert count == 150
        assert engine.place.port == port, "clients that hold the endpoint find it again"
    finally:
        engine.stop()


def test_a_second_start_finds_the_first(folder: Path) -> None:
    engine = started(folder)
    try:
        assert start_engine(folder) == engine.place
        assert find_engine(folder) == engine.place
    finally:
        engine.stop()
    assert find_engine(folder) is None


def test_a_place_left_behind_by_a_killed_engine_is_not_found(folder: Path) -> None:
    engine = started(folder)
    engine.kill()
    state = folder / "engine.json"
    # The process id may belong to somebody else by now, who is none of our business.
    state.write_text(json.dumps({"port": engine.place.port, "pid": os.getpid()}))
    assert find_engine(folder) is None


def test_a_taken_port_makes_it_choose_another(folder: Path, dynamodb_endpoint: str) -> None:
    taken = int(dynamodb_endpoint.rsplit(":", 1)[1])
    engine = started(folder, port=taken)
    try:
        assert engine.place.port != taken
    finally:
        engine.stop()


STARTER = """
import sys
from pathlib import Path
from apps_admin.aws.embedded_engine import ensure_engine
place = ensure_engine(Path(sys.argv[1]))
print(place.port, place.pid, flush=True)
if sys.argv[2] == "stay":
    sys.stdin.read()
"""


def starter(folder: Path, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
    )


def is_gone(pid: int, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_command_ends_the_engine_it_started_when_it_ends(folder: Path) -> None:
    with starter(folder, "go") as command:
        assert command.stdout
        _port, pid = map(int, command.stdout.readline().split())
        command.wait(10)
    assert is_gone(pid)


def test_the_engine_ends_with_a_parent_killed_by_kill_9(folder: Path) -> None:
    with starter(folder, "stay") as command:
        assert command.stdout
        port, pid = map(int, command.stdout.readline().split())
        assert find_engine(folder) == EnginePlace(port=port, pid=pid)
        command.send_signal(signal.SIGKILL)
    assert is_gone(pid)


def test_a_command_leaves_a_running_engine_as_it_is(folder: Path) -> None:
    engine = started(folder)
    try:
        assert ensure_engine(folder) == engine.place
        with starter(folder, "go") as command:
            command.wait(10)
        assert engine.is_running
    finally:
        engine.stop()
