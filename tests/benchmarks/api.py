"""The API: one app read against a bare GetItem over the same round trip, and 200 programs at once."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

from tests.benchmarks.measure import Figure, compared, milliseconds, quantile
from tests.benchmarks.stand import ADMIN, ROOT, TABLE, Stand, app_id, stand

TOPIC = "api"
ROUND_TRIP = 0.005  # seconds added to each DynamoDB call
COUNT = 200
APPS = 1000
PROGRAMS = 200
REQUESTS_EACH = 5
APP = "/api/v1/connections/default/apps/"


def run() -> list[Figure]:
    """Measure reads one by one, then all at once."""
    os.environ["API_REQUESTS_PER_MINUTE"] = "1000000"
    with stand(apps=APPS, delay=ROUND_TRIP) as far:
        token = make_token(far)
        return [single_read(far, token), many_programs(far, token)]


def make_token(far: Stand) -> str:
    """A token of the administrator, made as operators make it."""
    command = [sys.executable, str(ROOT / "manage.py"), "create_api_token"]
    made = subprocess.run(
        [*command, "--user", ADMIN, "--format", "json"],
        env=far.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return str(json.loads(made.stdout)["token"])


def single_read(far: Stand, token: str) -> Figure:
    """One app after the other over one keep-alive connection, and bare GetItem in the same run."""
    ids = itertools.cycle(app_id(number) for number in range(APPS))
    connection = connect(far)
    # The first read of an app teaches the app index; what is measured is every one after it.
    for _ in range(APPS):
        read_app(connection, token, next(ids))
    ours = milliseconds(lambda: read_app(connection, token, next(ids)), count=COUNT)
    bare = milliseconds(
        lambda: far.client.get_item(
            TableName=TABLE, Key={"AppId": {"S": next(ids)}}, ConsistentRead=True
        ),
        count=COUNT,
    )
    return compared("GET one app (1 call)", ours, bare, at_most=1.7)


def many_programs(far: Stand, token: str) -> Figure:
    """Programs that all keep a connection and ask at once, again and again."""
    times: list[float] = []
    errors: list[str] = []
    begin = threading.Barrier(PROGRAMS)

    def work(number: int) -> None:
        connection = connect(far)
        begin.wait()
        for turn in range(REQUESTS_EACH):
            started = time.perf_counter()
            try:
                read_app(connection, token, app_id((number * REQUESTS_EACH + turn) % APPS))
            except (OSError, http.client.HTTPException, AssertionError) as error:
                errors.append(repr(error))
                return
            times.append((time.perf_counter() - started) * 1000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(PROGRAMS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(times) / (time.perf_counter() - started)
    slowest = f"p50 {quantile(times, 0.5):.0f} ms, p99 {quantile(times, 0.99):.0f} ms"
    failed = f"{len(errors)} errors" + (f" ({errors[0][:80]})" if errors else "")
    return Figure(
        what=f"{PROGRAMS} programs at once, {REQUESTS_EACH} reads each, keep-alive",
        ours=f"{failed}, {slowest}, {rate:.0f} reads/s",
        aim="no error",
        is_met=not errors,
    )


def connect(far: Stand) -> http.client.HTTPConnection:
    """A connection to the console that is kept."""
    connection = http.client.HTTPConnection(urlsplit(far.address).netloc, timeout=60)
    connection.connect()
    return connection


def read_app(connection: http.client.HTTPConnection, token: str, wanted: str) -> None:
    """One read that has to succeed."""
    connection.request("GET", f"{APP}{wanted}", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == http.client.OK, content
