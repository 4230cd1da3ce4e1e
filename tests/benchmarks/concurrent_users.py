"""Sixteen people at once for a minute: no error, and a web process that stays small."""

from __future__ import annotations

import http.client
import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from tests.benchmarks.measure import Figure, quantile
from tests.benchmarks.pages import processes_named, resident_megabytes
from tests.benchmarks.stand import Browser, Stand, app_id, stand

USERS = 16
MOST_MEGABYTES = 200
LIST = "/connections/default/apps/"


def press() -> Iterator[Figure]:
    """Lists, searches, filters and records in turn, by each as fast as the answers come."""
    seconds = float(os.environ.get("BENCH_SECONDS", "60"))
    count = int(os.environ.get("BENCH_USERS_APPS", "1000"))
    with stand(apps=count, delay=0) as place:
        times, errors = used(place, seconds, count)
        memory = max(
            resident_megabytes(pid) for pid in processes_named("gunicorn", place.process_id)
        )
    late = quantile(times, 0.95)
    yield Figure(
        what=f"{USERS} users at once for {seconds:.0f} s, {count:,} apps",
        ours=f"{len(times) / seconds:.0f} pages/s, p95 {late:.0f} ms, {errors} errors",
        aim="0 errors",
        is_met=not errors,
    )
    yield Figure(
        what=f"web process, resident, after {USERS} users",
        ours=f"{memory:.0f} MB",
        aim=f"≤ {MOST_MEGABYTES} MB",
        is_met=memory <= MOST_MEGABYTES,
    )


def used(place: Stand, seconds: float, count: int) -> tuple[list[float], int]:
    """Every answer's milliseconds, and how many were no answer as it should be."""
    addresses = [
        LIST,
        f"{LIST}?{urlencode({'q': 'app-00'})}",
        f"{LIST}?state=enabled",
        f"{LIST}?sort=-findings",
        *(f"{LIST}{app_id(number)}/" for number in range(0, count, max(1, count // 8))),
        "/connections/default/overview/",
    ]
    times: list[float] = []
    errors: list[str] = []
    until = time.monotonic() + seconds

    def user(number: int) -> None:
        browser = Browser(place.address, cookies=dict(place.browser.cookies))
        for address in itertools.islice(itertools.cycle(addresses), number, None):
            if time.monotonic() > until:
                return
            began = time.perf_counter()
            try:
                status, _ = browser.get(address)
            except (OSError, http.client.HTTPException):
                status = 0
                browser = Browser(place.address, cookies=dict(place.browser.cookies))
            times.append((time.perf_counter() - began) * 1000)
            if status != http.client.OK:
                errors.append(f"{address} answered {status}")

    threads = [threading.Thread(target=user, args=(number,)) for number in range(USERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        sys.stderr.write("".join(f"{line}\n" for line in sorted(set(errors))[:10]))
    return times, len(errors)
