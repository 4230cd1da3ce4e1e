"""Bulk work and imports in real processes: kill -9 in the middle, then nothing twice and nothing skipped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPS = 320
PROGRAM = """
import json, sys
import django
django.setup()
from apps_admin.domain.actions import Action
from apps_admin.domain.bulk import BulkChange, BulkKind
from apps_admin.models import AuditEntry, Job, JobApp, OperationPlan
from apps_admin.services.accounts import command_actor
from apps_admin.services.app_jobs import confirm_job
from apps_admin.services.audit_verification import verify_entries
from apps_admin.services.bulk import preview_bulk
from apps_admin.services.job_work import count_outcomes
from apps_admin.services.workspace import open_workspace
workspace = open_workspace("default", command_actor())
for line in sys.stdin:
    words = line.split()
    if words[0] == "preview":
        ids = [f"app-{number:05}" for number in range(int(words[1]))]
        preview_bulk(workspace, BulkChange(kind=BulkKind.ROTATE_SECRET), app_ids=ids)
    job = Job.objects.filter(kind__in=("preview", "write")).order_by("-created_at").first()
    if words[0] == "start":
        confirm_job(workspace, job, Action.APP_BULK)
    succeeded = AuditEntry.objects.filter(outcome="succeeded", action__in=("app.rotate_secret", "app.create"))
    print(json.dumps({
        "kind": job.kind if job else None,
        "state": job.state if job else None,
        "done": job.done if job else 0,
        "outcomes": count_outcomes(job) if job else {},
        "succeeded": succeeded.count(),
        "targets": succeeded.values("target").distinct().count(),
        "plans": OperationPlan.objects.count(),
        "intact": verify_entries().is_intact if words[0] == "verify" else None,
    }), flush=True)
"""


class Console:
    """A console of its own: a SQLite file, processes, and a program that looks into it."""

    def __init__(self, var_dir: Path, database: str, table: str, endpoint: str) -> None:
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
            "DATABASE_URL": database,
        }
        self.started: list[subprocess.Popen[str]] = []
        self.program = self.start([sys.executable, "-c", PROGRAM])

    def manage(self, *arguments: str) -> subprocess.Popen[str]:
        return self.start([sys.executable, "manage.py", *arguments])

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
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

    def wait_for(self, name: str, *wanted: object, at_least: int = 0) -> dict[str, Any]:
        deadline = time.monotonic() + 90
        seen: dict[str, Any] = {}
        while time.monotonic() < deadline:
            seen = self.ask()
            if (at_least and seen[name] >= at_least) or seen[name] in wanted:
                return seen
            time.sleep(0.04)
        raise AssertionError(seen)

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def console(
    tmp_path: Path, console_database: str, apps_table: str, dynamodb_endpoint: str
) -> Iterator[Console]:
    made = Console(tmp_path, console_database, apps_table, dynamodb_endpoint)
    yield made
    made.end()


def secrets_of(client: DynamoDBClient, table: str) -> dict[str, str]:
    pages = client.get_paginator("scan").paginate(TableName=table)
    return {i["AppId"]["S"]: i["AppSecret"]["S"] for page in pages for i in page["Items"]}


def fill(client: DynamoDBClient, table: str) -> None:
    for start in range(0, APPS, 25):
        puts = [
            {
                "PutRequest": {
                    "Item": {
                        "AppId": {"S": f"app-{n:05}"},
                        "AppKey": {"S": f"key-{n:05}"},
                        "AppSecret": {"S": f"first-secret-{n:05}"},
                    }
                }
            }
            for n in range(start, min(start + 25, APPS))
        ]
        client.batch_write_item(RequestItems={table: puts})  # type: ignore[dict-item]


def test_bulk_work_survives_kill_9_of_its_worker_twice(
    console: Console, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    fill(dynamodb_client, apps_table)
    console.ask(f"preview {APPS}")
    worker = console.manage("work", "--threads", "1")
    console.wait_for("state", "succeeded")
    console.ask("start")
    for done in (100, 250):
        console.wait_for("succeeded", at_least=done)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert console.ask()["state"] == "running", "killed in the middle, nobody closed it"
        worker = console.manage("work", "--threads", "1")
    console.wait_for("state", "succeeded")
    seen = console.ask("verify")
    assert seen["outcomes"] == {"changed": APPS}
    assert (seen["succeeded"], seen["targets"]) == (APPS, APPS), "each app once"
    assert seen["plans"] == 0
    assert seen["intact"]
    secrets = secrets_of(dynamodb_client, apps_table)
    assert len(set(secrets.values())) == APPS
    assert not [each for each in secrets.values() if each.startswith("first-secret")]


def test_an_import_survives_kill_9_and_is_resumed(
    console: Console, dynamodb_client: DynamoDBClient, apps_table: str, tmp_path: Path
) -> None:
    file = tmp_path / "apps.jsonl"
    file.write_text(
        "".join(
            json.dumps({"soketi_app": {"AppId": {"S": f"app-{n}"}, "AppKey": {"S": f"key-{n}"}}})
            + "\n"
            for n in range(APPS)
        )
    )
    importing = console.manage("import_apps", str(file))
    console.wait_for("succeeded", at_least=100)
    importing.send_signal(signal.SIGKILL)
    importing.wait()
    before = secrets_of(dynamodb_client, apps_table)
    assert 0 < len(before) < APPS
    resumed = console.manage("import_apps", str(file), "--resume", "--format", "json")
    answer, _ = resumed.communicate(timeout=90)
    assert json.loads(answer)["counts"] == {"changed": APPS}
    after = secrets_of(dynamodb_client, apps_table)
    assert len(after) == APPS
    assert after.items() >= before.items(), "what was created was not written again"
    seen = console.ask("verify")
    assert (seen["succeeded"], seen["targets"], seen["plans"]) == (APPS, APPS, 0)
    assert seen["intact"]
