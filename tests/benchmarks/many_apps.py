"""The figures of one size, on the table that the environment names: `python -m tests.benchmarks.many_apps 10000`.

Console and bare boto3 take turns in rounds, so that what else the machine does hits both.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import Figure, milliseconds, quantile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from apps_admin.services.workspace import Workspace

THREADS = 8
SEGMENTS = 4
ROUNDS = 4
# Bulk work and imports of a larger table take this many of its apps: each is two to four milliseconds.
MOST_WRITES = int(os.environ.get("BENCH_WRITES", "10000"))
PAGE_KB = 60


def measure(size: int) -> Iterator[Figure]:
    """The figures of one size."""
    from apps_admin.services.accounts import command_actor
    from apps_admin.services.workspace import open_workspace
    from tests.benchmarks.stand import bare_client

    workspace = open_workspace("default", command_actor())
    client = bare_client(workspace.connection.endpoint)
    of = f"{size:,} apps{os.environ.get('BENCH_ON', '')}"
    yield rebuild(workspace, client, size, of)
    if not os.environ.get("BENCH_ON"):
        # What has nothing to do with the engine is measured on the first alone.
        yield from stages(workspace, of)
        yield from searches(workspace, size, of)
    yield bulk(workspace, client, size, of)
    yield export(workspace, client, size, of)
    yield importing(workspace, client, size, of)


def rebuild(workspace: Workspace, client: DynamoDBClient, size: int, of: str) -> Figure:
    """Scan, judge and store every app, against a scan with as many segments."""
    from apps_admin.models.app_index import drop_rows
    from apps_admin.services.app_index import refresh_index

    rounds = 2 if size <= 10_000 else 1
    ours = bare = 0.0
    for _ in range(rounds):
        bare += timed(lambda: scan_all(client))
        drop_rows("default")
        ours += timed(lambda: refresh_index(workspace.connection))
    bare += timed(lambda: scan_all(client))
    return share(
        f"index rebuild, {of}", ours, bare * rounds / (rounds + 1), size * rounds, at_least=0.25
    )


def stages(workspace: Workspace, of: str) -> Iterator[Figure]:
    """Processor time for one app of each stage of a rebuild, on a sample in memory."""
    from django.conf import settings

    from apps_admin.domain.app import App
    from apps_admin.domain.findings import find_findings
    from apps_admin.models.app_index import drop_rows, make_searchable, store_rows
    from apps_admin.services.audit import revision_key
    from apps_admin.services.index_rows import index_row, judged_row
    from apps_admin.services.index_scan import now_us

    items = workspace.apps.scan(limit=1000).items
    key = revision_key()
    rows = [index_row(item) for item in items]

    slugs = itertools.count()

    def store() -> None:
        store_rows(f"stage-{next(slugs)}", [(row, now_us()) for row in rows])
        make_searchable()

    each: dict[str, Callable[[], object]] = {
        "fingerprint of the item": lambda: [item.revision(key) for item in items],
        "what soketi sees": lambda: [App(item).view for item in items],
        "findings (with the line above)": lambda: [find_findings(App(item)) for item in items],
        "the whole row (with all above)": lambda: [
            judged_row(item, item.revision(key)) for item in items
        ],
        "the whole row of an app like others but for id, key and secret": lambda: [
            index_row(item) for item in items
        ],
        f"store and index the row ({settings.DATABASES['default']['ENGINE'].rpartition('.')[2]})": (
            store
        ),
    }
    for what, call in each.items():
        call()
        began = time.process_time()
        call()
        taken = (time.process_time() - began) * 1e6 / max(1, len(items))
        yield Figure(what=f"stage of a rebuild: {what}, {of}", ours=f"{taken:.0f} µs an app")
    for number in range(next(slugs)):
        drop_rows(f"stage-{number}")


def searches(workspace: Workspace, size: int, of: str) -> Iterator[Figure]:
    """Lists by the index alone, as whole pages: search, row by row, HTML, and how many calls to DynamoDB."""
    from urllib.parse import urlencode

    from apps_admin.services.search import AppQuery, list_apps

    page = signed_in_page()
    calls: list[str] = []
    note_calls(workspace, calls)
    deep = list_apps(workspace.connection, AppQuery(), page_size=size // 2).next_cursor
    asked: dict[str, dict[str, str]] = {
        "list": {},
        "search that finds one": {"q": f"{size - 7:07}"},
        "search that finds nearly all": {"q": "app-0"},
        "search that finds the last tenth": {
            "q": f"app-{size * 9 // 10:07}"[: -len(str(size // 10)) + 1]
        },
        "search that finds none, two letters": {"q": "zz"},
        "filter by state": {"state": "disabled"},
        "filter by findings": {"finding": "any"},
        "filter by a limit": {"max_event_batch_size_min": "9000"},
        "sort by findings": {"sort": "-findings"},
        "sort by a limit without an index": {"sort": "-max_event_batch_size"},
        "page from the middle": {"cursor": deep},
    }
    heaviest = 0
    for what, parameters in asked.items():
        address = f"?{urlencode(parameters)}"
        heaviest = max(heaviest, len(page(address)))
        del calls[:]
        times = milliseconds(lambda: page(address), count=40)  # noqa: B023
        late = quantile(times, 0.95)
        exact = len(calls) / (len(times) + 5)
        yield Figure(
            what=f"{what}, whole page, {of}",
            ours=f"p95 {late:.1f} ms"
            + (f", {exact:.0f} calls for exactly this id or key" if exact else ", 0 calls"),
            aim="≤ 100 ms",
            is_met=late <= 100,
        )
    kilobytes = heaviest / 1024
    yield Figure(
        what=f"list page of 50 rows, HTML, {of}",
        ours=f"{kilobytes:.0f} KB",
        aim=f"≤ {PAGE_KB} KB",
        is_met=kilobytes <= PAGE_KB,
    )


def signed_in_page() -> Callable[[str], bytes]:
    """Fetches the list with these parameters, in this process, as an administrator."""
    from django.test import Client

    from apps_admin.models import Person
    from apps_admin.services.accounts import create_first_administrator
    from tests.sign_in import sign_in

    create_first_administrator("bench", "correct horse battery 9")
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, Person.objects.get(username="bench"))

    def fetch(address: str) -> bytes:
        answer = client.get(f"/connections/default/apps/{address}")
        if answer.status_code != 200:
            raise SystemExit(f"the list answered {answer.status_code}: {address}")
        return bytes(answer.content)

    return fetch


def note_calls(workspace: Workspace, calls: list[str]) -> None:
    """Write down every call to DynamoDB from now on."""
    from apps_admin.aws.session import client_for

    events = client_for(workspace.connection).meta.events
    events.register("before-call.dynamodb", lambda model, **_event: calls.append(model.name))


def bulk(workspace: Workspace, client: DynamoDBClient, size: int, of: str) -> Figure:
    """Disable apps, audited, against BatchGetItem and conditional updates with as many threads."""
    from apps_admin.domain.actions import Action
    from apps_admin.domain.bulk import BulkChange, BulkKind
    from apps_admin.services.app_jobs import NoReport, confirm_job
    from apps_admin.services.bulk import BulkWork, preview_bulk
    from apps_admin.services.job_work import preview_rows, run_rows
    from tests.benchmarks.stand import app_id

    names = [app_id(number) for number in range(min(size, MOST_WRITES))]
    change = BulkChange(kind=BulkKind.DISABLE)
    ours = bare = 0.0
    for part in parts(names):
        bare += timed(lambda: update_all(client, part))  # noqa: B023
        job = preview_bulk(workspace, change, app_ids=part)
        preview_rows(workspace, job, BulkWork(change), NoReport())
        type(job).objects.filter(pk=job.pk).update(state="succeeded")
        job.refresh_from_db()
        job = confirm_job(workspace, job, Action.APP_BULK)
        ours += timed(lambda: run_rows(workspace, job, BulkWork(change), NoReport()))  # noqa: B023
        assert job.apps.filter(outcome="changed").count() == len(part)
    what = f"disable {len(names):,}, audited, {of}"
    return share(what, ours, bare, len(names), at_least=0.4)


def export(workspace: Workspace, client: DynamoDBClient, size: int, of: str) -> Figure:
    """Every app to a file, against a scan to a file."""
    from apps_admin.services.transfer_export import export_apps

    ours = bare = 0.0
    rounds = ROUNDS if size <= 10_000 else 2
    for _ in range(rounds):
        with tempfile.TemporaryFile("w+") as file:
            bare += timed(lambda: write_all(client, file))
        with tempfile.TemporaryFile("w+") as file:
            ours += timed(
                lambda: file.writelines(export_apps(workspace, "jsonl", with_secrets=True))
            )
    return share(f"export, {of}", ours, bare, size * rounds, at_least=0.7)


def write_all(client: DynamoDBClient, file: Any) -> None:
    """A bare scan to a file."""
    for item in scan_all(client):
        file.write(f"{json.dumps(item, default=str)}\n")


def importing(workspace: Workspace, client: DynamoDBClient, size: int, of: str) -> Figure:
    """Create apps under other ids, audited, against BatchGetItem and conditional puts."""
    from apps_admin.domain.actions import Action
    from apps_admin.services.app_jobs import NoReport, confirm_job, make_rows
    from apps_admin.services.job_work import preview_rows, run_rows
    from apps_admin.services.transfer_import import ImportOptions, ImportWork, preview_import

    numbers = range(min(size, MOST_WRITES))
    ours = bare = 0.0
    for part in parts(numbers):
        bare += timed(lambda: put_all(client, part))  # noqa: B023
        lines = (json.dumps({"soketi_app": new_item("new", number)}) + "\n" for number in part)
        job = preview_import(workspace, ["".join(lines).encode()], "bench", ImportOptions())
        work = ImportWork(job)
        work.prepare(workspace)
        make_rows(job, work, NoReport())
        preview_rows(workspace, job, work, NoReport())
        type(job).objects.filter(pk=job.pk).update(state="succeeded")
        job.refresh_from_db()
        job = confirm_job(workspace, job, Action.APP_IMPORT)
        ours += timed(lambda: run_rows(workspace, job, ImportWork(job), NoReport()))  # noqa: B023
        assert job.apps.filter(outcome="changed").count() == len(part)
    what = f"import of {len(numbers):,} new apps, audited, {of}"
    return share(what, ours, bare, len(numbers), at_least=0.4)


def parts(whole: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rounds in which both sides take turns."""
    each = -(-len(whole) // ROUNDS)
    for start in range(0, len(whole), each):
        yield whole[start : start + each]


def scan_all(client: DynamoDBClient) -> list[Any]:
    """All items by a bare parallel scan."""

    def segment(number: int) -> list[Any]:
        pages = client.get_paginator("scan").paginate(
            TableName="apps", ConsistentRead=True, Segment=number, TotalSegments=SEGMENTS
        )
        return [item for page in pages for item in page["Items"]]

    with ThreadPoolExecutor(SEGMENTS) as pool:
        return [item for part in pool.map(segment, range(SEGMENTS)) for item in part]


def update_all(client: DynamoDBClient, names: Sequence[str]) -> None:
    """Read and change these apps as bulk work does, without anything around it."""

    def update(name: str) -> None:
        client.update_item(
            TableName="apps",
            Key={"AppId": {"S": name}},
            UpdateExpression="SET #e = :new",
            ConditionExpression="attribute_exists(AppId) AND #e = :old",
            ExpressionAttributeNames={"#e": "EnableClientMessages"},
            ExpressionAttributeValues={":new": {"BOOL": True}, ":old": {"BOOL": False}},
        )

    chunked(client, names, update)


def put_all(client: DynamoDBClient, numbers: Sequence[int]) -> None:
    """Create apps as an import does, without anything around it."""

    def put(name: str) -> None:
        client.put_item(
            TableName="apps",
            Item=dict(new_item("bare", int(name.rpartition("-")[2]))),
            ConditionExpression="attribute_not_exists(AppId)",
        )

    chunked(client, [f"bare-{number:07}" for number in numbers], put)


def chunked(client: DynamoDBClient, names: Sequence[str], write: Callable[[str], None]) -> None:
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
