"""The pages an operator waits for, against bare boto3 making the same DynamoDB calls over the same round trip."""

from __future__ import annotations

import gzip
import html
import http.client
import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from tests.benchmarks.measure import WARM_UP, Figure, compared, milliseconds, quantile
from tests.benchmarks.stand import TABLE, Browser, Stand, app_id, stand

TOPIC = "pages"
ROUND_TRIP = 0.005  # seconds added to each DynamoDB call
COUNT = 60
APPS = 1000
LIST = "/connections/default/apps/"
INPUT = re.compile(r"<input[^>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')


def run() -> list[Figure]:
    """Measure with a region's round trip, then the console's own milliseconds without one."""
    with stand(apps=APPS, delay=ROUND_TRIP) as far:
        wait_for_index(far.browser)
        figures = [record_page(far), save(far), toggle(far), exact_search(far), list_page(far)]
    with stand(apps=APPS, delay=0) as near:
        wait_for_index(near.browser)
        figures += [own_time(near, what, path) for what, path in PAGES.items()]
        figures += [cold_page(near), resident(near)]
    return figures


PAGES = {
    "list of 50, no round trip": LIST,
    "record page, no round trip": f"{LIST}{app_id(7)}/",
    "edit form, no round trip": f"{LIST}{app_id(7)}/edit/",
}


def record_page(far: Stand) -> Figure:
    """One consistent GetItem, and all that the page says of it."""
    ids = itertools.cycle(app_id(number) for number in range(APPS))
    return in_turns(
        "record page (1 call)",
        lambda: timed(lambda: fetch(far, f"{LIST}{next(ids)}/")),
        lambda: timed(lambda: get_item(far, next(ids))),
    )


def save(far: Stand) -> Figure:
    """Save one limit from the edit form: read, conditional update, and the audit before and after."""
    numbers = itertools.count(100)

    def prepared() -> Callable[[], object]:
        path = f"{LIST}{app_id(3)}/edit/"
        fields = form_fields(far.browser.get(path)[1].decode())
        fields |= {
            "step": "save",
            "max_connections_choice": "number",
            "max_connections_number": str(next(numbers)),
        }
        return lambda: expect(far.browser.post(path, fields), http.client.FOUND, path)

    return in_turns(
        "save one limit, audited (2 calls)",
        lambda: timed(prepared()),
        lambda: timed(lambda: get_and_update(far, app_id(4), next(numbers))),
    )


def toggle(far: Stand) -> Figure:
    """Disable and enable in turn, each from its page, which also shows what the one before did."""
    verbs = itertools.cycle(("disable", "enable"))
    numbers = itertools.count()

    def prepared() -> Callable[[], object]:
        path = f"{LIST}{app_id(5)}/{next(verbs)}/"
        fetch(far, path)
        return lambda: expect(far.browser.post(path, {"step": "confirm"}), http.client.FOUND, path)

    return in_turns(
        "disable or enable, audited (2 calls)",
        lambda: timed(prepared()),
        lambda: timed(lambda: get_and_update(far, app_id(4), next(numbers))),
    )


def exact_search(far: Stand) -> Figure:
    """A whole id typed into the list's search: GetItem and the index Query at once."""
    ids = itertools.cycle(app_id(number) for number in range(APPS))
    return in_turns(
        "exact search (2 calls)",
        lambda: timed(lambda: fetch(far, f"{LIST}?{urlencode({'q': next(ids)})}")),
        lambda: timed(lambda: get_and_query(far, next(ids))),
    )


def list_page(far: Stand) -> Figure:
    """Fifty rows from the index: no DynamoDB call at all."""
    times = milliseconds(lambda: fetch(far, f"{LIST}?state=enabled"), count=COUNT)
    return Figure(what="list of 50 (0 calls)", ours=told(times), bare="none", aim="0 calls")


def in_turns(what: str, ours: Callable[[], float], bare: Callable[[], float]) -> Figure:
    """One call of each in turns, so that what slows the machine slows both. Each says its own time."""
    for _ in range(WARM_UP):
        ours()
        bare()
    pairs = [(ours(), bare()) for _ in range(COUNT)]
    return compared(what, [one for one, _ in pairs], [other for _, other in pairs], at_most=2)


def own_time(near: Stand, what: str, path: str) -> Figure:
    """A page without the round trip: what the console itself takes."""
    return Figure(what=what, ours=told(milliseconds(lambda: fetch(near, path), count=COUNT)))


def cold_page(near: Stand) -> Figure:
    """Everything a browser loads for its first list, compressed, in KB."""
    page = near.browser.get(LIST)[1]
    paths = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page.decode()))
    sizes = [len(gzip.compress(page)), *(wire_size(near, path) for path in paths)]
    total = sum(sizes) / 1024
    return Figure(
        what=f"first page, cold: {len(sizes)} files over the wire",
        ours=f"{total:.0f} KB",
        aim="≤ 250 KB",
        is_met=total <= 250,
    )


def resident(near: Stand) -> Figure:
    """The largest web process after all of the above."""
    memory = max(resident_megabytes(pid) for pid in processes_named("gunicorn", near.process_id))
    return Figure(
        what="web process, resident", ours=f"{memory:.0f} MB", aim="≤ 150 MB", is_met=memory <= 150
    )


def get_item(far: Stand, wanted: str) -> None:
    """What the record page asks DynamoDB."""
    far.client.get_item(TableName=TABLE, Key={"AppId": {"S": wanted}}, ConsistentRead=True)


def get_and_update(far: Stand, wanted: str, number: int) -> None:
    """What a save asks DynamoDB."""
    get_item(far, wanted)
    far.client.update_item(
        TableName=TABLE,
        Key={"AppId": {"S": wanted}},
        UpdateExpression="SET MaxConnections = :n",
        ConditionExpression="attribute_exists(AppId)",
        ExpressionAttributeValues={":n": {"N": str(number)}},
    )


def get_and_query(far: Stand, wanted: str) -> None:
    """What an exact search asks DynamoDB."""
    get_item(far, wanted)
    far.client.query(
        TableName=TABLE,
        IndexName="AppKeyIndex",
        KeyConditionExpression="AppKey = :k",
        ExpressionAttributeValues={":k": {"S": wanted}},
    )


def wait_for_index(browser: Browser) -> None:
    """Ask for the list until it is not being built any more."""
    for _ in range(300):
        if app_id(APPS - 1).encode() in browser.get(f"{LIST}?q={app_id(APPS - 1)}&sort=-id")[1]:
            return
        time.sleep(0.2)
    raise SystemExit("the index was not built within a minute")


def fetch(place: Stand, path: str) -> None:
    """A page that has to be there."""
    expect(place.browser.get(path), http.client.OK, path)


def expect(answer: tuple[int, bytes], status: int, path: str) -> None:
    """End the benchmark when a page does not answer as it should: no time of an error is a figure."""
    if answer[0] != status:
        text = re.sub(r"<[^>]+>|\s+", " ", answer[1].decode("utf-8", "replace"))
        raise SystemExit(f"{path} answered {answer[0]}: {text[:600]}")


def form_fields(page: str) -> dict[str, str]:
    """The fields of the page's edit form, as a browser would send them back."""
    fields: dict[str, str] = {}
    for tag in INPUT.findall(page):
        given = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(tag[6:-1])}
        is_chosen = given.get("type") not in {"radio", "checkbox"} or "checked" in given
        if given.get("name") and is_chosen:
            fields[given["name"]] = given.get("value", "on")
    fields["webhooks"] = ""
    return fields


def timed(call: Callable[[], object]) -> float:
    """One call, in milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def told(times: list[float]) -> str:
    """A median and what 95 of 100 did not exceed."""
    return f"{quantile(times, 0.5):.1f} ms (p95 {quantile(times, 0.95):.1f})"


def wire_size(near: Stand, path: str) -> int:
    """How many bytes one static file takes with brotli."""
    connection = http.client.HTTPConnection(near.address.removeprefix("http://"))
    connection.request("GET", path, headers={"Accept-Encoding": "br, gzip"})
    return len(connection.getresponse().read())


def processes_named(name: str, ancestor: int) -> list[int]:
    """The process ids below `ancestor` whose command line has the name (Linux)."""
    parents, found = {ancestor}, []
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            status = (folder / "stat").read_text()
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        parent = int(status.rpartition(")")[2].split()[1])
        if parent in parents:
            parents.add(int(folder.name))
            if name in command:
                found.append(int(folder.name))
    return found


def resident_megabytes(process_id: int) -> float:
    """The resident memory of a process (Linux)."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
