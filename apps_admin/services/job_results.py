"""What a job on apps has done so far, for its page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from apps_admin.domain.transfer.cells import csv_line, safe_cell
from apps_admin.models.job import Job, JobState
from apps_admin.models.job_app import AppOutcome, JobApp
from apps_admin.services.app_jobs import PREVIEW_JOB
from apps_admin.services.job_work import Decision, Work, count_outcomes
from apps_admin.services.workspace import Workspace

RESULTS_PAGE = 50
SAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is. `rate` in apps a second, `remaining` in seconds; None while nobody can tell."""

    done: int
    total: int
    rate: float | None
    remaining: float | None


def progress_of(job: Job) -> Progress:
    """How far a job is, by its own numbers."""
    total = job.total or 0
    rate = None
    if job.started_at is not None and job.done:
        seconds = ((job.finished_at or timezone.now()) - job.started_at).total_seconds()
        rate = job.done / seconds if seconds > 0 else None
    is_running = job.state == JobState.RUNNING
    remaining = (total - job.done) / rate if rate and is_running else None
    return Progress(done=job.done, total=total, rate=rate, remaining=remaining)


def counts_of(job: Job) -> dict[str, int]:
    """How many apps have which result; of a preview, are expected to."""
    return count_outcomes(job, "expected" if job.kind == PREVIEW_JOB else "outcome")


def results_of(job: Job, *, only: str = "", after: int = -1) -> tuple[list[JobApp], bool]:
    """One page of results in the order of the apps, and whether more follow."""
    column = "expected" if job.kind == PREVIEW_JOB else "outcome"
    rows = job.apps.filter(position__gt=after)
    if only in AppOutcome.values:
        rows = rows.filter(**{column: only})
    page = list(rows[: RESULTS_PAGE + 1])
    return page[:RESULTS_PAGE], len(page) > RESULTS_PAGE


def sample_decisions(workspace: Workspace, job: Job, work: Work) -> Sequence[Decision]:
    """The first changes of a preview, read anew, to show them as differences."""
    rows = list(job.apps.filter(expected=AppOutcome.CHANGED)[:SAMPLES])
    return [each for each in work.decide(workspace, rows) if each.is_change] if rows else []


def results_csv(job: Job) -> Iterator[str]:
    """Every result as CSV, no cell a formula."""
    yield csv_line(("position", "app_id", "expected", "outcome", "message", "operation_id"))
    for row in job.apps.iterator(2000):
        cells = (row.app_id, row.expected, row.outcome, row.message, row.operation_id)
        yield csv_line([str(row.position + 1), *map(safe_cell, cells)])
