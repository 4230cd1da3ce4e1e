"""Jobs: nothing twice, nothing skipped, whatever becomes of the workers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps_admin.domain.actor import Actor, ActorKind
from apps_admin.domain.errors import ConflictError, NotFoundError, UnreachableError
from apps_admin.jobs.run import JobRun
from apps_admin.jobs.worker import Worker
from apps_admin.models.job import Job, JobState, WorkerBeat, beat, is_any_worker_alive
from apps_admin.services.jobs import get_job, resume_job, start_job, stop_job

pytestmark = pytest.mark.django_db

ALICE = Actor(kind=ActorKind.PERSON, id="1", name="alice")
LATER = timedelta(hours=1)


class Counting:
    """A job that writes the numbers up to 10 down, one per checkpoint."""

    def __init__(self, at: Callable[[JobRun, int], None] = lambda _run, _number: None) -> None:
        self.written: list[int] = []
        self.at = at

    def __call__(self, run: JobRun) -> dict[str, Any]:
        for number in range(run.job.checkpoint.get("next", 0), 10):
            self.written.append(number)
            run.checkpoint({"next": number + 1}, done=1)
            self.at(run, number)
        return {"last": 9}


class Killed(BaseException):
    """Stands for SIGKILL: nothing of the worker's own code runs after it."""


def started(**more: Any) -> Job:
    return start_job("count", "default", ALICE, **more)


def run_all(job: Counting) -> Worker:
    worker = Worker(kinds={"count": job})
    while worker.run_next():
        pass
    return worker


def test_a_job_is_done_and_says_who_asked_for_it() -> None:
    job, count = started(reason="spring cleaning"), Counting()
    run_all(count)
    job.refresh_from_db()
    assert (job.state, job.done, job.result) == (JobState.SUCCEEDED, 10, {"last": 9})
    assert (job.actor_name, job.reason) == ("alice", "spring cleaning")
    assert job.finished_at is not None


def test_a_killed_workers_job_goes_on_from_its_last_checkpoint() -> None:
    def die(_run: JobRun, number: int) -> None:
        if number == 3:
            raise Killed

    job, count = started(), Counting(die)
    with pytest.raises(Killed):
        run_all(count)
    assert not run_all(Counting()).run_next(), "its lease still holds"
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    again = Counting()
    run_all(again)
    job.refresh_from_db()
    assert count.written + again.written == list(range(10))
    assert (job.state, job.done) == (JobState.SUCCEEDED, 10)


def test_a_job_over_which_workers_keep_dying_is_given_up() -> None:
    def die(_run: JobRun) -> dict[str, Any]:
        raise Killed

    job = started()
    for _ in range(3):
        with pytest.raises(Killed):
            Worker(kinds={"count": die}).run_next()
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not Worker(kinds={"count": die}).run_next()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "3 workers died" in job.message


def test_two_workers_never_get_one_job() -> None:
    started()
    first, second = Job.objects.claim_next("one"), Job.objects.claim_next("two")
    assert first is not None
    assert second is None


def test_a_worker_that_lost_its_lease_writes_nothing_more() -> None:
    def lose(run: JobRun, number: int) -> None:
        if number == 2:
            Job.objects.update(worker="another", checkpoint={"next": 7})

    job, count = started(), Counting(lose)
    run_all(count)
    job.refresh_from_db()
    assert count.written == [0, 1, 2, 3]
    assert (job.worker, job.checkpoint, job.state) == ("another", {"next": 7}, JobState.RUNNING)


def test_stop_and_resume_do_every_piece_once() -> None:
    def stop(run: JobRun, number: int) -> None:
        if number == 4:
            stop_job(run.job)

    job, count = started(), Counting(stop)
    run_all(count)
    job.refresh_from_db()
    assert job.state == JobState.STOPPED
    resume_job(job)
    with pytest.raises(ConflictError):
        resume_job(job)
    run_all(again := Counting())
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert count.written + again.written == list(range(10))


def test_a_waiting_job_that_is_stopped_never_starts() -> None:
    job = started()
    stop_job(job)
    run_all(count := Counting())
    assert count.written == []
    assert job.state == JobState.STOPPED


def test_an_ending_worker_gives_its_job_back() -> None:
    def end(run: JobRun, number: int) -> None:
        run.is_ending = number == 4

    job, count = started(), Counting(end)
    Worker(kinds={"count": count}).run_next()
    job.refresh_from_db()
    assert (job.state, job.checkpoint) == (JobState.WAITING, {"next": 6})


def test_only_one_is_active_under_one_key() -> None:
    first = started(only_one="index:default")
    assert started(only_one="index:default").pk == first.pk
    assert started(only_one="index:other").pk != first.pk
    run_all(Counting())
    assert started(only_one="index:default").pk != first.pk


def test_a_known_fault_is_told_to_people(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_run: JobRun) -> dict[str, Any]:
        raise UnreachableError("DynamoDB does not answer.", hint="Test the connection.")

    job = started()
    Worker(kinds={"count": fail}).run_next()
    job.refresh_from_db()
    assert (job.state, job.message) == (
        JobState.FAILED,
        "DynamoDB does not answer. Test the connection.",
    )


def test_an_unknown_fault_is_in_the_log_and_not_on_the_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_run: JobRun) -> dict[str, Any]:
        raise ZeroDivisionError("internal detail")

    job = started()
    with caplog.at_level(logging.ERROR):
        Worker(kinds={"count": fail}).run_next()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "internal detail" not in job.message
    assert "internal detail" in caplog.text


def test_a_heartbeat_keeps_the_lease_of_a_long_step() -> None:
    job = started()
    Job.objects.claim_next("slow")
    Job.objects.update(lease_until=timezone.now() + timedelta(seconds=1))
    beat("slow")
    job.refresh_from_db()
    assert job.lease_until is not None
    assert job.lease_until > timezone.now() + timedelta(seconds=10)
    assert is_any_worker_alive()
    WorkerBeat.objects.update(seen_at=timezone.now() - LATER)
    assert not is_any_worker_alive()


def test_another_connections_job_is_not_found() -> None:
    job = started()
    assert get_job(str(job.pk), "default").pk == job.pk
    for job_id, connection in ((str(job.pk), "other"), ("nonsense", "default")):
        with pytest.raises(NotFoundError):
            get_job(job_id, connection)
