"""Runs the steps: each as soon as those it needs have passed, independent ones together, all within 30 seconds."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.report import Outcome, Report, Status, StepResult
from apps_admin.diagnostics.steps import access, network, options, record, settings, table
from apps_admin.diagnostics.verdicts import judge
from apps_admin.domain.connection import Connection

logger = logging.getLogger(__name__)

TIME_LIMIT = 30.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what it is called, which steps must have passed, and the function that does it."""

    name: str
    title: str
    run: Callable[[Facts], Outcome]
    needs: tuple[str, ...] = ()


STEPS: tuple[Step, ...] = (
    Step(name="settings", title="Settings", run=settings.check_settings),
    Step(
        name="credentials",
        title="Credentials",
        run=settings.check_credentials,
        needs=("settings",),
    ),
    Step(name="dns", title="Host name (DNS)", run=network.check_dns, needs=("settings",)),
    Step(name="tcp", title="Port (TCP)", run=network.check_port, needs=("dns",)),
    Step(name="tls", title="Certificate (TLS)", run=network.check_tls, needs=("tcp",)),
    Step(name="clock", title="Clock", run=network.check_clock, needs=("tls",)),
    Step(
        name="identity",
        title="Identity (STS)",
        run=table.check_identity,
        needs=("credentials", "clock"),
    ),
    Step(
        name="table",
        title="Table",
        run=table.check_table,
        needs=("credentials", "clock", "identity"),
    ),
    Step(name="key_schema", title="Key schema", run=table.check_key_schema, needs=("table",)),
    Step(name="index", title="AppKeyIndex", run=table.check_index, needs=("key_schema",)),
    Step(name="get_item", title="GetItem", run=access.check_get_item, needs=("key_schema",)),
    Step(
        name="batch_get_item",
        title="BatchGetItem",
        run=access.check_batch_get_item,
        needs=("key_schema",),
    ),
    Step(name="query", title="Query on AppKeyIndex", run=access.check_query, needs=("index",)),
    Step(name="scan", title="Scan", run=access.check_scan, needs=("key_schema",)),
    Step(name="put_item", title="PutItem", run=access.check_put_item, needs=("key_schema",)),
    Step(
        name="update_item", title="UpdateItem", run=access.check_update_item, needs=("key_schema",)
    ),
    Step(
        name="delete_item", title="DeleteItem", run=access.check_delete_item, needs=("key_schema",)
    ),
    Step(name="billing", title="Billing", run=options.check_billing, needs=("table",)),
    Step(
        name="recovery",
        title="Point-in-time recovery",
        run=options.check_recovery,
        needs=("table",),
    ),
    Step(name="expiry", title="Time to live", run=options.check_expiry, needs=("table",)),
    Step(
        name="protection",
        title="Deletion protection",
        run=options.check_protection,
        needs=("table",),
    ),
    Step(name="encryption", title="Encryption", run=options.check_encryption, needs=("table",)),
    Step(name="stream", title="Stream", run=options.check_stream, needs=("table",)),
    Step(name="replicas", title="Regions", run=options.check_replicas, needs=("table",)),
    Step(
        name="record", title="A record as soketi sees it", run=record.check_record, needs=("scan",)
    ),
    Step(name="latency", title="Latency", run=record.check_latency, needs=("get_item",)),
)


def run_test(
    connection: Connection,
    *,
    on_result: Callable[[StepResult], None] = lambda _: None,
    time_limit: float = TIME_LIMIT,
) -> Report:
    """Test a connection. `on_result` hears of each step as it ends. Never raises, never writes."""
    began = time.monotonic()
    facts = Facts(connection=connection)
    results: dict[str, StepResult] = {}
    for result in _results(facts, deadline=began + time_limit):
        results[result.step] = result
        on_result(result)
    if facts.probe is not None:
        facts.probe.close()
    steps = tuple(results[step.name] for step in STEPS)
    return Report(
        connection=connection.slug,
        steps=steps,
        verdicts=judge(steps, read_only=connection.read_only),
        milliseconds=int((time.monotonic() - began) * 1000),
    )


def _results(facts: Facts, *, deadline: float) -> Iterator[StepResult]:
    """The results in the order in which the steps end."""
    ended: queue.SimpleQueue[StepResult] = queue.SimpleQueue()
    done: dict[str, StepResult] = {}
    begun: set[str] = set()
    while len(done) < len(STEPS):
        for step in STEPS:
            if step.name in begun or not done.keys() >= set(step.needs):
                continue
            begun.add(step.name)
            _begin(step, facts, done, ended)
        try:
            result = ended.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            yield from _out_of_time(done)
            return
        done[result.step] = result
        yield result


def _begin(
    step: Step,
    facts: Facts,
    done: Mapping[str, StepResult],
    ended: queue.SimpleQueue[StepResult],
) -> None:
    blocker = next((done[name] for name in step.needs if done[name].outcome.blocks), None)
    if blocker is not None:
        skipped = Outcome(
            status=Status.SKIPPED, message=f"Not tried: {blocker.title} comes first.", blocks=True
        )
        ended.put(StepResult(step=step.name, title=step.title, outcome=skipped))
        return
    # A daemon: a look-up that hangs must not keep the process alive.
    threading.Thread(
        target=lambda: ended.put(_run(step, facts)), name=f"test-{step.name}", daemon=True
    ).start()


def _run(step: Step, facts: Facts) -> StepResult:
    began = time.perf_counter()
    try:
        outcome = step.run(facts)
    except Exception:
        logger.exception("step %s of the connection test failed", step.name)
        outcome = Outcome(
            status=Status.UNREACHABLE,
            message="This step failed in a way the console does not know.",
            hint="The console's log has the details.",
            blocks=True,
        )
    return StepResult(
        step=step.name,
        title=step.title,
        outcome=outcome,
        milliseconds=round((time.perf_counter() - began) * 1000),
    )


def _out_of_time(done: Mapping[str, StepResult]) -> Iterator[StepResult]:
    for step in STEPS:
        if step.name not in done:
            late = Outcome(
                status=Status.UNREACHABLE,
                message="Not finished when the time of the whole test was over.",
                hint="Test again; the steps before this one took too long.",
                blocks=True,
            )
            yield StepResult(step=step.name, title=step.title, outcome=late)
