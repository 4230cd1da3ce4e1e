"""Bulk work through the API: previewed, started, watched, stopped, resumed, undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from apps_admin.jobs.apps import AppJobReport
from apps_admin.jobs.worker import Worker
from apps_admin.models import ApiToken
from apps_admin.services import job_work
from tests.api.client import APPS, Program

JOBS = "/api/v1/connections/default/jobs"


@pytest.fixture
def shops(program: Program) -> list[str]:
    return [program.create(f"shop-{number}")["id"] for number in range(3)]


def run_worker() -> None:
    while Worker(threads=1).run_next():
        pass


def preview(program: Program, **asked: Any) -> dict[str, Any]:
    answer = program.post(JOBS, asked)
    assert answer.status_code == 202, answer.content
    job: dict[str, Any] = answer.json()
    assert program.get(answer["Location"]).json()["id"] == job["id"]
    return job


def are_enabled(program: Program, ids: list[str]) -> list[bool]:
    return [program.get(f"{APPS}/{each}").json()["enabled"] for each in ids]


def test_a_preview_changes_nothing_and_its_start_does(program: Program, shops: list[str]) -> None:
    job = preview(program, kind="disable", ids=shops)

    assert (job["is_preview"], job["total"]) == (True, 3)
    assert are_enabled(program, shops) == [True] * 3
    started = program.post(f"{JOBS}/{job['id']}:start", {"reason": "leak"})
    run_worker()
    done = program.get(f"{JOBS}/{job['id']}").json()
    results = program.get(f"{JOBS}/{job['id']}/results?only=changed").json()["apps"]
    assert started.status_code == 202
    assert (done["state"], done["counts"], done["reason"]) == ("succeeded", {"changed": 3}, "leak")
    assert [each["id"] for each in results] == shops
    assert are_enabled(program, shops) == [False] * 3


def test_what_a_job_did_is_undone_by_another(program: Program, shops: list[str]) -> None:
    job = preview(program, kind="disable", ids=shops)
    program.post(f"{JOBS}/{job['id']}:start")
    run_worker()

    undo = program.post(f"{JOBS}/{job['id']}:undo").json()
    program.post(f"{JOBS}/{undo['id']}:start")
    run_worker()

    assert are_enabled(program, shops) == [True] * 3


def test_a_job_is_stopped_before_it_begins_and_goes_on_later(
    program: Program, shops: list[str]
) -> None:
    job = preview(program, kind="disable", query={"q": "shop"})
    program.post(f"{JOBS}/{job['id']}:start")

    stopped = program.post(f"{JOBS}/{job['id']}:stop").json()
    run_worker()
    assert (stopped["state"], are_enabled(program, shops)) == ("stopped", [True] * 3)
    program.post(f"{JOBS}/{job['id']}:resume")
    run_worker()
    assert are_enabled(program, shops) == [False] * 3


def test_a_token_that_is_revoked_meanwhile_changes_nothing_more(
    program: Program, shops: list[str]
) -> None:
    job = preview(program, kind="disable", ids=shops)
    program.post(f"{JOBS}/{job['id']}:start")
    ApiToken.objects.update(revoked_at=timezone.now())

    run_worker()

    ApiToken.objects.update(revoked_at=None)
    assert program.get(f"{JOBS}/{job['id']}").json()["state"] == "failed"
    assert are_enabled(program, shops) == [True] * 3


def test_a_token_that_is_revoked_while_its_job_writes_writes_nothing_more(
    program: Program, shops: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = preview(program, kind="disable", ids=shops)
    program.post(f"{JOBS}/{job['id']}:start")
    keep = AppJobReport.keep

    def revoke_after_the_first(report: AppJobReport, *, done: int, failed: int) -> None:
        keep(report, done=done, failed=failed)
        if done:
            ApiToken.objects.update(revoked_at=timezone.now())

    monkeypatch.setattr(job_work, "CHUNK", 1)
    monkeypatch.setattr(AppJobReport, "keep", revoke_after_the_first)
    run_worker()

    ApiToken.objects.update(revoked_at=None)
    told = program.get(f"{JOBS}/{job['id']}").json()
    assert (told["state"], told["done"]) == ("failed", 1)
    assert "may not do it any more" in told["message"]
    assert are_enabled(program, shops) == [False, True, True]


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "disable"},
        {"kind": "disable", "ids": []},
        {"kind": "disable", "ids": ["a"], "query": {}},
        {"kind": "disable", "query": {"stat": "enabled"}},
        {"kind": "disable", "query": {"state": "bogus"}},
        {"kind": "set-limit", "ids": ["a"], "limit": "max_connections", "value": -7},
        {"kind": "delete", "ids": ["a"]},
        {"kind": "format-disk", "ids": ["a"]},
    ],
)
def test_work_that_is_not_clear_is_refused(program: Program, asked: dict[str, Any]) -> None:
    program.create("a")

    assert program.post(JOBS, asked).status_code == 422


def test_who_only_looks_begins_nothing(viewer: Program, program: Program) -> None:
    program.create("a")

    assert viewer.post(JOBS, {"kind": "disable", "ids": ["a"]}).status_code == 403
    assert viewer.get(JOBS).status_code == 200


def test_a_deleted_app_is_listed_and_comes_back(program: Program) -> None:
    secret = program.create("shop")["secret"]
    program.post(f"{APPS}/shop:disable", If_Match="*")
    program.delete(f"{APPS}/shop?confirm=shop&drained=true", If_Match="*")
    gone = program.get("/api/v1/connections/default/deleted-apps").json()["apps"][0]

    restored = program.post(
        f"{APPS}/shop:restore", {"operation_id": gone["operation_id"]}, If_Match="*"
    )

    assert restored.status_code == 200, restored.content
    assert program.post(f"{APPS}/shop:reveal-secret").json()["secret"] == secret
