"""The receivers we show: they run as they are, take what soketi and the console send, and refuse everything else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from apps_admin.domain.delivery import Exchange
from apps_admin.domain.webhook_samples import sample_event
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.soketi.delivery import deliver_request, prepare_request
from apps_admin.soketi.receivers import RECEIVERS, Language
from tests.soketi.client import pusher_client
from tests.soketi.receiver import LOOPBACK_GUARD, listen
from tests.soketi.records import SECRET, an_item, webhooks
from tests.soketi.server import SoketiServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Run in every test run; PHP and Go where the machine has them.
ALWAYS = (Language.NODE, Language.PYTHON)
OPTIONAL = {Language.PHP: "php", Language.GO: "go"}
RUNNABLE = (*ALWAYS, *(one for one, program in OPTIONAL.items() if shutil.which(program)))

pytestmark = [pytest.mark.soketi, pytest.mark.usefixtures("soketi_installed")]


@dataclass(frozen=True)
class Running:
    url: str
    log: Path

    def wait_for(self, text: str, *, seconds: float = 5) -> str:
        give_up_at = time.monotonic() + seconds
        while text not in self.log.read_text() and time.monotonic() < give_up_at:
            time.sleep(0.02)
        return self.log.read_text()


@contextmanager
def running(language: Language, folder: Path, *, secret: str = SECRET) -> Iterator[Running]:
    """The receiver as a process of its own, started by the command we show."""
    shown = RECEIVERS[language]
    (folder / shown.filename).write_text(shown.code)
    with listen() as free:
        port = free.getsockname()[1]
    log = folder / "log.txt"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = {**kept, "SOKETI_APP_SECRET": secret, "PORT": str(port), "GOCACHE": str(folder / "go")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {shown.command}"],
            cwd=folder,
            env=env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_for_port(port, process, log)
        yield Running(f"http://127.0.0.1:{port}/hooks", log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + 90
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def deliver(url: str, *, secret: str = SECRET) -> Exchange:
    request = prepare_request(
        {"url": url, "event_types": ["member_added"]},
        index=0,
        key="shop-key",
        secret=secret,
        event=sample_event(EventType.MEMBER_ADDED, "presence-büro"),
        time_ms=1_763_635_560_123,
    )
    return deliver_request(request, LOOPBACK_GUARD)


@pytest.mark.parametrize("language", RUNNABLE)
def test_it_takes_what_is_signed_and_refuses_what_is_not(
    language: Language, tmp_path: Path
) -> None:
    with running(language, tmp_path) as here:
        accepted = deliver(here.url)
        refused = deliver(here.url, secret="another")
        log = here.wait_for("presence-büro")
    assert accepted.status == 204, log
    assert refused.status == 401
    assert log.count("member_added presence-büro") == 1


@pytest.mark.parametrize("language", ALWAYS)
def test_it_takes_a_delivery_of_the_real_soketi(
    language: Language,
    tmp_path: Path,
    soketi_server: SoketiServer,
    dynamodb_client: DynamoDBClient,
    apps_table: str,
) -> None:
    with running(language, tmp_path) as here:
        hook = {"url": here.url, "event_types": ["channel_occupied"]}
        item = an_item(Webhooks=webhooks(hook))
        dynamodb_client.put_item(TableName=apps_table, Item=dict(item.attributes))
        with pusher_client(soketi_server, "shop-key") as client:
            client.subscribe("news")
            assert "channel_occupied news" in here.wait_for("channel_occupied news")


@pytest.mark.parametrize("language", ALWAYS)
def test_without_a_secret_it_does_not_start(language: Language, tmp_path: Path) -> None:
    shown = RECEIVERS[language]
    (tmp_path / shown.filename).write_text(shown.code)
    done = subprocess.run(
        ["sh", "-c", shown.command],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode != 0
    assert "SOKETI_APP_SECRET" in done.stderr


def test_every_language_has_its_receiver() -> None:
    assert list(RECEIVERS) == list(Language)
