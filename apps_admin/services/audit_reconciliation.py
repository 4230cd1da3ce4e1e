"""After a crash: completing operations whose outcome was never recorded, by asking the table what is true.

Only operations older than the longest possible one are touched. What was about to be written is known from its plan,
as fingerprints of the attributes before and after.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.aws.session import CONNECT_TIMEOUT, MAX_ATTEMPTS, READ_TIMEOUT
from apps_admin.domain.actions import FILE_ACTIONS, LONG_ACTIONS, TABLE_WRITES, Action
from apps_admin.domain.actor import Actor, ActorKind
from apps_admin.domain.audit import Entry, Outcome, time_text
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import AppNotFoundError, ConnectionNotFoundError, ConsoleError
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import AppReader
from apps_admin.models import AuditEntry, Job, KeyClaim, OpenOperation, OperationPlan
from apps_admin.services.audit import (
    Doing,
    Ending,
    Origin,
    append_entry,
    records_answering,
    same_text,
)
from apps_admin.services.claims import release_settled_claims
from apps_admin.services.connections import all_connections, get_connection
from apps_admin.services.operation import attribute_fingerprint, forget_plan, plan_seal

logger = logging.getLogger(__name__)

CALLS_OF_LONGEST_OPERATION = 6  # a create and the read after a lost answer
# Each call: every attempt until its timeouts, and botocore's pauses between attempts.
LONGEST_OPERATION = timedelta(
    seconds=CALLS_OF_LONGEST_OPERATION * (MAX_ATTEMPTS * (CONNECT_TIMEOUT + READ_TIMEOUT) + 3)
)
MARGIN = timedelta(seconds=60)
LONGEST_JOB = timedelta(days=7)  # a job records its outcome itself, and may be resumed until then
LONGEST_FILE = timedelta(days=1)  # a file written while its reader waits
GIVEN_UP_AFTER = timedelta(days=7)  # for a table that does not answer

OpenReader = Callable[[Connection], AppReader]


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """One operation that was completed."""

    operation_id: str
    action: str
    connection: str
    target: str
    outcome: Outcome


def reconcile_operations(
    *, now: datetime | None = None, open_store: OpenReader = open_app_repository
) -> list[Reconciled]:
    """Complete what crashed, as succeeded, failed or unknown. Safe to run at any time, and by several at once.

    An operation whose table does not answer stays open until it does, for a week.
    """
    moment = now or timezone.now()
    done = []
    for start in _left_open(moment):
        try:
            ending = _what_happened(start, moment, lambda slug: open_store(get_connection(slug)))
        except ConsoleError as error:
            logger.warning("operation %s is not reconciled yet: %s", start.operation_id, error)
            continue
        if ending is not None and _complete(start, ending):
            done.append(
                Reconciled(
                    operation_id=start.operation_id,
                    action=start.action,
                    connection=start.connection,
                    target=start.target,
                    outcome=ending.outcome,
                )
            )
    return done


def settle_operation(operation_id: str, apps: AppReader) -> Outcome | None:
    """The outcome of an operation whose worker died over it: the recorded one, or what the table tells, recorded now.

    None when it never started. Raises ConsoleError while the table cannot be asked.
    """
    with records_answering():
        rows = list(AuditEntry.objects.filter(operation_id=operation_id).order_by("sequence"))
    if not rows:
        return None
    last = rows[-1].to_entry()
    if last.outcome is not Outcome.STARTED:
        return last.outcome
    ending = _what_happened(last, timezone.now(), lambda _slug: apps)
    if ending is None:
        raise AssertionError("a started operation has an ending")
    if not _complete(last, ending):
        return settle_operation(operation_id, apps)
    return ending.outcome


def release_all_settled_claims(open_store: OpenReader = open_app_repository) -> int:
    """Give back the ids and keys whose apps the index shows by now, in every connection that answers."""
    released = 0
    with records_answering():
        places = set(KeyClaim.objects.values_list("place", flat=True).distinct())
    for connection in all_connections() if places else ():
        if connection.place not in places:
            continue
        try:
            released += release_settled_claims(connection, open_store(connection))
        except ConsoleError as error:
            logger.warning("claims in %s are not released yet: %s", connection.slug, error)
    return released


def _left_open(now: datetime) -> Iterator[Entry]:
    oldest = now - LONGEST_OPERATION - MARGIN
    rows = AuditEntry.objects.filter(
        sequence__in=OpenOperation.objects.values("sequence"), recorded_at__lt=time_text(oldest)
    ).order_by("sequence")
    with records_answering():
        for row in rows:
            entry = row.to_entry()
            if not _may_go_on(entry, now):
                yield entry


def _may_go_on(start: Entry, now: datetime) -> bool:
    """Whether something long may still end by itself: its worker lives, its reader reads, somebody may resume it."""
    if start.action not in LONG_ACTIONS:
        return False
    job = Job.objects.filter(operation_id=start.operation_id).first()
    if job is None:
        longest = LONGEST_FILE if start.action in FILE_ACTIONS else LONGEST_JOB
        return start.recorded_at > now - longest
    # Nobody resumes the writing of a file; whoever wants it asks for another one.
    return job.is_active or (
        start.action not in FILE_ACTIONS and start.recorded_at > now - LONGEST_JOB
    )


def _what_happened(
    start: Entry, now: datetime, apps_of: Callable[[str], AppReader]
) -> Ending | None:
    """The ending that the table tells. Raises ConsoleError while it cannot be asked."""
    plan = OperationPlan.objects.filter(operation_id=start.operation_id).first()
    if plan is None:
        if start.action in FILE_ACTIONS and (told := _how_job_ended(start.operation_id)):
            return _ending(Outcome.FAILED, note=told)
        # Every write of an app is planned first; other actions may have done anything.
        never_wrote = start.action in TABLE_WRITES - LONG_ACTIONS - {Action.TABLE_BOOTSTRAP}
        return _ending(Outcome.FAILED if never_wrote else Outcome.UNKNOWN)
    if not same_text(plan.seal, plan_seal(plan)):
        return _ending(Outcome.UNKNOWN, note="the plan of the write was altered")
    try:
        stored = _stored(apps_of(start.connection), plan.app_id)
    except ConnectionNotFoundError:
        return _ending(Outcome.UNKNOWN, note="the connection is not there any more")
    except ConsoleError:
        if start.recorded_at > now - GIVEN_UP_AFTER:
            raise
        return _ending(Outcome.UNKNOWN, note="the table did not answer for a week")
    outcome = outcome_in_table(json.loads(plan.changes), stored)
    if outcome is Outcome.FAILED:
        return _ending(outcome)
    return _ending(outcome, before=json.loads(plan.before), after=json.loads(plan.after))


def _how_job_ended(operation_id: str) -> str:
    """How the job that should have written a file ended without it; empty where there is none."""
    job = Job.objects.filter(operation_id=operation_id).first()
    return "" if job is None else f"the job {job.state} without a file: {job.message}".strip(": ")


def outcome_in_table(
    changes: dict[str, tuple[str | None, str | None]], stored: RawItem | None
) -> Outcome:
    """Whether the planned change is in the table: every attribute as after it, as before it, or neither."""
    is_as_after = is_as_before = True
    for name, (before, after) in changes.items():
        found = attribute_fingerprint(None if stored is None else stored.get(name))
        is_as_after &= found == after
        is_as_before &= found == before
    if is_as_after:
        return Outcome.SUCCEEDED
    return Outcome.FAILED if is_as_before else Outcome.UNKNOWN


def _ending(outcome: Outcome, *, note: str = "", before: Any = None, after: Any = None) -> Ending:
    details: dict[str, Any] = {"reconciled": True}
    if note:
        details["note"] = note
    return Ending(outcome=outcome, before=before, after=after, details=details)


def _complete(start: Entry, ending: Ending) -> bool:
    """Append the outcome, unless somebody else just did."""
    try:
        with records_answering(), transaction.atomic(durable=True):
            append_entry(_doing_of(start), ending)
            forget_plan(start.operation_id, ending.outcome)
    except IntegrityError:
        return False
    logger.info("operation %s reconciled: %s", start.operation_id, ending.outcome.value)
    return True


def _doing_of(start: Entry) -> Doing:
    return Doing(
        actor=Actor(kind=ActorKind(start.actor_kind), id=start.actor_id, name=start.actor_name),
        action=Action(start.action),
        connection=start.connection,
        target=start.target,
        reason=start.reason,
        parent_id=start.parent_id,
        origin=Origin(
            request_id=start.request_id, address=start.address, user_agent=start.user_agent
        ),
        operation_id=start.operation_id,
    )


def _stored(apps: AppReader, app_id: str) -> RawItem | None:
    try:
        return apps.get(app_id)
    except AppNotFoundError:
        return None
