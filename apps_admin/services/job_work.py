"""Long work on many apps: row by row of a job, in chunks, resumed exactly where it was.

A chunk is read, decided, committed as "started", written, and committed again with its outcomes; the rows of the job
change in the same transactions as the audit log. Whatever the moment a worker dies at, its successor finds the chunk's
rows "under way", asks the audit log and the table what became of each, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F

from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    ConsoleError,
    RecordsUnavailableError,
    StoreError,
    UnavailableError,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import AppReader
from apps_admin.models.job import Job
from apps_admin.models.job_app import (
    TROUBLES,
    AppOutcome,
    JobApp,
    store_expectations,
    store_outcomes,
)
from apps_admin.services.audit_reconciliation import settle_operation
from apps_admin.services.parallel_scan import LONGEST_TROUBLE, PAUSES
from apps_admin.services.workspace import Workspace
from apps_admin.services.write_batch import PlannedWrite, WriteBatch

CHUNK = 100
INTERRUPTED = "It was being written when the worker died, and the table has neither state."


class Report(Protocol):
    """How the work tells its job about itself. Each may raise to stop the work here."""

    def keep(self, *, done: int, failed: int) -> None:
        """So many more apps are done, and so many more of them have a trouble."""
        ...

    def say(self, message: str) -> None:
        """What the work waits for; empty when all is well."""
        ...

    def require_ours(self) -> None:
        """Raises when another worker has the job."""
        ...


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be done about one row: nothing (before is after), a write, or a refusal."""

    row: JobApp
    action: Action
    before: RawItem | None = None
    after: RawItem | None = None
    error: ConsoleError | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_change(self) -> bool:
        """Whether something differs."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return bool(self.before.changes_to(self.after))


class Work(Protocol):
    """One kind of work on apps."""

    @property
    def action(self) -> Action:
        """What the work needs permission for as a whole."""
        ...

    def rows(self) -> Iterable[JobApp]:
        """The apps of a job whose rows its worker has to make (a file's); none where they are frozen already."""
        ...

    def prepare(self, workspace: Workspace) -> None:
        """What is needed before the first decision."""
        ...

    def decide(self, workspace: Workspace, rows: Sequence[JobApp]) -> Sequence[Decision]:
        """What is to be done about these rows, by what is stored now. Raises what the table answers."""
        ...


def preview_rows(workspace: Workspace, job: Job, work: Work, report: Report) -> None:
    """Say for every row what would come of it. Writes nothing to the table."""
    workspace.require(work.action)
    trouble = _Trouble(report)
    while rows := list(job.apps.filter(expected="")[:CHUNK]):
        with trouble.waited_out() as attempt:
            decisions = work.decide(workspace, rows)
        if attempt.failed:
            continue
        for decision in decisions:
            _judge(workspace, decision)
        store_expectations(d.row for d in decisions)
        report.keep(done=len(rows), failed=sum(row.expected in TROUBLES for row in rows))
        trouble.note("")


def _judge(workspace: Workspace, decision: Decision) -> None:
    row, error = decision.row, decision.error
    if error is None and decision.is_change:
        batch = WriteBatch(workspace, _NO_STORE, parent="", reason="")
        try:
            batch.plan(decision.action, decision.before, decision.after)
        except ConsoleError as refused:
            error = refused
    if error is not None:
        row.expected, row.message = outcome_of(error), error.message[:1000]
    else:
        row.expected = AppOutcome.CHANGED if decision.is_change else AppOutcome.UNCHANGED


_NO_STORE: Any = None


def run_rows(workspace: Workspace, job: Job, work: Work, report: Report) -> None:
    """Do the work on every row that is not done yet."""
    store = workspace.writable_store(work.action)
    _recount(job)
    trouble = _Trouble(report)
    pace = _Pace(None if workspace.connection.endpoint else settings.BULK_WRITES_PER_SECOND)
    threads = max(1, settings.BULK_THREADS)
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="write") as pool:
        while True:
            with trouble.waited_out() as attempt:
                settled = _settle(store, job)
            if attempt.failed:
                continue
            _tell(report, settled)
            rows = list(job.apps.filter(outcome=AppOutcome.WAITING)[:CHUNK])
            if not rows:
                return
            with trouble.waited_out() as attempt:
                decisions = work.decide(workspace, rows)
            if attempt.failed:
                continue
            batch = WriteBatch(workspace, store, parent=job.operation_id, reason=job.reason)
            _do_chunk(batch, decisions, report, pool)
            _tell(report, rows)
            waiting = (row.message for row in rows if row.outcome == AppOutcome.WAITING)
            trouble.note(next(waiting, ""))
            pace.spend(len(batch.writes))


def _do_chunk(
    batch: WriteBatch, decisions: Sequence[Decision], report: Report, pool: ThreadPoolExecutor
) -> None:
    rows = [decision.row for decision in decisions]
    planned: list[tuple[JobApp, PlannedWrite]] = []
    for decision in decisions:
        write = _plan(batch, decision)
        if write is not None:
            planned.append((decision.row, write))

    def note_started() -> None:
        report.require_ours()
        store_outcomes(rows)

    def note_ended() -> None:
        for row, write in planned:
            _note_result(row, write)
        store_outcomes(row for row, _ in planned)

    if not planned:
        with transaction.atomic():
            note_started()
        return
    batch.start(note_started)
    batch.write(pool)
    batch.end(note_ended)


def _plan(batch: WriteBatch, decision: Decision) -> PlannedWrite | None:
    row, error = decision.row, decision.error
    row.message = ""
    if error is None and not decision.is_change:
        row.outcome = AppOutcome.UNCHANGED
        return None
    if error is None:
        try:
            write = batch.plan(decision.action, decision.before, decision.after, **decision.notes)
        except ConsoleError as refused:
            error = refused
        else:
            row.outcome, row.operation_id = AppOutcome.STARTED, write.operation_id
            return write
    row.outcome, row.message = outcome_of(error), error.message[:1000]
    return None


def _note_result(row: JobApp, write: PlannedWrite) -> None:
    error = write.error
    if write.is_done:
        row.outcome, row.message = AppOutcome.CHANGED, ""
    elif write.is_uncertain:
        # Stays under way: the next look at the table decides.
        row.message = error.message[:1000] if isinstance(error, ConsoleError) else ""
    elif isinstance(error, UnavailableError):
        # Nothing was written; it comes again with the next chunk.
        row.outcome, row.operation_id, row.message = AppOutcome.WAITING, "", error.message[:1000]
    else:
        row.outcome = outcome_of(error)
        row.message = error.message[:1000] if isinstance(error, ConsoleError) else str(type(error))


def outcome_of(error: Exception | None) -> AppOutcome:
    """What an error makes of one app."""
    if isinstance(error, AppConflictError | AppExistsError):
        return AppOutcome.CONFLICT
    if isinstance(error, UnavailableError | StoreError) or not isinstance(error, ConsoleError):
        return AppOutcome.FAILED
    return AppOutcome.REFUSED


def _settle(store: AppReader, job: Job) -> list[JobApp]:
    """Decide the rows that were under way when a worker died or an answer got lost."""
    rows = list(job.apps.filter(outcome=AppOutcome.STARTED)[: 2 * CHUNK])
    if not rows:
        return rows
    for row in rows:
        outcome = settle_operation(row.operation_id, store)
        if outcome is Outcome.SUCCEEDED:
            row.outcome, row.message = AppOutcome.CHANGED, ""
        elif outcome is Outcome.UNKNOWN:
            row.outcome, row.message = AppOutcome.UNKNOWN, INTERRUPTED
        else:
            row.outcome, row.operation_id, row.message = AppOutcome.WAITING, "", ""
    with transaction.atomic():
        store_outcomes(rows)
    return rows


def _tell(report: Report, rows: Sequence[JobApp]) -> None:
    open_ones = {AppOutcome.WAITING, AppOutcome.STARTED}
    done = [row for row in rows if row.outcome not in open_ones]
    report.keep(done=len(done), failed=sum(row.outcome in TROUBLES for row in done))


def _recount(job: Job) -> None:
    """Let the job's numbers say what its rows say; a worker that died may have left them behind."""
    counts = count_outcomes(job)
    waiting = counts.get(AppOutcome.WAITING, 0) + counts.get(AppOutcome.STARTED, 0)
    Job.objects.filter(pk=job.pk).update(
        done=sum(counts.values()) - waiting,
        failed=sum(counts.get(outcome, 0) for outcome in TROUBLES),
    )


def count_outcomes(job: Job, column: str = "outcome") -> dict[str, int]:
    """How many apps have which outcome (or, by `expected`, are expected to)."""
    counted = job.apps.order_by().values(name=F(column)).annotate(number=Count("pk"))
    return {each["name"]: each["number"] for each in counted if each["name"]}


class _Attempt:
    failed = False


class _Trouble:
    """Waits out throttling and an endpoint that does not answer, with ever longer pauses, and gives up in the end."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._began: float | None = None
        self._pauses = chain(PAUSES, repeat(PAUSES[-1]))
        self._attempt = _Attempt()

    def waited_out(self) -> _Trouble:
        """A block in which UnavailableError of DynamoDB is waited for, told by `failed`."""
        return self

    def __enter__(self) -> _Attempt:
        self._attempt = _Attempt()
        return self._attempt

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, UnavailableError) and not isinstance(error, RecordsUnavailableError):
            self._attempt.failed = True
            self.note(error.message, error)
            return True
        return False

    def note(self, message: str, error: UnavailableError | None = None) -> None:
        """Pause for a trouble; without one, forget the former."""
        if not message:
            if self._began is not None:
                self._report.say("")
            self._began, self._pauses = None, chain(PAUSES, repeat(PAUSES[-1]))
            return
        now = time.monotonic()
        self._began = self._began or now
        if now - self._began > LONGEST_TROUBLE:
            raise error or UnavailableError(message, hint="Resume the job when it answers again.")
        self._report.say(f"{message} Trying again.")
        until = now + next(self._pauses)
        while time.monotonic() < until:
            time.sleep(min(0.5, max(0.0, until - time.monotonic())))
            self._report.say(f"{message} Trying again.")


class _Pace:
    """No more than so many writes a second; None is as fast as it goes."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._free_at = time.monotonic()

    def spend(self, writes: int) -> None:
        """Wait until these writes fit."""
        if not self._rate:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now - 1) + writes / self._rate
        time.sleep(max(0.0, self._free_at - now))
