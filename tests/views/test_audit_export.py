"""An export of the audit log: asked for on its page, written by the worker, downloaded by who asked, audited."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import Grant
from apps_admin.jobs.worker import Worker
from apps_admin.models import AuditEntry, Job
from apps_admin.services import audit_export
from apps_admin.services.audit import record_event
from apps_admin.services.audit_export import remove_old_exports
from apps_admin.services.audit_reconciliation import reconcile_operations
from tests.cast import ADMINISTRATOR
from tests.views.conftest import client_of, text_of, url

EXPORT = "/connections/default/audit-export/"


@pytest.fixture
def history(bob: Client, shop: str) -> None:
    bob.post(url("app-disable"), {"reason": "=HYPERLINK(1)"})
    bob.post(url("app-enable"))


def download_of(client: Client, path: str = EXPORT) -> Any:
    found = re.search(f"{path}[0-9a-f-]{{36}}/", text_of(client.get(path)))
    assert found
    return client.get(found.group())


def exported(client: Client, query: str = "", **typed: str) -> str:
    answer = client.post(f"{EXPORT}{query}", {"export_format": "jsonl", **typed})
    assert answer.status_code == 302
    assert Worker(threads=0).run_next()
    return gzip.decompress(b"".join(download_of(client).streaming_content)).decode()


def test_it_holds_what_the_filters_of_the_list_take(alice: Client, history: None) -> None:
    entries = [json.loads(line) for line in exported(alice, "?action=app.disable").splitlines()]
    assert {entry["action"] for entry in entries} == {"app.disable"}
    assert [entry["outcome"] for entry in entries] == ["started", "succeeded"]


def test_a_large_one_is_written_in_chunks(
    alice: Client, history: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_export, "STEP", 1)
    header, *rows = csv.reader(io.StringIO(exported(alice, export_format="csv")))
    entries = [dict(zip(header, row, strict=True)) for row in rows]
    assert [entry["action"] for entry in entries[:4]] == ["app.disable"] * 2 + ["app.enable"] * 2
    assert entries[0]["reason"] == "'=HYPERLINK(1)"
    assert download_of(alice).headers["Content-Type"] == "application/gzip"


def test_the_export_is_an_operation_itself(alice: Client, history: None) -> None:
    exported(alice, "?app=shop", reason="OPS-9")
    reconcile_operations()
    rows = AuditEntry.objects.filter(action="audit.export").order_by("sequence")
    assert [row.outcome for row in rows] == ["started", "succeeded"]
    assert rows[1].reason == "OPS-9"
    details = rows[1].to_entry().details
    assert details["entries"] == 4
    assert details["filter"] == {"connection": "default", "app_id": "shop"}


def test_only_who_asked_for_it_gets_it(alice: Client, bob: Client, history: None) -> None:
    exported(alice)
    path = download_of(alice).request["PATH_INFO"]
    assert bob.get(path).status_code == 403
    assert bob.post(EXPORT, {"export_format": "csv"}).status_code == 403
    other = client_of("ada", {"default": Grant(role=Role.ADMINISTRATOR)})
    assert other.get(path).status_code == 404
    assert path not in text_of(other.get(EXPORT))


def test_a_reason_is_asked_for_where_the_connection_requires_one(
    alice: Client, history: None, reasons_required: None
) -> None:
    assert alice.post(EXPORT, {"export_format": "jsonl"}).status_code == 422
    assert not Job.objects.filter(kind="audit-export").exists()


def test_after_a_day_it_is_gone(alice: Client, history: None) -> None:
    exported(alice)
    path = download_of(alice).request["PATH_INFO"]
    assert remove_old_exports() == 0
    Job.objects.update(finished_at="2020-01-01T00:00:00Z")
    assert remove_old_exports() == 1
    assert alice.get(path).status_code == 404


def test_everything_is_exported_by_who_administrates_everything(
    alice: Client, bob: Client, history: None
) -> None:
    path = "/audit-export/"
    record_event(ADMINISTRATOR, Action.PERSON_CREATE, target="dora")
    assert f'href="{path}?outcome=succeeded"' in text_of(alice.get("/audit/?outcome=succeeded"))
    assert path not in text_of(bob.get("/audit/"))
    assert alice.post(f"{path}?outcome=succeeded", {"export_format": "jsonl"}).status_code == 302
    assert Worker(threads=0).run_next()
    found = download_of(alice, path)
    lines = gzip.decompress(b"".join(found.streaming_content)).decode().splitlines()
    entries = [json.loads(line) for line in lines]
    assert {each["action"] for each in entries} >= {"app.disable", "app.enable", "person.create"}
    assert {each["connection"] for each in entries} == {"default", ""}
    rows = AuditEntry.objects.filter(action="audit.export").order_by("sequence")
    assert [(row.outcome, row.connection) for row in rows] == [("started", ""), ("succeeded", "")]
    ada = client_of("ada", {"default": Grant(role=Role.ADMINISTRATOR)})
    assert ada.get(path).status_code == 403
    assert ada.get(found.request["PATH_INFO"]).status_code == 403
    assert ada.post(path, {"export_format": "jsonl"}).status_code == 403
    assert AuditEntry.objects.get(outcome="denied").action == "audit.export"
