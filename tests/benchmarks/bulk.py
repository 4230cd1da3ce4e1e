"""Many apps: rebuilding the index, searching it, bulk work, import and export, against bare boto3.

One process a size, with a database file and an engine of its own: `python -m tests.benchmarks.bulk 10000` prints the
figures of that size alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import Figure, milliseconds, quantile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from apps_admin.services.workspace import Workspace

SIZES = (1_000, 10_000)
THREADS = 8
SEGMENTS = 4
ROOT = Path(__file__).parents[2]


def run() -> list[Figure]:
    """Each size in a process of its own."""
    sizes = [int(size) for size in os.environ.get("BENCH_APPS", "").split()] or list(SIZES)
    return [figure for size in sizes for figure in _measured(size)]


def _measured(size: int) -> list[Figure]:
    from apps_admin.aws.embedded_engine import engine_in_memory
    from apps_admin.aws.engine_package import fetch_engine
    from tests.benchmarks.stand import bare_client, console_environment, load_apps, make_table

    with (
        tempfile.TemporaryDirectory() as folder,
        engine_in_memory(fetch_engine(ROOT / "var" / "engine")) as engine,
    ):
        client = bare_client(engine.endpoint)
        make_table(client)
        load_apps(client, size)
        environment = console_environment(engine.endpoint, Path(folder)) | {"LOG_LEVEL": "ERROR"}
        for command in (
            ["manage.py", "migrate", "-v0"],
            ["-m", "tests.benchmarks.bulk", str(size)],
        ):
            answer = subprocess.run(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
    return [Figure(**each) for each in json.loads(answer.splitlines()[-1])]


def measure(size: int) -> Iterator[Figure]:
    """The figures of one size, on the table that the environment names."""
    from apps_admin.services.accounts import command_actor
    from apps_admin.services.workspace import open_workspace
    from tests.benchmarks.stand import bare_client

    workspace = open_workspace("default", command_actor())
    client = bare_client(workspace.connection.endpoint)
    yield rebuild(workspace, client, size)
    yield from searches(workspace, size)
    yield bulk(workspace, client, size)
    yield export(workspace, client, size)
    yield importing(workspace, client, size)


def rebuild(workspace: Workspace, client: DynamoDBClient, size: int) -> Figure:
    """Scan, judge and store every app, against a scan with as many segments."""
    from apps_admin.services.app_index import refresh_index

    bare = timed(lambda: scan_all(client))
    ours = timed(lambda: refresh_index(workspace.connection))
    return share(f"index rebuild, {size:,} apps", ours, bare, size, at_least=0.25)


def searches(workspace: Workspace, size: int) -> Iterator[Figure]:
    """Lists by the index alone: no call to DynamoDB."""
    from apps_admin.services.search import AppQuery, list_apps

    connection = workspace.connection
    deep = list_apps(connection, AppQuery(), page_size=size // 2).next_cursor
    asked = {
        "list": AppQuery(),
        "search that finds one": AppQuery(text=f"{size - 7:07}"),
        "search that finds nearly all": AppQuery(text="app-0"),
        "filter by state": AppQuery(finding="any"),
        "sort by findings": AppQuery(sort="-findings"),
        "page from the middle": AppQuery(cursor=deep),
    }
    for what, query in asked.items():
        times = milliseconds(lambda: list_apps(connection, query), count=40)  # noqa: B023
        late = quantile(times, 0.95)
        yield Figure(
            what=f"{what}, {size:,} apps",
            ours=f"p95 {late:.1f} ms",
            aim="≤ 100 ms",
            is_met=late <= 100,
        )


def bulk(workspace: Workspace, client: DynamoDBClient, size: int) -> Figure:
    """Disable every app, audited, against BatchGetItem and conditional updates with as many threads."""
    from apps_admin.domain.actions import Action
    from apps_admin.domain.bulk import BulkChange, BulkKind
    from apps_admin.services.app_jobs import NoReport, confirm_job
    from apps_admin.services.bulk import BulkWork, preview_bulk
    from apps_admin.services.job_work import preview_rows, run_rows
    from apps_admin.services.search import AppQuery

    bare = timed(lambda: update_all(client, size))
    change = BulkChange(kind=BulkKind.DISABLE)
    job = preview_bulk(workspace, change, query=AppQuery())
    preview_rows(workspace, job, BulkWork(change), NoReport())
    type(job).objects.filter(pk=job.pk).update(state="succeeded")
    job.refresh_from_db()
    job = confirm_job(workspace, job, Action.APP_BULK)
    ours = timed(lambda: run_rows(workspace, job, BulkWork(change), NoReport()))
    assert job.apps.filter(outcome="changed").count() == size
    return share(f"disable all, audited, {size:,} apps", ours, bare, size, at_least=0.4)


def export(workspace: Workspace, client: DynamoDBClient, size: int) -> Figure:
    """Every app to a file, against a scan to a file."""
    from apps_admin.services.transfer_export import export_apps

    with tempfile.TemporaryFile("w+") as file:
        bare = timed(
            lambda: [file.write(f"{json.dumps(i, default=str)}\n") for i in scan_all(client)]
        )
    with tempfile.TemporaryFile("w+") as file:
        ours = timed(lambda: file.writelines(export_apps(workspace, "jsonl", with_secrets=True)))
    return share(f"export, {size:,} apps", ours, bare, size, at_least=0.7)


def importing(workspace: Workspace, client: DynamoDBClient, size: int) -> Figure:
    """Create as many apps again under other ids, audited, against BatchGetItem and conditional puts."""
    from apps_admin.domain.actions import Action
    from apps_admin.services.app_jobs import NoReport, confirm_job, make_rows
    from apps_admin.services.job_work import preview_rows, run_rows
    from apps_admin.services.transfer_import import ImportOptions, ImportWork, preview_import

    bare = timed(lambda: put_all(client, size))
    lines = "".join(
        json.dumps({"soketi_app": dict(new_item("new", number))}) + "\n" for number in range(size)
    )
    job = preview_import(workspace, [lines.encode()], "bench", ImportOptions())
    work = ImportWork(job)
    work.prepare(workspace)
    make_rows(job, work, NoReport())
    preview_rows(workspace, job, work, NoReport())
    type(job).objects.filter(pk=job.pk).update(state="succeeded")
    job.refresh_from_db()
    job = confirm_job(workspace, job, Action.APP_IMPORT)
    ours = timed(lambda: run_rows(workspace, job, ImportWork(job), NoReport()))
    assert job.apps.filter(outcome="changed").count() == size
    return share(f"import of new apps, audited, {size:,} apps", ours, bare, size, at_least=0.4)


def scan_all(client: DynamoDBClient) -> list[Any]:
    """All items by a bare parallel scan."""

    def segment(number: int) -> list[Any]:
        pages = client.get_paginator("scan").paginate(
            TableName="apps", ConsistentRead=True, Segment=number, TotalSegments=SEGMENTS
        )
        return [item for page in pages for item in page["Items"]]

    with ThreadPoolExecutor(SEGMENTS) as pool:
        return [item for part in pool.map(segment, range(SEGMENTS)) for item in part]


def update_all(client: DynamoDBClient, size: int) -> None:
    """Read and change every app as bulk work does, without anything around it."""
    from tests.benchmarks.stand import app_id

    def update(name: str) -> None:
        client.update_item(
            TableName="apps",
            Key={"AppId": {"S": name}},
            UpdateExpression="SET #e = :new",
            ConditionExpression="attribute_exists(AppId) AND #e = :old",
            ExpressionAttributeNames={"#e": "EnableClientMessages"},
            ExpressionAttributeValues={":new": {"BOOL": True}, ":old": {"BOOL": False}},
        )

    chunked(client, [app_id(number) for number in range(size)], update)


def put_all(client: DynamoDBClient, size: int) -> None:
    """Create apps as an import does, without anything around it."""

    def put(name: str) -> None:
        client.put_item(
            TableName="apps",
            Item=dict(new_item("bare", int(name.rpartition("-")[2]))),
            ConditionExpression="attribute_not_exists(AppId)",
        )

    chunked(client, [f"bare-{number:07}" for number in range(size)], put)


def chunked(client: DynamoDBClient, names: list[str], write: Callable[[str], None]) -> None:
    """BatchGetItem of a hundred, then their writes, a few at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(names), 100):
            some = names[start : start + 100]
            keys = [{"AppId": {"S": name}} for name in some]
            client.batch_get_item(RequestItems={"apps": {"Keys": keys, "ConsistentRead": True}})
            list(pool.map(write, some))


def new_item(prefix: str, number: int) -> dict[str, Any]:
    """An app that is not in the table."""
    return {
        "AppId": {"S": f"{prefix}-{number:07}"},
        "AppKey": {"S": f"{prefix}-key-{number:07}"},
        "AppSecret": {"S": f"a-long-secret-of-{prefix}-{number:07}"},
        "Enabled": {"BOOL": True},
    }


def timed(call: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def share(what: str, ours: float, bare: float, size: int, *, at_least: float) -> Figure:
    """A figure of throughput: what share of bare boto3's the console reaches."""
    ratio = bare / ours
    return Figure(
        what=what,
        ours=f"{size / ours:,.0f}/s, {ours * 1e6 / size:.0f} µs each",
        bare=f"{size / bare:,.0f}/s",
        ratio=f"{ratio:.2f}",
        aim=f"≥ {at_least:g}",
        is_met=ratio >= at_least,
    )


def main(size: int) -> None:
    """Measure one size and print its figures as JSON."""
    import django

    django.setup()
    sys.stdout.write(json.dumps([asdict(figure) for figure in measure(size)]) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
