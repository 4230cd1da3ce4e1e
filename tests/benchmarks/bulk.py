"""Many apps: the app index, bulk work, import and export against bare boto3; a table browser; sixteen users at once.

Each stage runs in processes of its own, on an engine and a database file of its own. `BENCH_STAGES` picks some of
`sizes second million browser users`; `BENCH_APPS`, `BENCH_WRITES`, `BENCH_SECOND_APPS`, `BENCH_ROWS`,
`BENCH_BROWSER_APPS` and `BENCH_SECONDS` their sizes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from apps_admin.aws.embedded_engine import engine_in_memory
from apps_admin.aws.engine_package import fetch_engine
from tests.benchmarks import browser_comparison, concurrent_users
from tests.benchmarks.measure import Figure
from tests.benchmarks.stand import ROOT, bare_client, console_environment, load_apps, make_table

SIZES = "1000 10000 100000"


def run() -> list[Figure]:
    """The stages that are wanted, one after the other. Each line is told at once: a later stage may fail."""
    wanted = os.environ.get("BENCH_STAGES", " ".join(STAGES)).split()
    figures = []
    for figure in (figure for name in wanted for figure in STAGES[name]()):
        sys.stderr.write(f"{figure.line}\n")
        figures.append(figure)
    return figures


def sizes() -> Iterator[Figure]:
    """Every size on the embedded engine."""
    for size in os.environ.get("BENCH_APPS", SIZES).split():
        with engine_in_memory(fetch_engine(ROOT / "var" / "engine")) as engine:
            yield from measured(engine.endpoint, int(size))


def second() -> Iterator[Figure]:
    """A smaller size on another engine: dynalite, where Node is at hand."""
    from tests.aws.second_engine import second_engine, why_not_here

    size = int(os.environ.get("BENCH_SECOND_APPS", "1000"))
    if reason := why_not_here():
        yield Figure(what=f"the same on dynalite, {size:,} apps", ours=reason)
        return
    with second_engine() as endpoint:
        yield from measured(endpoint, size, on=" on dynalite")


def measured(endpoint: str, size: int, *, on: str = "") -> Iterable[Figure]:
    """One size on the engine at this address."""
    client = bare_client(endpoint)
    make_table(client)
    client.get_waiter("table_exists").wait(TableName="apps")
    load_apps(client, size)
    return in_a_process("many_apps", size, endpoint, {"BENCH_ON": on})


def million() -> Iterable[Figure]:
    """The index alone, of generated apps."""
    rows = int(os.environ.get("BENCH_ROWS", "1000000"))
    return in_a_process("index_alone", rows, "http://127.0.0.1:9", {})


def in_a_process(
    module: str, size: int, endpoint: str, also: Mapping[str, str]
) -> Iterable[Figure]:
    """The figures that a module prints, with a fresh database and this engine."""
    with tempfile.TemporaryDirectory() as folder:
        environment = console_environment(endpoint, Path(folder)) | {
            "LOG_LEVEL": "ERROR",
            "ALLOWED_HOSTS": "127.0.0.1",
            **also,
        }
        answer = ""
        for command in (
            ["manage.py", "migrate", "-v0"],
            ["manage.py", "collectstatic", "--noinput", "-v0"],
            ["-m", f"tests.benchmarks.{module}", str(size)],
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


STAGES: Mapping[str, Callable[[], Iterable[Figure]]] = {
    "sizes": sizes,
    "second": second,
    "million": million,
    "browser": browser_comparison.compare,
    "users": concurrent_users.press,
}
