"""Bulk work through its pages: select, choose, preview, start, watch, stop, resume, undo."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps_admin.jobs.worker import Worker
from apps_admin.models import AuditEntry, Job
from apps_admin.models.job import JobState
from apps_admin.services.app_index import refresh_index
from apps_admin.services.connections import get_connection
from apps_admin.services.job_results import progress_of
from tests.views.conftest import StoreApp, Stored, text_of

pytestmark = pytest.mark.django_db(transaction=True)

BULK = "/connections/default/bulk/"


@pytest.fixture
def apps(store_app: StoreApp) -> list[str]:
    """Three apps in the table and in the index."""
    names = ["shop", "news", "chat"]
    for name in names:
        store_app(AppId={"S": name}, AppKey={"S": f"{name}-key"})
    refresh_index(get_connection("default"))
    return names


def page(name: str, job: Job) -> str:
    return reverse(name, args=["default", job.pk])


def preview(client: Client, **fields: Any) -> Job:
    answer = client.post(BULK, {"preview": "yes", **fields})
    assert answer.status_code == 302, text_of(answer)
    return Job.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def run_worker() -> None:
    while Worker(threads=1).run_next():
        pass


def test_the_list_offers_it_to_who_may(alice: Client, victor: Client, apps: list[str]) -> None:
    assert 'name="id" value="shop"' in text_of(alice.get("/connections/default/apps/"))
    assert 'name="id" value="shop"' not in text_of(victor.get("/connections/default/apps/"))


def test_from_the_list_to_the_end(alice: Client, apps: list[str], stored: Stored) -> None:
    shown = text_of(alice.post(BULK, {"id": ["shop", "news"]}))
    assert "Change 2 apps" in shown
    shown = text_of(alice.post(BULK, {"id": ["shop", "news"], "kind": "disable"}))
    assert 'value="news"' in shown
    job = preview(alice, id=["shop", "news"], kind="disable")
    shown = text_of(alice.get(page("job-record", job)))
    assert "Ready to start" in shown
    assert "Will change: 2" in shown
    assert "Changed" not in shown, "nothing has changed yet"
    assert "Update: Enabled true → false" in shown
    assert page("job-results", job) in shown
    assert "<del>true</del>" in shown
    assert (stored("shop") or {})["Enabled"] == {"BOOL": True}
    alice.post(page("job-start", job), {"reason": "TICKET-7"})
    run_worker()
    shown = text_of(alice.get(page("job-record", job)))
    assert "Changed: 2" in shown
    assert (stored("shop") or {})["Enabled"] == {"BOOL": False}
    assert (stored("chat") or {})["Enabled"] == {"BOOL": True}
    done = AuditEntry.objects.filter(reason="TICKET-7", outcome="succeeded")
    assert done.filter(action="app.disable").count() == 2
    undo = alice.post(page("job-undo", job), follow=True)
    assert "Will change: 2" in text_of(undo)
    undo_job = Job.objects.exclude(pk=job.pk).get(kind="preview")
    alice.post(page("job-start", undo_job), {"reason": ""})
    run_worker()
    assert (stored("news") or {})["Enabled"] == {"BOOL": True}
    assert "Undo" in text_of(alice.get("/connections/default/jobs/"))


def test_a_preview_tells_what_the_doctor_will_find_then(alice: Client, apps: list[str]) -> None:
    fields = {"kind": "set-limit", "limit": "max_connections"}
    taken_as = "MaxConnections is 0, which soketi takes as unlimited."
    job = preview(alice, id=["shop"], value="0", **fields)
    shown = text_of(alice.get(page("job-record", job)))
    said = f"Update: MaxConnections 100 → 0. Then the doctor finds: {taken_as}"
    assert said in shown, "at the app among all"
    assert f"</span>{taken_as}</p>" in shown, "and at the sample of the change"
    assert said in b"".join(alice.get(page("job-results", job))).decode()
    job = preview(alice, id=["shop"], value="5", **fields)
    shown = text_of(alice.get(page("job-record", job)))
    assert "Update: MaxConnections 100 → 5" in shown
    assert "doctor finds" not in shown


def test_all_that_match_a_list(alice: Client, apps: list[str]) -> None:
    shown = text_of(alice.get(f"{BULK}?query=%3Fq%3Dnews"))
    assert "Change 1 app" in shown
    job = preview(alice, query="?q=news", kind="disable")
    assert [row.app_id for row in job.apps.all()] == ["news"]


def test_what_is_missing_is_told_at_its_field(alice: Client, apps: list[str]) -> None:
    fields = {"id": "shop", "kind": "set-limit", "limit": "max_connections", "preview": "yes"}
    answer = alice.post(BULK, {**fields, "value": "many"})
    assert answer.status_code == 422
    assert "is not a number" in text_of(answer)
    answer = alice.post(BULK, {"id": "shop", "kind": "delete", "preview": "yes"})
    assert answer.status_code == 422
    assert not Job.objects.filter(kind="preview").exists()


def test_htmx_asks_until_it_is_over(alice: Client, apps: list[str]) -> None:
    job = preview(alice, id=["shop"], kind="disable")
    alice.post(page("job-start", job))
    answer = alice.get(page("job-record", job), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "every 1s" in text_of(answer)
    assert "<html" not in text_of(answer)
    run_worker()
    answer = alice.get(page("job-record", job), headers={"HX-Request": "true"})
    assert answer.status_code == 286
    assert "every 1s" not in text_of(answer)


def test_a_job_stops_and_goes_on(alice: Client, apps: list[str], stored: Stored) -> None:
    job = preview(alice, id=apps, kind="disable")
    alice.post(page("job-start", job))
    alice.post(page("job-stop", job))
    job.refresh_from_db()
    assert job.state == JobState.STOPPED
    run_worker()
    assert (stored("shop") or {})["Enabled"] == {"BOOL": True}
    alice.post(page("job-resume", job))
    run_worker()
    assert (stored("shop") or {})["Enabled"] == {"BOOL": False}
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"job.stop", "job.resume", "app.bulk"} <= actions


def test_a_pause_does_not_slow_a_job_down(alice: Client, apps: list[str]) -> None:
    job = preview(alice, id=apps, kind="disable")
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        kind="write",
        state=JobState.STOPPED,
        done=2,
        started_at=now - timedelta(hours=5, seconds=1),
        finished_at=now - timedelta(hours=5),
    )
    alice.post(page("job-resume", job))
    job.refresh_from_db()
    rate = progress_of(job).rate
    assert rate is not None
    assert rate > 0.1, "two apps in a second, and a few seconds for this test"


def test_a_job_with_troubles_does_not_look_like_one_without(alice: Client, apps: list[str]) -> None:
    job = preview(alice, id=[*apps, "gone"], kind="disable")
    alice.post(page("job-start", job), {"reason": ""})
    run_worker()
    for address in (page("job-record", job), "/connections/default/jobs/"):
        shown = text_of(alice.get(address))
        assert "Done, with troubles" in shown
        assert "Succeeded" not in shown


def test_results_as_csv(alice: Client, apps: list[str]) -> None:
    job = preview(alice, id=[*apps, "=cmd|' /C calc'!A0"], kind="disable")
    answer = alice.get(page("job-results", job))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [row["expected"] for row in rows] == ["changed", "changed", "changed", "refused"]
    assert rows[3]["app_id"].startswith("'=")


def test_a_protected_connection_has_the_number_typed(
    alice: Client, apps: list[str], protected: None
) -> None:
    job = preview(alice, id=apps, kind="disable")
    answer = alice.post(page("job-start", job), {"number": "2"})
    assert answer.status_code == 422
    job.refresh_from_db()
    assert job.kind == "preview"
    assert alice.post(page("job-start", job), {"number": "3"}).status_code == 302


def test_a_reason_is_asked_for_where_it_is_needed(
    alice: Client, apps: list[str], reasons_required: None
) -> None:
    job = preview(alice, id=apps, kind="disable")
    assert alice.post(page("job-start", job), {}).status_code == 422
    assert not AuditEntry.objects.exists()


def test_another_connections_job_is_not_found(alice: Client, apps: list[str]) -> None:
    job = preview(alice, id=["shop"], kind="disable")
    Job.objects.filter(pk=job.pk).update(connection="elsewhere")
    assert alice.get(page("job-record", job)).status_code == 404
