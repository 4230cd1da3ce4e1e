"""The app index of a million apps, generated: no DynamoDB at all. `python -m tests.benchmarks.index_alone 1000000`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import Page
from tests.benchmarks.measure import Figure, milliseconds, peak_megabytes, quantile

APPS_A_PAGE = 1000
MOST_MEGABYTES = 200


def measure(count: int) -> Iterator[Figure]:
    """Fill the index as a rebuild does from its pages, then ask it."""
    from apps_admin.services.connections import get_connection
    from apps_admin.services.index_scan import now_us, store_pages

    connection = get_connection("default")
    began, cpu = time.perf_counter(), time.process_time()
    store_pages(connection, pages(count), began_at=now_us())
    taken, cpu = time.perf_counter() - began, time.process_time() - cpu
    megabytes = peak_megabytes()
    yield Figure(
        what=f"index rebuild without its scan, {count:,} apps",
        ours=f"{count / taken:,.0f}/s, {cpu * 1e6 / count:.0f} µs of processor time each",
    )
    yield Figure(
        what=f"index rebuild, memory at most, {count:,} apps",
        ours=f"{megabytes:.0f} MB",
        aim=f"≤ {MOST_MEGABYTES} MB",
        is_met=megabytes <= MOST_MEGABYTES,
    )
    yield from searches(count)


def pages(count: int) -> Iterator[Page]:
    """The apps as scan pages: half of them with webhooks, a tenth with a fault."""
    from tests.benchmarks.doctor import item

    for start in range(0, count, APPS_A_PAGE):
        numbers = range(start, min(start + APPS_A_PAGE, count))
        yield Page(
            items=tuple(RawItem(attributes=item(number)) for number in numbers),
            cursor=None,
            read_units=0.0,
            observed_at=datetime.now(UTC),
        )


def searches(count: int) -> Iterator[Figure]:
    """What the lists ask of the index."""
    from apps_admin.services.connections import get_connection
    from apps_admin.services.search import AppQuery, find_apps, list_apps, page_after

    connection = get_connection("default")
    middle = find_apps(connection, AppQuery()).order_by("app_id")[count // 2]
    asked = {
        "list": AppQuery(),
        "search that finds one": AppQuery(text=f"{count - 7:07}"),
        "search that finds nearly all": AppQuery(text="app-0"),
        "search that finds half": AppQuery(text="example.com"),
        "search that finds none, two letters": AppQuery(text="zz"),
        "filter by findings": AppQuery(finding="any"),
        "sort by findings": AppQuery(sort="-findings"),
        "sort by a limit without an index": AppQuery(sort="-max_event_batch_size"),
        "page from the middle": AppQuery(cursor=page_after(AppQuery(), middle)),
    }
    for what, query in asked.items():
        once = milliseconds(lambda: list_apps(connection, query), count=10)  # noqa: B023
        yield Figure(
            what=f"{what}, the index alone, {count:,} apps",
            ours=f"p95 {quantile(once, 0.95):.1f} ms",
        )


def main(count: int) -> None:
    """Measure and print the figures as JSON."""
    import django

    django.setup()
    sys.stdout.write(json.dumps([asdict(figure) for figure in measure(count)]) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
