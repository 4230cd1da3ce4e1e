"""Long work: asked for here, done by the worker, stopped and resumed here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps_admin.domain.actor import Actor
from apps_admin.domain.errors import ConflictError, NotFoundError
from apps_admin.models.job import ACTIVE, Job, JobState


def start_job(
    kind: str,
    connection: str,
    actor: Actor,
    *,
    parameters: Mapping[str, Any] | None = None,
    only_one: str = "",
    operation_id: str = "",
    reason: str = "",
    priority: int = 5,
    total: int | None = None,
) -> Job:
    """Write down a job for the worker. Authorizing it is the caller's.

    With `only_one`, a job that is already active under this key is returned instead of a second one.
    """
    wanted = Job(
        kind=kind,
        connection=connection,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        parameters=dict(parameters or {}),
        only_one=only_one,
        operation_id=operation_id,
        reason=reason,
        priority=priority,
        total=total,
    )
    for _ in range(3):
        active = (
            Job.objects.filter(only_one=only_one, state__in=ACTIVE).first() if only_one else None
        )
        if active is not None:
            return active
        try:
            with transaction.atomic():
                wanted.save(force_insert=True)
        except IntegrityError:
            # Somebody else was quicker; theirs may even be over by now.
            continue
        return wanted
    raise ConflictError("The same work is being started by somebody else right now.")


def get_job(job_id: str, connection: str) -> Job:
    """One job of a connection. Raises NotFoundError."""
    with suppress(ValueError):
        job = Job.objects.filter(pk=uuid.UUID(job_id), connection=connection).first()
        if job is not None:
            return job
    raise NotFoundError("There is no such job on this connection.")


def stop_job(job: Job) -> None:
    """Ask a job to stop. It stops after what it is writing now; a waiting one never starts."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state=JobState.WAITING)
    if not waiting.update(state=JobState.STOPPED, finished_at=now, message="Stopped."):
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(stop_asked_at=now)
    job.refresh_from_db()


def resume_job(job: Job) -> None:
    """Let a stopped or failed job go on where it was. Raises ConflictError for any other."""
    now = timezone.now()
    resumed = Job.objects.filter(pk=job.pk, state__in=(JobState.STOPPED, JobState.FAILED)).update(
        state=JobState.WAITING,
        due_at=now,
        # As if it had not paused: its rate, and how long it still takes, are told by this.
        started_at=job.started_at and job.finished_at and now - (job.finished_at - job.started_at),
        stop_asked_at=None,
        finished_at=None,
        lease_until=None,
        worker="",
        fruitless_attempts=0,
        message="",
    )
    job.refresh_from_db()
    if not resumed:
        raise ConflictError(
            f"Only a stopped or failed job can be resumed; this one is {job.get_state_display().lower()}."
        )
