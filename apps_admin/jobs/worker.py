"""The worker: claims jobs, runs a few at a time, says that it lives, and gives back what it cannot finish."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping

from django.db import DatabaseError, close_old_connections, connections

from apps_admin.domain.errors import ConsoleError
from apps_admin.domain.request_id import current_request_id
from apps_admin.jobs.registry import JOBS, JobFunction
from apps_admin.jobs.run import JobLost, JobRun, JobStopped
from apps_admin.models.job import Job, JobState, beat, lease

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.2
AFTER_TROUBLE = 2.0


class Worker:
    """Runs jobs in a few threads until told to end."""

    def __init__(self, *, threads: int = 3, kinds: Mapping[str, JobFunction] = JOBS) -> None:
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._kinds = kinds
        self._ending = threading.Event()
        self._runs: dict[int, JobRun] = {}
        self._threads = [
            threading.Thread(target=self._work, name=f"job-{number}", daemon=True)
            for number in range(threads)
        ]
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs."""
        for thread in (self._heart, *self._threads):
            thread.start()

    def end(self) -> None:
        """Stop at the next checkpoint of each running job and give those jobs back."""
        self._ending.set()
        for run in list(self._runs.values()):
            run.is_ending = True

    def join(self, timeout: float) -> None:
        """Wait for the threads to end."""
        for thread in self._threads:
            thread.join(timeout)

    def run_next(self) -> bool:
        """Run one job now, if one is due. For tests, and for commands that wait for their job."""
        job = Job.objects.all().claim_next(self.name)
        if job is not None:
            self._run(job)
        return job is not None

    def run_job(self, job: Job, watch: Callable[[], None]) -> bool:
        """Run this very job now, unless a worker that lives has it; `watch` hears of its progress."""
        claimed = Job.objects.filter(pk=job.pk).claim_next(self.name)
        if claimed is not None:
            self._run(claimed, watch)
        return claimed is not None

    def _work(self) -> None:
        while not self._ending.is_set():
            pause = LOOK_EVERY
            try:
                close_old_connections()
                if self.run_next():
                    continue
            except DatabaseError:
                logger.exception("The worker cannot reach the console's own database")
                pause = AFTER_TROUBLE
            self._ending.wait(pause)
        connections.close_all()

    def _beat(self) -> None:
        while not self._ending.is_set():
            try:
                close_old_connections()
                beat(self.name)
            except DatabaseError:
                logger.warning("The worker could not say that it lives")
            self._ending.wait(lease().total_seconds() / 4)
        connections.close_all()

    def _run(self, job: Job, watch: Callable[[], None] | None = None) -> None:
        run = JobRun(job, self.name)
        run.watch = watch or run.watch
        run.is_ending = self._ending.is_set()
        thread = threading.get_ident()
        self._runs[thread] = run
        token = current_request_id.set(f"job-{job.pk}")
        try:
            self._run_to_its_end(run)
        finally:
            current_request_id.reset(token)
            del self._runs[thread]

    def _run_to_its_end(self, run: JobRun) -> None:
        job = run.job
        try:
            result = self._kinds[job.kind](run)
        except JobStopped:
            if run.is_ending:
                run.give_back()
            else:
                run.finish(JobState.STOPPED, "Stopped. It can be resumed where it was.")
        except JobLost:
            logger.warning("Job %s went to another worker", job.pk)
        except ConsoleError as exc:
            run.finish(JobState.FAILED, f"{exc.message} {exc.hint}".strip())
        except DatabaseError:
            # Its lease runs out, and whoever reaches the database first goes on from the last checkpoint.
            logger.exception("Job %s was left where it was: the database does not answer", job.pk)
            raise
        except Exception:
            logger.exception("Job %s failed", job.pk)
            run.finish(
                JobState.FAILED,
                f"An unexpected error ended it; the log has the details under job-{job.pk}.",
            )
        else:
            run.finish(JobState.SUCCEEDED, "", result or {})
