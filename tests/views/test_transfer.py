"""Import and export through their pages."""

from __future__ import annotations

import json
import tempfile
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from apps_admin.jobs.worker import Worker
from apps_admin.models import AuditEntry, Job
from tests.views.conftest import Stored, text_of

pytestmark = pytest.mark.django_db(transaction=True)

BASE = "/connections/default"
LINES = "".join(
    json.dumps({"soketi_app": {"AppId": {"S": name}, "AppKey": {"S": f"{name}-key"}}}) + "\n"
    for name in ("news", "chat")
)


def upload(client: Client, content: str, **fields: str) -> Job:
    file = SimpleUploadedFile("apps.jsonl", content.encode())
    given = {"on_existing": "fail", "on_missing": "generate", **fields}
    answer = client.post(f"{BASE}/import/", {"file": file, **given})
    assert answer.status_code == 302, text_of(answer)
    return Job.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def run_worker() -> None:
    while Worker(threads=1).run_next():
        pass


def test_a_file_is_uploaded_previewed_and_imported(
    alice: Client, stored: Stored, default_connection: str
) -> None:
    job = upload(alice, LINES)
    page = f"{BASE}/jobs/{job.pk}/"
    assert "every 1s" in text_of(alice.get(page))
    run_worker()
    shown = text_of(alice.get(page))
    assert "Will change: 2" in shown
    assert "JSON Lines of this console" in shown
    assert stored("news") is None
    alice.post(f"{page}start/", {"reason": ""})
    run_worker()
    assert (stored("news") or {})["AppKey"] == {"S": "news-key"}
    assert "AppSecret" in (stored("news") or {})


def test_a_file_of_no_known_format_is_told_on_the_page(alice: Client) -> None:
    file = SimpleUploadedFile("apps.txt", b"hello")
    given = {"file": file, "on_existing": "fail", "on_missing": "generate"}
    answer = alice.post(f"{BASE}/import/", given)
    assert answer.status_code == 422
    assert "no format the console knows" in text_of(answer)


def test_rows_without_an_id_that_can_be_are_told_beside_the_rest(alice: Client) -> None:
    rows = [{"AppId": {"S": "x" * 3000}}, {"AppKey": {"S": "k"}}, {"AppId": {"S": "né/w"}}]
    lines = [
        json.dumps({"soketi_app": {"AppKey": {"S": f"k{n}"}, **row}}) for n, row in enumerate(rows)
    ]
    job = upload(alice, "\n".join([*lines, "{broken"]))
    run_worker()
    shown = text_of(alice.get(f"{BASE}/jobs/{job.pk}/"))
    assert "line 2: the record has no id." in shown
    assert "line 4, column 2" in shown
    assert "at most 2,048 bytes" in shown
    assert "né/w</a>" in shown


def test_a_broken_document_ends_the_job_with_its_place(alice: Client) -> None:
    job = upload(alice, '{"appManager": {\n broken}')
    run_worker()
    assert "line 2, column 2" in text_of(alice.get(f"{BASE}/jobs/{job.pk}/"))


def test_an_export_is_a_download_without_secrets(alice: Client, shop: str) -> None:
    answer = alice.post(f"{BASE}/export/", {"format": "csv"})
    text = b"".join(answer).decode()
    assert "attachment" in answer["Content-Disposition"]
    assert "shop-key" in text
    assert "the-old-secret" not in text
    text = b"".join(alice.post(f"{BASE}/export-secrets/", {"format": "jsonl"})).decode()
    assert "the-old-secret" in text


def test_an_export_that_its_reader_leaves_is_failed_in_the_log_at_once(
    alice: Client, shop: str
) -> None:
    alice.post(f"{BASE}/export/", {"format": "csv"}).close()
    ended = AuditEntry.objects.order_by("-sequence")[0].to_entry()
    assert (ended.action, ended.outcome) == ("app.export", "failed")
    assert ended.details["error"] == "abandoned"


def test_who_may_not_see_secrets_cannot_export_them(bob: Client, shop: str) -> None:
    assert bob.post(f"{BASE}/export-secrets/", {"format": "jsonl"}).status_code == 403
    assert "Export with secrets" not in text_of(bob.get(f"{BASE}/transfer/"))


def test_a_viewer_exports_and_does_not_import(victor: Client) -> None:
    shown = text_of(victor.get(f"{BASE}/transfer/"))
    assert "Preview import" not in shown
    assert victor.post(f"{BASE}/import/", {}).status_code == 403


def test_a_large_upload_is_never_on_disk_in_clear(
    alice: Client, stored: Stored, default_connection: str, settings: Settings
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    seen: list[bytes] = []

    class Watched(tempfile.SpooledTemporaryFile[bytes]):
        def write(self, piece: Any) -> int:
            seen.append(bytes(piece))
            return super().write(piece)

    with mock.patch("apps_admin.services.sealed_uploads.tempfile.TemporaryFile", Watched):
        job = upload(alice, LINES)
    run_worker()
    job.refresh_from_db()
    assert job.total == 2
    assert seen
    assert not any(b"news" in piece for piece in seen)


def test_a_list_links_to_the_export_of_what_it_shows(alice: Client, shop: str) -> None:
    alice.get(f"{BASE}/apps/{shop}/")
    page = text_of(alice.get(f"{BASE}/apps/?q={shop}"))
    assert "/connections/default/transfer/?query=%3Fq%3D" in page
    page = text_of(alice.get(f"{BASE}/transfer/?query=%3Fq%3D{shop}"))
    assert "the apps of the list" in page
