"""What the credentials may do with the records. Writing is proven without writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from apps_admin.aws.probe import Probe, ProbeError
from apps_admin.diagnostics.facts import Facts
from apps_admin.diagnostics.outcomes import outcome_of
from apps_admin.diagnostics.report import Outcome, Status


def check_get_item(facts: Facts) -> Outcome:
    """What soketi's HTTP API does on every request."""
    return _tried(facts.aws.get_item, "soketi finds apps by id")


def check_batch_get_item(facts: Facts) -> Outcome:
    """Many records at once; the console reads them one by one without it."""
    outcome = _tried(facts.aws.batch_get_item, "Many records can be read at once")
    if outcome.status is not Status.DENIED or not outcome.action:
        return outcome
    return replace(
        outcome,
        hint=f"Without {outcome.action} the console works, and reads many apps one by one. soketi never needs it.",
    )


def check_query(facts: Facts) -> Outcome:
    """What soketi does on every WebSocket and webhook."""
    return _tried(facts.aws.query, "soketi finds apps by key")


def check_scan(facts: Facts) -> Outcome:
    """What the console's list is filled from."""

    def scan() -> None:
        facts.sample = facts.aws.scan()
        facts.was_scanned = True

    return _tried(scan, "The records can be listed")


def check_put_item(facts: Facts) -> Outcome:
    """Creating records."""
    return _proven(facts, Probe.prove_put, "Creating is allowed")


def check_update_item(facts: Facts) -> Outcome:
    """Changing records."""
    return _proven(facts, Probe.prove_update, "Changing is allowed")


def check_delete_item(facts: Facts) -> Outcome:
    """Deleting records."""
    return _proven(facts, Probe.prove_delete, "Deleting is allowed")


def _tried(call: Callable[[], None], message: str) -> Outcome:
    try:
        call()
    except ProbeError as failed:
        return outcome_of(failed)
    return Outcome(message=message)


def _proven(facts: Facts, prove: Callable[[Probe], None], message: str) -> Outcome:
    outcome = _tried(lambda: prove(facts.aws), f"{message} (proven without writing)")
    if outcome.status is Status.OK and facts.connection.read_only:
        return Outcome(
            status=Status.SKIPPED,
            message=f"{message} by AWS, but this connection is read-only: the console writes nothing.",
            hint="An administrator can make the connection writable in its settings.",
        )
    return outcome
