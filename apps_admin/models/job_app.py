"""The apps of one piece of long work: what was selected, what the preview said, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.db import connection as sql
from django.db import models, transaction

from apps_admin.models.job import Job


class AppOutcome(models.TextChoices):
    """What came, or is expected, of one app."""

    WAITING = "waiting", "Waiting"
    STARTED = "started", "Under way"
    CHANGED = "changed", "Changed"
    UNCHANGED = "unchanged", "Unchanged"
    REFUSED = "refused", "Refused"
    CONFLICT = "conflict", "Conflict"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"


# What the operator has to look at.
TROUBLES = (AppOutcome.REFUSED, AppOutcome.CONFLICT, AppOutcome.FAILED, AppOutcome.UNKNOWN)


class JobApp(models.Model):
    """One app of a job. The selection is frozen in these rows; they never hold a secret."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="apps")
    position = models.IntegerField()
    app_id = models.TextField()
    # What the preview said; empty until it has looked.
    expected = models.CharField(max_length=10, choices=AppOutcome, blank=True, default="")
    outcome = models.CharField(max_length=10, choices=AppOutcome, default=AppOutcome.WAITING.value)
    operation_id = models.CharField(max_length=64, blank=True, default="")
    # The operation that a job of undo sets back.
    undoes = models.CharField(max_length=64, blank=True, default="")
    message = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("position",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "position"], name="job_app_position")
        ]
        indexes: ClassVar = [
            models.Index(fields=["job", "outcome", "position"], name="job_app_outcome"),
            models.Index(fields=["job", "expected", "position"], name="job_app_expected"),
            models.Index(fields=["job", "app_id"], name="job_app_id"),
        ]

    def __str__(self) -> str:
        return f"{self.app_id}: {self.outcome}"


def store_outcomes(rows: Iterable[JobApp]) -> None:
    """Keep what came of these apps. One statement a row: Django's `bulk_update` takes ten times as long."""
    values = [(str(row.outcome), row.operation_id, row.message, row.pk) for row in rows]
    if values:
        with sql.cursor() as cursor:
            cursor.executemany(_STORE_OUTCOME, values)


def store_expectations(rows: Iterable[JobApp]) -> None:
    """Keep what the preview says of these apps."""
    values = [(str(row.expected), row.message, row.pk) for row in rows]
    if values:
        with transaction.atomic(), sql.cursor() as cursor:
            cursor.executemany(_STORE_EXPECTATION, values)


_TABLE = JobApp._meta.db_table
_STORE_OUTCOME = f"UPDATE {_TABLE} SET outcome = %s, operation_id = %s, message = %s WHERE id = %s"  # noqa: S608 - own names
_STORE_EXPECTATION = f"UPDATE {_TABLE} SET expected = %s, message = %s WHERE id = %s"  # noqa: S608 - own names
