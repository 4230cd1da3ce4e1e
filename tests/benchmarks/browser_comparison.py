"""The same searches in `dynamodb-admin` (npm), on the same engine and table, in the same run."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode

from apps_admin.aws.embedded_engine import engine_in_memory
from apps_admin.aws.engine_package import fetch_engine
from tests.benchmarks.measure import Figure, milliseconds
from tests.benchmarks.stand import (
    ROOT,
    TABLE,
    Browser,
    app_id,
    bare_client,
    console_environment,
    load_apps,
    make_table,
    running_console,
    signed_in,
)

HERE = Path(__file__).parent / "table_browser_package"
LEAST_TIMES = 50
LONGEST = 600


def compare() -> Iterator[Figure]:
    """What each search takes in both, as whole answers over HTTP."""
    count = int(os.environ.get("BENCH_BROWSER_APPS", "100000"))
    if not (shutil.which("node") and shutil.which("npm")):
        yield Figure(what="dynamodb-admin", ours="left out: it needs Node and npm")
        return
    with ExitStack() as stack:
        engine = stack.enter_context(engine_in_memory(fetch_engine(ROOT / "var" / "engine")))
        client = bare_client(engine.endpoint)
        make_table(client)
        load_apps(client, count)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        environment = console_environment(engine.endpoint, folder)
        stack.enter_context(running_console(environment))
        console = signed_in(
            f"http://127.0.0.1:{environment['PORT']}", environment["ADMIN_PASSWORD"]
        )
        port = stack.enter_context(table_browser(engine.endpoint))
        wait_for_index(console, count)
        last = app_id(count - 7)
        for what, ours, operator, value in (
            ("search that finds one", last[4:], "=", last),
            ("search that finds none", "nobody-has-this", "begins_with", "nobody-has-this"),
            ("search that finds nearly all", "app-0", "begins_with", "app-0"),
        ):
            yield compared(what, count, console, ours, port, operator, value)


def compared(
    what: str, count: int, console: Browser, text: str, port: int, operator: str, value: str
) -> Figure:
    """One search. dynamodb-admin knows no substring, so it gets the nearest filter it has."""
    path = f"/connections/default/apps/?{urlencode({'q': text})}"
    mine = statistics.median(milliseconds(lambda: fetched(console, path), count=20))
    began = time.perf_counter()
    asked = json.dumps({"AppId": {"type": "S", "operator": operator, "value": value}})
    found = fetch_json(port, f"/tables/{TABLE}/items?operationType=scan&filters={quote(asked)}")
    theirs = (time.perf_counter() - began) * 1000
    ratio = theirs / mine
    is_walk = len(found["Items"]) <= 1
    return Figure(
        what=f"{what}, beside dynamodb-admin 5 (`{operator}`), {count:,} apps",
        ours=f"{mine:.1f} ms",
        bare=f"{theirs:,.0f} ms",
        ratio=f"{ratio:,.1f}x quicker",
        aim=f"≥ {LEAST_TIMES}x" if is_walk else "",
        is_met=ratio >= LEAST_TIMES if is_walk else None,
    )


def wait_for_index(console: Browser, count: int) -> None:
    """Until the console's first scan is complete."""
    deadline = time.monotonic() + LONGEST
    path = f"/connections/default/apps/?{urlencode({'sort': '-id'})}"
    while time.monotonic() < deadline:
        page = console.get(path)[1]
        if app_id(count - 1).encode() in page and b"as of" in page:
            return
        time.sleep(1)
    raise SystemExit("the index was not built in time")


def fetched(console: Browser, path: str) -> None:
    """A page that has to be there."""
    status, _ = console.get(path)
    if status != http.client.OK:
        raise SystemExit(f"{path} answered {status}")


def fetch_json(port: int, path: str) -> dict[str, list[object]]:
    """What the table browser answers its own page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != http.client.OK:
        raise SystemExit(f"dynamodb-admin answered {answer.status}: {content[:300]!r}")
    found: dict[str, list[object]] = json.loads(content)
    return found


@contextmanager
def table_browser(endpoint: str) -> Iterator[int]:
    """dynamodb-admin on a free port."""
    install()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["node", "node_modules/dynamodb-admin/dist/dynamodb-admin.js"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dynamo-endpoint", endpoint]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def install() -> None:
    """Install dynamodb-admin once per lock file."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed-for"
    with (HERE / "node_modules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        command = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True)
        stamp.write_text(wanted)
