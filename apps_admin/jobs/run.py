"""One run of a job: what a job's function gets to report progress and to hear that it should stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.utils import timezone

from apps_admin.models.job import Job, JobState, lease


class JobStopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """Somebody asked the job to stop, or the worker is ending."""


class JobLost(Exception):  # noqa: N818 - not an error of this worker
    """Another worker has the job now, because this one was not heard of for too long."""


def _nobody() -> None:
    """Nobody watches."""


class JobRun:
    """A claimed job. `checkpoint()` after every piece of work that must not be done twice."""

    def __init__(self, job: Job, worker: str) -> None:
        self.job = job
        self._worker = worker
        self.is_ending = False
        # Hears of every checkpoint, for a command that shows progress.
        self.watch: Callable[[], None] = _nobody

    def checkpoint(
        self,
        state: dict[str, Any] | None = None,
        *,
        done: int = 0,
        failed: int = 0,
        total: int | None = None,
        message: str | None = None,
    ) -> None:
        """Keep where the job is, and add what was done since the last time.

        Raises JobStopped when it should end here (it can be resumed from this very checkpoint), and JobLost when
        it is another worker's.
        """
        now = timezone.now()
        changes: dict[str, Any] = {"lease_until": now + lease(), "fruitless_attempts": 0}
        if state is not None:
            changes["checkpoint"] = state
        if done:
            changes["done"] = F("done") + done
        if failed:
            changes["failed"] = F("failed") + failed
        if total is not None:
            changes["total"] = total
        if message is not None:
            changes["message"] = message
        own = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, worker=self._worker)
        if not own.update(**changes):
            raise JobLost
        if state is not None:
            self.job.checkpoint = state
        self.watch()
        self.stop_if_asked()

    def require_ours(self) -> None:
        """Raises JobLost when another worker has the job. Within a transaction the row stays locked until its end."""
        own = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, worker=self._worker)
        if not own.update(lease_until=timezone.now() + lease()):
            raise JobLost

    def stop_if_asked(self) -> None:
        """Raises JobStopped when somebody asked the job to stop, or the worker is ending."""
        if (
            self.is_ending
            or Job.objects.filter(pk=self.job.pk, stop_asked_at__isnull=False).exists()
        ):
            raise JobStopped

    def finish(self, state: JobState, message: str, result: dict[str, Any] | None = None) -> None:
        """Close the job, unless another worker has it."""
        changes: dict[str, Any] = {
            "state": state,
            "message": message,
            "finished_at": timezone.now(),
        }
        if result is not None:
            changes["result"] = result
        Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, worker=self._worker).update(
            **changes, lease_until=None, worker=""
        )

    def give_back(self) -> None:
        """Let another worker go on from the last checkpoint."""
        Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, worker=self._worker).update(
            state=JobState.WAITING, lease_until=None, worker="", fruitless_attempts=0
        )
