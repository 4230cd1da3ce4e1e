"""The index job in real processes: found work is done within a moment, and kill -9 loses none of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPS = 4000
PROGRAM = """
import json, sys
import django
django.setup()
from apps_admin.models import IndexedApp, IndexState, Job
from apps_admin.services.app_index import refresh_if_stale, request_refresh
from apps_admin.services.connections import get_connection
for line in sys.stdin:
    if line.strip() == "request":
        request_refresh(get_connection("default"))
    if line.strip() == "stale":
        refresh_if_stale(get_connection("default"))
    job = Job.objects.first()
    state = IndexState.objects.first()
    print(json.dumps({
        "apps": IndexedApp.objects.count(),
        "done": job.done if job else None,
        "job": job.state if job else None,
        "complete": bool(state and state.complete_at),
    }), flush=True)
"""


class Console:
    """A console of its own: a SQLite file, worker processes, and a program that looks into it."""

    def __init__(self, var_dir: Path, database: Path, table: str, endpoint: str) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "LOCAL_RUN": "true",
            "VAR_DIR": str(var_dir),
            "SOKETI_APP_MANAGER_DYNAMODB_TABLE": table,
            "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT": endpoint,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "WORKER_LEASE_SECONDS": "1",
            "INDEX_SEGMENTS": "2",
        }
        self.started: list[subprocess.Popen[str]] = []
        shutil.copy(database, var_dir)
        self.program = self.start([sys.executable, "-c", PROGRAM])

    def manage(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    def options(self) -> dict[str, Any]:
        return {"cwd": settings.BASE_DIR, "env": self.environment, "text": True}

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **self.options()
        )
        self.started.append(process)
        return process

    def ask(self, what: str = "look") -> dict[str, Any]:
        assert self.program.stdin
        assert self.program.stdout
        self.program.stdin.write(f"{what}\n")
        self.program.stdin.flush()
        answer: dict[str, Any] = json.loads(self.program.stdout.readline())
        return answer

    def wait_for(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            seen = self.ask()
            if what(seen):
                return seen
            time.sleep(0.01)
        raise AssertionError(seen)

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def console(
    tmp_path: Path, migrated_sqlite: Path, apps_table: str, dynamodb_endpoint: str
) -> Iterator[Console]:
    made = Console(tmp_path, migrated_sqlite, apps_table, dynamodb_endpoint)
    yield made
    made.end()


def fill(client: DynamoDBClient, table: str, number: int) -> None:
    for start in range(0, number, 25):
        client.batch_write_item(
            RequestItems={
                table: [
                    {
                        "PutRequest": {
                            "Item": {
                                "AppId": {"S": f"app-{each:05d}"},
                                "AppKey": {"S": f"key-{each:05d}"},
                                "Filling": {"S": "x" * 1500},
                            }
                        }
                    }
                    for each in range(start, min(start + 25, number))
                ]
            }
        )


def test_a_rebuild_survives_kill_9_of_its_worker(
    console: Console, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    fill(dynamodb_client, apps_table, APPS)
    console.ask("request")
    worker = console.start(console.manage("work", "--threads", "1"))
    seen = console.wait_for(lambda seen: bool(seen["done"]))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    seen = console.ask()
    assert not seen["complete"], "killed in the middle"
    assert seen["job"] == "running", "nobody closed it"
    console.start(console.manage("work", "--threads", "1"))
    seen = console.wait_for(lambda seen: bool(seen["complete"]))
    assert seen["apps"] == APPS
    seen = console.wait_for(lambda seen: seen["job"] != "running")
    assert seen["done"] == APPS, "no page was read twice"


def test_a_list_of_a_small_table_waits_for_the_worker(
    console: Console, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    console.start(console.manage("work"))
    fill(dynamodb_client, apps_table, 3)
    console.ask("request")
    console.wait_for(lambda seen: bool(seen["complete"]))
    fill(dynamodb_client, apps_table, 7)
    time.sleep(5.1)
    assert console.ask("stale")["apps"] == 7
