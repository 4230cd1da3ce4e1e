"""Long work: the row is the truth about a job, whichever worker runs it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

# So many workers may die over a job, without any progress between, before it is given up.
MAX_FRUITLESS_ATTEMPTS = 3


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


def lease() -> timedelta:
    """A worker that has not been heard of for so long is dead, and its jobs go to another."""
    return timedelta(seconds=settings.WORKER_LEASE_SECONDS)


ACTIVE = (JobState.WAITING, JobState.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    """Finds jobs, and hands them to workers."""

    def active(self) -> JobQuerySet:
        """Waiting or running."""
        return self.filter(state__in=ACTIVE)

    def claimable(self, now: datetime) -> JobQuerySet:
        """Due, or left behind by a worker that died."""
        return self.filter(
            Q(state=JobState.WAITING, due_at__lte=now)
            | Q(state=JobState.RUNNING, lease_until__lt=now)
        ).order_by("priority", "due_at", "pk")

    def claim_next(self, worker: str) -> Job | None:
        """Take the next job for this worker; None when there is nothing to do.

        The update holds only while the row is still as it was seen, so two workers never get one job.
        """
        now = timezone.now()
        for job in self.claimable(now)[:5]:
            seen = self.filter(pk=job.pk, state=job.state, lease_until=job.lease_until)
            if job.stop_asked_at is not None or job.fruitless_attempts >= MAX_FRUITLESS_ATTEMPTS:
                seen.update(**_ended_without_worker(job, now))
            elif seen.update(
                state=JobState.RUNNING,
                worker=worker,
                lease_until=now + lease(),
                started_at=job.started_at or now,
                fruitless_attempts=job.fruitless_attempts + 1,
            ):
                return self.get(pk=job.pk)
        return None


def _ended_without_worker(job: Job, now: datetime) -> dict[str, Any]:
    if job.stop_asked_at is not None:
        return {"state": JobState.STOPPED, "finished_at": now, "message": "Stopped."}
    return {
        "state": JobState.FAILED,
        "finished_at": now,
        "message": f"{job.fruitless_attempts} workers died over it without getting any further.",
    }


class Job(models.Model):
    """One piece of long work. `parameters`, `checkpoint` and `result` never hold a secret."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    connection = models.CharField(max_length=100)
    # Only one active job may have this key; empty for any number.
    only_one = models.CharField(max_length=120, blank=True, default="")
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True, default="")
    actor_name = models.CharField(max_length=200)
    operation_id = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    parameters = models.JSONField(default=dict)
    # Small numbers are taken first.
    priority = models.SmallIntegerField(default=5)

    state = models.CharField(max_length=12, choices=JobState, default=JobState.WAITING.value)
    checkpoint = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    # What the job is doing, or why it ended, for people.
    message = models.TextField(blank=True, default="")
    done = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    fruitless_attempts = models.SmallIntegerField(default=0)

    objects: ClassVar[models.Manager[Job]] = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes: ClassVar = [
            models.Index(
                fields=["priority", "due_at"], condition=Q(state__in=ACTIVE), name="job_active"
            ),
            models.Index(fields=["connection", "-created_at"], name="job_of_connection"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["only_one"],
                condition=Q(state__in=ACTIVE) & ~Q(only_one=""),
                name="job_only_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.connection}: {self.state}"

    @property
    def is_active(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in ACTIVE

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked it to stop and it has not yet."""
        return self.is_active and self.stop_asked_at is not None


class WorkerBeat(models.Model):
    """A worker process that was alive a moment ago."""

    worker = models.CharField(max_length=80, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker


def beat(worker: str) -> None:
    """Say that this worker lives: keep its jobs for another lease."""
    now = timezone.now()
    with transaction.atomic():
        WorkerBeat.objects.update_or_create(worker=worker, defaults={"seen_at": now})
        Job.objects.filter(worker=worker, state=JobState.RUNNING).update(lease_until=now + lease())
        WorkerBeat.objects.filter(seen_at__lt=now - 10 * lease()).delete()


def is_any_worker_alive() -> bool:
    """Whether a worker was heard of within the last lease."""
    return WorkerBeat.objects.filter(seen_at__gt=timezone.now() - lease()).exists()
