"""The doctor's pages: counts, filter, reports, and fixes that become jobs."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.domain.app import App
from apps_admin.domain.findings import RULES, find_findings
from apps_admin.domain.item import RawItem
from apps_admin.models import Job
from apps_admin.services.app_index import refresh_index
from apps_admin.services.connections import get_connection
from apps_admin.services.doctor_overview import FIXABLE
from tests.views.conftest import StoreApp, Stored, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _table(default_connection: str, store_app: StoreApp) -> None:
    store_app()
    store_app(AppId={"S": "binary"}, AppKey={"S": "shared"}, Enabled={"B": b"false"})
    store_app(AppId={"S": "off"}, AppKey={"S": "off-key"}, Enabled={"B": b""})
    store_app(AppId={"S": "twin"}, AppKey={"S": "shared"})
    refresh_index(get_connection("default"))


def page(client: Client, **parameters: str) -> Any:
    return client.get(reverse("doctor", args=["default"]), parameters)


def report(client: Client, name: str, **parameters: str) -> str:
    response = client.get(reverse("doctor-report", args=["default", name]), parameters)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]


def test_it_counts_apps_by_finding_worst_first(victor: Client) -> None:
    response = page(victor)
    counts = {
        each["count"].rule.code: each["count"].apps
        for group in response.context["groups"]
        for each in group["counts"]
    }
    assert counts["enabled-not-boolean"] == 2
    assert counts["key-duplicate"] == 2
    assert response.context["groups"][0]["severity"] == "error"
    assert "Mend" not in text_of(response), "a viewer cannot"


def test_a_finding_lists_its_apps(victor: Client) -> None:
    shown = text_of(page(victor, code="enabled-not-boolean"))
    assert ">binary</a>" in shown
    assert ">shop</a>" not in shown
    assert ">twin</a>" in text_of(page(victor, code="key-duplicate"))
    assert page(victor, code="nonsense").status_code == 404


def test_reports_hold_fresh_findings_and_no_secret(victor: Client, store_app: StoreApp) -> None:
    store_app(AppId={"S": "off"}, AppKey={"S": "off-key"})
    rows = list(csv.DictReader(io.StringIO(report(victor, "csv"))))
    assert ("binary", "key-duplicate") in {(row["app"], row["code"]) for row in rows}
    assert "off" not in {row["app"] for row in rows}, "mended since the table was examined"
    findings = json.loads(report(victor, "json", code="enabled-not-boolean"))["findings"]
    assert [each["app"] for each in findings] == ["binary"]
    sarif = report(victor, "sarif")
    assert json.loads(sarif)["version"] == "2.1.0"
    assert "the-old-secret-of-the-shop" not in sarif


def test_a_report_of_another_kind_is_not_found(victor: Client) -> None:
    for address in ("xlsx", "csv"):
        url = reverse("doctor-report", args=["default", address])
        assert victor.get(url, {"code": "nonsense"}).status_code == 404


def test_fixing_says_how_many_apps_would_stop_taking_connections(bob: Client) -> None:
    response = bob.get(reverse("doctor-fix", args=["default", "enabled-not-boolean"]))
    stopped = {each["plan"].mode: each["plan"].stopped for each in response.context["plans"]}
    assert stopped == {"as-read": 0, "as-meant": 1}
    assert "1 app that takes connections today would refuse them" in text_of(response)


def test_fixing_previews_a_job_and_writes_nothing(bob: Client, stored: Stored) -> None:
    url = reverse("doctor-fix", args=["default", "enabled-not-boolean"])
    response = bob.post(url, {"mode": "as-read"})
    job = Job.objects.exclude(parameters={}).latest("created_at")
    assert response.headers["Location"] == reverse("job-record", args=["default", job.pk])
    assert job.total == 2
    assert (stored("binary") or {})["Enabled"] == {"B": b"false"}


def test_a_way_that_mends_nothing_is_refused(bob: Client) -> None:
    url = reverse("doctor-fix", args=["default", "key-duplicate"])
    assert "No app can be mended like this" in text_of(bob.get(url))
    assert bob.post(url, {"mode": "as-read"}).status_code == 422


def test_examining_starts_one_job_and_shows_its_progress(victor: Client) -> None:
    victor.post(reverse("doctor-examine", args=["default"]))
    victor.post(reverse("doctor-examine", args=["default"]))
    assert Job.objects.filter(kind="index").count() == 1
    assert "apps examined" in text_of(page(victor))


def test_htmx_gets_the_part_that_changes(victor: Client) -> None:
    url = reverse("doctor", args=["default"])
    response = victor.get(url, headers={"HX-Request": "true", "HX-Target": "doctor"})
    assert "<html" not in text_of(response)


def test_what_is_offered_to_mend_has_a_fix_somewhere() -> None:
    assert set(RULES) >= FIXABLE
    odd: list[dict[str, Any]] = [
        {"Enabled": {"B": b"false"}, "EnableClientMessages": {"S": "no"}},
        {"EnableUserAuthentication": {"N": "0"}, "MaxConnections": {"N": "0"}},
        {"MaxConnections": {"S": "12"}, "MaxEventPayloadInKb": {"N": "0"}},
        {"MaxConnections": {"S": "many"}, "MaxEventNameLength": {"S": "12abc"}},
        {"Webhooks": {"S": "["}, "maxConnections": {"N": "5"}, "MaxConnections": {"N": "6"}},
        {"Webhooks": {"L": []}, "maxConnections": {"N": "5"}},
        {"Webhooks": {"S": '[{"lambda_function": "f", "event_types": ["cache_miss"]}]'}},
        {"AppKey": {"NULL": True}, "MaxConnections": {"M": {}}},
    ]
    found = {
        finding.code
        for attributes in odd
        for finding in find_findings(
            App(RawItem(attributes={"AppId": {"S": "a"}, "AppKey": {"S": "k"}, **attributes}))
        )
        if finding.fixes
    }
    assert found <= FIXABLE, "the page offers every fix there is"
    assert len(found) > 8
