"""Jobs on many apps: asked for, previewed, confirmed, run, undone. Bulk work, imports and undo share all of it.

A job begins as a preview: its apps are frozen in rows, and each row is judged by what is stored now. Confirmed, the
same rows are worked off as children of one operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor, ActorKind
from apps_admin.domain.audit import Outcome
from apps_admin.domain.errors import ConflictError, DeniedError, ValidationError
from apps_admin.models import ApiToken, Job, JobApp, Person
from apps_admin.models.job import JobState, lease
from apps_admin.models.job_app import TROUBLES, AppOutcome
from apps_admin.services.accounts import actor_of, command_actor
from apps_admin.services.api_tokens import actor_of_row, is_valid
from apps_admin.services.confirmation import require_typed_number
from apps_admin.services.described_work import DescribedWork
from apps_admin.services.job_work import Report, Work, count_outcomes, preview_rows, run_rows
from apps_admin.services.jobs import resume_job, stop_job
from apps_admin.services.workspace import Origin, Workspace, open_workspace

PREVIEW_JOB = "preview"
WRITE_JOB = "write"
APP_JOBS = (PREVIEW_JOB, WRITE_JOB)
# So many apps are previewed while the request waits; more are left to the worker.
INLINE_PREVIEW = 200
ROWS_AT_ONCE = 2000
MOST_RECORDS = 2_000_000
PREVIEWS_KEPT = timedelta(days=1)
JOBS_KEPT = timedelta(days=90)


class NoReport:
    """For work whose caller waits."""

    def keep(self, *, done: int, failed: int) -> None:
        """Nobody watches."""

    def say(self, message: str) -> None:
        """Nobody watches."""

    def require_ours(self) -> None:
        """Nobody else can have it."""


class _WhileAllowed:
    """A report that ends a job before its next write when who asked for it may not do it any more.

    A token that is revoked, and a role that is lost, count at once, not with the next job.
    """

    def __init__(self, report: Report, job: Job, action: Action) -> None:
        self._report, self._job, self._action = report, job, action

    def keep(self, *, done: int, failed: int) -> None:
        """As the report that it stands before."""
        self._report.keep(done=done, failed=failed)

    def say(self, message: str) -> None:
        """As the report that it stands before."""
        self._report.say(message)

    def require_ours(self) -> None:
        """Raises DeniedError, and what the report that it stands before raises."""
        self._report.require_ours()
        open_workspace(self._job.connection, actor_of_job(self._job)).require(self._action)


def draft_job(
    workspace: Workspace,
    action: Action,
    parameters: Mapping[str, Any],
    rows: Iterable[JobApp] | None,
) -> Job:
    """A job with its apps frozen, held by the caller until `offer_preview`. Raises DeniedError, recorded.

    Without rows the worker makes them, from the file that the caller keeps for it.
    """
    workspace.authorize(action)
    actor = workspace.actor
    now = timezone.now()
    job = Job(
        kind=PREVIEW_JOB,
        connection=workspace.connection.slug,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        parameters={**parameters, "has_second_factor": actor.has_second_factor},
        state=JobState.RUNNING,
        worker="request",
        lease_until=now + lease(),
    )
    with transaction.atomic():
        job.save(force_insert=True)
        if rows is not None:
            job.total = add_rows(job, rows)
            job.save(update_fields=["total"])
    return job


def add_rows(
    job: Job, rows: Iterable[JobApp], note_progress: Callable[[int], None] | None = None
) -> int:
    """Freeze these apps in their order, noting how many they are so far; returns how many they are."""
    batch: list[JobApp] = []
    count = 0
    for row in rows:
        row.job, row.position = job, count
        batch.append(row)
        count += 1
        if len(batch) == ROWS_AT_ONCE:
            if note_progress is not None:
                note_progress(count)
            JobApp.objects.bulk_create(batch)
            batch = []
    JobApp.objects.bulk_create(batch)
    return count


def offer_preview(workspace: Workspace, job: Job, work: Work) -> None:
    """Preview a small job now, and leave a larger one, or a file, to the worker."""
    held = Job.objects.filter(pk=job.pk)
    if job.total is None or job.total > INLINE_PREVIEW:
        held.update(state=JobState.WAITING, worker="", lease_until=None)
    else:
        preview_rows(workspace, job, DescribedWork(work), NoReport())
        held.update(
            state=JobState.SUCCEEDED,
            worker="",
            lease_until=None,
            finished_at=timezone.now(),
            done=job.total,
            failed=job.apps.filter(expected__in=TROUBLES).count(),
        )
    job.refresh_from_db()


def confirm_job(
    workspace: Workspace, job: Job, action: Action, *, reason: str = "", confirmation: str = ""
) -> Job:
    """Let a previewed job be done, as one operation. Raises ConflictError unless it waits for that, ValidationError.

    `confirmation` is the number of apps that change as it was typed, for a protected connection.
    """
    if job.kind != PREVIEW_JOB or job.state != JobState.SUCCEEDED:
        raise ConflictError("Only a finished preview can be started, and only once.")
    if workspace.connection.protected:
        expected = count_outcomes(job, "expected").get(AppOutcome.CHANGED, 0)
        require_typed_number(workspace.connection, expected, confirmation)
    target = title_of(job)
    operation_id = workspace.begin(action, target, reason=reason)
    taken = Job.objects.filter(pk=job.pk, kind=PREVIEW_JOB, state=JobState.SUCCEEDED).update(
        kind=WRITE_JOB,
        state=JobState.WAITING,
        operation_id=operation_id,
        reason=reason,
        actor_kind=workspace.actor.kind,
        actor_id=workspace.actor.id,
        actor_name=workspace.actor.name,
        done=0,
        failed=0,
        started_at=None,
        finished_at=None,
        due_at=timezone.now(),
        message="",
    )
    if not taken:
        workspace.finish(operation_id, action, target, outcome=Outcome.FAILED, reason=reason)
        raise ConflictError("Somebody else started this job a moment ago.")
    job.refresh_from_db()
    return job


def do_job(job: Job, work: Work, report: Report) -> dict[str, Any]:
    """Preview a job, or do it, in the worker. Returns the counts."""
    workspace = open_workspace(
        job.connection, actor_of_job(job), origin=Origin(request_id=f"job-{job.pk}")
    )
    if job.total is None:
        make_rows(job, work, report)
    work.prepare(workspace)
    if job.kind == PREVIEW_JOB:
        preview_rows(workspace, job, DescribedWork(work), report)
        return count_outcomes(job, "expected")
    run_rows(workspace, job, work, _WhileAllowed(report, job, work.action))
    counts = count_outcomes(job)
    # A worker that died a moment ago may have recorded this already.
    with suppress(IntegrityError):
        workspace.finish(
            job.operation_id,
            work.action,
            title_of(job),
            outcome=Outcome.SUCCEEDED,
            reason=job.reason,
            **counts,
        )
    return counts


def make_rows(job: Job, work: Work, report: Report) -> None:
    """Freeze the apps of a file. Interrupted, it begins anew. Raises ValidationError for a file of too many."""

    def note(count: int) -> None:
        if count > MOST_RECORDS:
            raise ValidationError(
                {"file": [f"The file has more than {MOST_RECORDS:,} records. Split it."]},
                hint="Nothing was imported.",
            )
        # Also keeps the job this worker's: nobody else may add rows beside it.
        report.say(f"Reading the file: {count:,} records.")

    report.say("Reading the file.")
    job.apps.all().delete()
    total = add_rows(job, work.rows(), note)
    Job.objects.filter(pk=job.pk).update(total=total)
    job.total = total
    report.say("")


def actor_of_job(job: Job) -> Actor:
    """Who asked for the job, with the roles they have now. Raises DeniedError when they are gone."""
    kind = ActorKind(job.actor_kind)
    if kind is ActorKind.PERSON:
        person = Person.objects.filter(pk=job.actor_id, is_active=True).first()
        if person is not None:
            actor = actor_of(person)
            return Actor(
                kind=actor.kind,
                id=actor.id,
                name=actor.name,
                grants=actor.grants,
                has_second_factor=bool(job.parameters.get("has_second_factor")),
            )
    if kind is ActorKind.TOKEN:
        token = ApiToken.objects.filter(public_id=job.actor_id).first()
        if token is not None and is_valid(token, timezone.now()):
            return actor_of_row(token)
    if kind is ActorKind.COMMAND:
        return command_actor()
    raise DeniedError(
        f"{job.actor_name}, who asked for this job, may not do it any more.",
        hint="Somebody who may can do the rest as a new job.",
    )


def title_of(job: Job) -> str:
    """What the job does to how many apps."""
    number = job.total or 0
    return f"{job.parameters.get('title', job.kind)}: {number:,} app{'' if number == 1 else 's'}"


def stop_app_job(workspace: Workspace, job: Job) -> None:
    """Ask a job to stop after the chunk it is writing; audited."""
    with workspace.operation(Action.JOB_STOP) as operation:
        operation.note(job=str(job.pk))
        stop_job(job)


def resume_app_job(workspace: Workspace, job: Job) -> None:
    """Let a job go on where it was; audited. Raises ConflictError for one that is not stopped or failed."""
    with workspace.operation(Action.JOB_RESUME) as operation:
        operation.note(job=str(job.pk))
        resume_job(job)


def may_be_undone(job: Job) -> bool:
    """Whether undo makes sense: it has changed something and is over."""
    return (
        job.kind == WRITE_JOB
        and not job.is_active
        and job.apps.filter(outcome=AppOutcome.CHANGED).exists()
    )


def remove_old_jobs() -> int:
    """Forget previews that nobody started and jobs whose results are old; returns how many."""
    now = timezone.now()
    over = Job.objects.filter(kind=PREVIEW_JOB, created_at__lt=now - PREVIEWS_KEPT) | (
        Job.objects.filter(kind=WRITE_JOB, finished_at__lt=now - JOBS_KEPT)
    )
    removed = 0
    for job in over.exclude(state__in=(JobState.WAITING, JobState.RUNNING))[:50]:
        while ids := list(job.apps.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
            JobApp.objects.filter(pk__in=ids).delete()
        job.delete()
        removed += 1
    return removed
