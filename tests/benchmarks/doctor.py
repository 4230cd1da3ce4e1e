"""The doctor over 100,000 apps in one pass, against a bare parallel scan of the same table on the same engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.parsers import JSONParser

from apps_admin.aws.codec import render_item
from apps_admin.aws.embedded_engine import engine_in_memory
from apps_admin.aws.engine_package import fetch_engine
from apps_admin.aws.item_parser import ItemParser
from apps_admin.domain.app import App
from apps_admin.domain.findings import find_findings
from apps_admin.domain.item import RawItem
from apps_admin.services.examined_apps import ExaminedApps
from tests.benchmarks.measure import Figure
from tests.benchmarks.stand import REGION, ROOT, TABLE, bare_client, make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPS = int(os.environ.get("DOCTOR_BENCH_APPS", "100000"))
SEGMENTS = 4
ROUNDS = 3
SAMPLE = 4000
LEAST_SHARE = 0.25
MOST_MEGABYTES = 200


def item(number: int) -> dict[str, Any]:
    """What tables look like: every second app has webhooks, every tenth a fault, every thousandth shares its key."""
    one: dict[str, Any] = {
        "AppId": {"S": f"app-{number:07}"},
        "AppKey": {"S": "shared" if number % 1000 == 0 else f"key-{number:07}"},
        "AppSecret": {"S": f"b0c1d2e3f4a5968778695a4b{number:08x}"},
        "Enabled": {"B": b"true"} if number % 10 == 0 else {"BOOL": True},
        "EnableClientMessages": {"BOOL": number % 3 == 0},
        "MaxConnections": {"N": "500"},
        "MaxClientEventsPerSecond": {"N": "20"},
        "Name": {"S": f"Customer {number}"},
    }
    if number % 2:
        webhooks = [
            {
                "url": f"https://customer-{number}.example.com/soketi",
                "event_types": ["channel_occupied", "channel_vacated"],
                "headers": {"X-Team": f"team-{number % 50}"},
            }
        ]
        one["Webhooks"] = {"S": json.dumps(webhooks)}
    return one


def load(client: DynamoDBClient) -> None:
    """Put the apps, 25 at a time."""
    for start in range(0, APPS, 25):
        puts = [{"PutRequest": {"Item": item(n)}} for n in range(start, min(start + 25, APPS))]
        client.batch_write_item(RequestItems={TABLE: puts})  # type: ignore[dict-item]


def bare_scan(client: DynamoDBClient) -> float:
    """Seconds for a parallel scan as a careful script does it: one thread a segment, pages thrown away."""
    seen = [0] * SEGMENTS

    def read(segment: int) -> None:
        request: dict[str, Any] = {
            "TableName": TABLE,
            "Segment": segment,
            "TotalSegments": SEGMENTS,
            "ConsistentRead": True,
        }
        while True:
            answer = client.scan(**request)
            seen[segment] += len(answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    threads = [threading.Thread(target=read, args=(segment,)) for segment in range(SEGMENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if sum(seen) != APPS:
        raise SystemExit(f"the bare scan saw {sum(seen)} of {APPS} apps")
    return time.perf_counter() - started


PROGRAM = """
import json, django
django.setup()
from apps_admin.services.accounts import command_actor
from apps_admin.services.doctor import examine_table
from apps_admin.services.workspace import open_workspace
workspace = open_workspace("default", command_actor())
from apps_admin.aws.app_repository import open_app_repository
open_app_repository(workspace.connection)
with examine_table(workspace) as examination:
    lines = sum(1 for _ in examination.found.lines())
    seconds = examination.seconds
    apps = examination.apps
from tests.benchmarks.measure import peak_megabytes
peak = peak_megabytes()
print(json.dumps({"seconds": seconds, "apps": apps, "lines": lines, "megabytes": peak}))
"""


def examine(endpoint: str) -> dict[str, Any]:
    """The doctor in a process of its own, so that its memory is its own: seconds, apps, findings, MB at most."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DYNAMODB_TABLE": TABLE,
        "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT": endpoint,
        "SOKETI_APP_MANAGER_DYNAMODB_REGION": REGION,
        "SOKETI_APP_MANAGER_DYNAMODB_TABLE": TABLE,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
        "EMBEDDED_ENGINE": "false",
        "INDEX_SEGMENTS": str(SEGMENTS),
    }
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SystemExit(answer.stderr[-2000:])
    told: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    if told["apps"] != APPS:
        raise SystemExit(f"the doctor saw {told['apps']} of {APPS} apps")
    return told


def microseconds(started: float, count: int) -> str:
    """CPU time since `started`, for each of `count` items."""
    return f"{(time.process_time() - started) / count * 1e6:.0f} µs an app"


def reading() -> Figure:
    """What it takes to read DynamoDB's answers, by our parser and by botocore's own."""
    items = [RawItem(attributes=item(number)) for number in range(SAMPLE)]
    page = {"Items": [json.loads(render_item(each)) for each in items]}
    response = {"status_code": 200, "headers": {}, "body": json.dumps(page).encode()}
    model = botocore.session.Session().get_service_model("dynamodb")
    shape: Any = model.operation_model("Scan").output_shape
    taken = []
    for parser in (ItemParser(), JSONParser()):
        parser.parse(response, shape)
        started = time.process_time()
        parser.parse(response, shape)
        taken.append(microseconds(started, SAMPLE))
    return Figure(what="Stage: read DynamoDB's answer", ours=taken[0], bare=taken[1])


def stages() -> Iterator[Figure]:
    """What each stage takes of the processor, for one app, on a sample in memory."""
    yield reading()
    items = [RawItem(attributes=item(number)) for number in range(SAMPLE)]
    started = time.process_time()
    for each in items:
        _ = App(each).view
    yield Figure(what="Stage: what soketi sees of a record", ours=microseconds(started, SAMPLE))
    started = time.process_time()
    examined = [
        (each.app_id, each.attributes["AppKey"]["S"], find_findings(each)) for each in items
    ]
    yield Figure(what="Stage: all rules (with the line above)", ours=microseconds(started, SAMPLE))
    found = ExaminedApps()
    started = time.process_time()
    found.add(examined)
    yield Figure(
        what="Stage: keep id, key and findings on disk", ours=microseconds(started, SAMPLE)
    )
    started = time.process_time()
    found.find_shared()
    yield Figure(what="Stage: duplicates across ids and keys", ours=microseconds(started, SAMPLE))
    started = time.process_time()
    sum(1 for _ in found.lines())
    yield Figure(what="Stage: tell the findings", ours=microseconds(started, SAMPLE))
    found.close()


def run() -> list[Figure]:
    """All figures of the topic, bare scan and doctor in turns."""
    with engine_in_memory(fetch_engine(Path(ROOT) / "var" / "engine")) as engine:
        client = bare_client(engine.endpoint)
        make_table(client)
        load(client)
        bare, ours = [], []
        for _ in range(ROUNDS):
            bare.append(bare_scan(client))
            ours.append(examine(engine.endpoint))
    best = min(ours, key=lambda told: told["seconds"])
    theirs, mine = min(bare), best["seconds"]
    peak = max(told["megabytes"] for told in ours)
    share = theirs / mine
    one, five, fifteen = os.getloadavg()
    return [
        Figure(
            what=f"{APPS:,} apps in one pass, {best['lines']:,} findings (best of {ROUNDS})",
            ours=f"{mine:.1f} s, {APPS / mine:,.0f} apps/s",
            bare=f"{theirs:.1f} s, {APPS / theirs:,.0f} apps/s",
            ratio=f"{share:.2f} of its speed",
            aim=f"≥ {LEAST_SHARE:g}",
            is_met=share >= LEAST_SHARE,
        ),
        Figure(
            what="Memory at most, whole process",
            ours=f"{peak:.0f} MB",
            aim=f"≤ {MOST_MEGABYTES} MB",
            is_met=peak <= MOST_MEGABYTES,
        ),
        *stages(),
        Figure(
            what="Load of the machine (1, 5, 15 min)", ours=f"{one:.1f}, {five:.1f}, {fifteen:.1f}"
        ),
    ]
