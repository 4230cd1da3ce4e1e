"""A record as soketi will see it, and how fast reads are."""

from __future__ import annotations

import time
from statistics import quantiles

from apps_admin.aws.probe import ProbeError
from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.outcomes import outcome_of
from apps_admin.diagnostics.report import Outcome, Status
from apps_admin.domain.soketi_view import soketi_view

READS = 20
READS_WITHIN = 5.0


def check_record(facts: Facts) -> Outcome:
    """One record of the table, judged as soketi judges it."""
    if not facts.was_scanned:
        return Outcome(
            status=Status.SKIPPED, message="The records cannot be listed with these credentials."
        )
    if facts.sample is None:
        return Outcome(message="The table has no records yet")
    view = soketi_view(facts.sample)
    name = facts.sample.app_id[:100]
    if not view.found:
        return Outcome(
            status=Status.DIFFERENT,
            message=f"soketi will not find the app {name!r}: {view.reason}",
            hint="Open the app: its findings say how to mend it.",
        )
    state = "accepts connections" if view.accepts_connections else "refuses connections (4003)"
    return Outcome(message=f"soketi finds the app {name!r}, which {state}")


def check_latency(facts: Facts) -> Outcome:
    """The times of 20 reads, one after the other."""
    times: list[float] = []
    began = time.monotonic()
    while len(times) < READS and time.monotonic() - began < READS_WITHIN:
        before = time.perf_counter()
        try:
            facts.aws.get_item()
        except ProbeError as failed:
            return outcome_of(failed, blocks=False)
        times.append((time.perf_counter() - before) * 1000)
    if len(times) < 2:
        return Outcome(message=f"One read took {times[0]:.0f} ms")
    middle, late = quantiles(times, n=20, method="inclusive")[9::9]
    return Outcome(message=f"{len(times)} reads: p50 {middle:.1f} ms, p95 {late:.1f} ms")
