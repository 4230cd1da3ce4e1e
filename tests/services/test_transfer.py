"""Import and export: previewed, conditional, resumable; and a round trip that changes nothing."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind, Grant
from apps_admin.domain.app import App
from apps_admin.domain.errors import DeniedError, ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.models import AuditEntry, IndexedApp, Job, VaultEntry
from apps_admin.models.job import JobState
from apps_admin.services import app_jobs, transfer_files
from apps_admin.services.app_index import record_items
from apps_admin.services.app_jobs import NoReport, confirm_job, make_rows
from apps_admin.services.bulk import UndoWork, preview_undo
from apps_admin.services.job_work import count_outcomes, preview_rows, run_rows
from apps_admin.services.transfer_export import export_apps
from apps_admin.services.transfer_files import keep_file, open_file
from apps_admin.services.transfer_import import (
    ImportOptions,
    ImportWork,
    OnExisting,
    OnMissing,
    find_import,
    preview_import,
)
from apps_admin.services.workspace import Workspace
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import SHOP, MakeWorkspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of the table in memory is kept by its writes; there is nothing to scan."""
    monkeypatch.setattr(
        "apps_admin.services.transfer_import.refresh_index", lambda _connection: None
    )
    monkeypatch.setattr(
        "apps_admin.services.transfer_export.read_units_per_second", lambda *_given: None
    )


def start(workspace: Workspace, data: bytes | str, **options: object) -> Job:
    """Preview a file as the worker does."""
    content = data.encode() if isinstance(data, str) else data
    job = preview_import(workspace, [content], "apps.txt", ImportOptions(**options))  # type: ignore[arg-type]
    work = ImportWork(job)
    make_rows(job, work, NoReport())
    preview_rows(workspace, job, work, NoReport())
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    job.refresh_from_db()
    return job


def finish(workspace: Workspace, job: Job) -> dict[str, int]:
    job = confirm_job(workspace, job, Action.APP_IMPORT)
    run_rows(workspace, job, ImportWork(job), NoReport())
    return count_outcomes(job)


def exported(workspace: Workspace, name: str = "jsonl", *, with_secrets: bool = False) -> str:
    return "".join(export_apps(workspace, name, with_secrets=with_secrets))


def line(app_id: str, **attributes: object) -> str:
    item = {"AppId": {"S": app_id}, "AppKey": {"S": f"{app_id}-key"}, **attributes}
    return json.dumps({"soketi_app": item}) + "\n"


@pytest.mark.parametrize("name", ["jsonl", "csv", "dynamodb-json"])
@pytest.mark.parametrize("with_secrets", [False, True])
def test_a_round_trip_changes_nothing(workspace: Workspace, name: str, with_secrets: bool) -> None:
    text = exported(workspace, name, with_secrets=with_secrets)
    assert ("the-old-secret" in text) == with_secrets
    job = start(workspace, text, on_existing=OnExisting.UPDATE)
    assert count_outcomes(job, "expected") == {"unchanged": 1}
    assert job.parameters["format"] == name


def test_a_lost_table_comes_back_whole(workspace: Workspace, store: InMemoryAppRepository) -> None:
    text = exported(workspace, with_secrets=True)
    store.delete(SHOP)
    assert finish(workspace, start(workspace, gzip.compress(text.encode()))) == {"changed": 1}
    assert not store.get("shop").changes_to(SHOP)
    assert AuditEntry.objects.filter(action="app.create", outcome="succeeded").count() == 1
    assert not [e for e in AuditEntry.objects.all() if "the-old-secret" in e.after]


def test_secrets_leave_only_with_the_permission_and_are_audited(open_as: MakeWorkspace) -> None:
    nobody = Actor(
        kind=ActorKind.PERSON,
        id="9",
        name="Olga",
        grants={EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)},
    )
    with pytest.raises(DeniedError):
        exported(open_as(nobody), with_secrets=True)
    assert AuditEntry.objects.get().outcome == "denied"
    assert "shop" in exported(open_as(nobody))
    outcome = AuditEntry.objects.get(action="app.export", outcome="succeeded")
    assert json.loads(outcome.details) == {"apps": 1, "format": "jsonl"}


def test_existing_apps_are_skipped_updated_or_a_conflict(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    text = line("shop", AppKey={"S": "shop-key"}, MaxConnections={"N": "7"})
    expected = {
        OnExisting.SKIP: "unchanged",
        OnExisting.FAIL: "conflict",
        OnExisting.UPDATE: "changed",
    }
    for choice, outcome in expected.items():
        job = start(workspace, text, on_existing=choice)
        assert count_outcomes(job, "expected") == {outcome: 1}
    assert finish(workspace, job) == {"changed": 1}
    assert store.get("shop").get("MaxConnections") == {"N": "7"}
    assert store.get("shop").get("Team") == SHOP.get("Team"), "what the file does not name stays"


def test_what_is_missing_is_generated_or_an_error(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    refused = start(workspace, line("news"), on_missing=OnMissing.FAIL)
    row = refused.apps.get()
    assert row.expected == "refused"
    assert "line 1: the secret is missing" in row.message
    assert finish(workspace, start(workspace, line("news"))) == {"changed": 1}
    assert len(App(store.get("news")).secret) >= 32


def test_an_id_or_key_twice_in_a_file_or_taken_in_the_table(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    record_items(workspace.connection, [SHOP])
    text = (
        line("one") + line("one") + line("two", AppKey={"S": "one-key"})
        + line("three", AppKey={"S": "shop"}) + line("four", AppKey={"S": "shop-key"}) + line("five")
    )  # fmt: skip
    job = start(workspace, text)
    outcomes = [row.expected for row in job.apps.all()]
    assert outcomes == ["changed", "refused", "refused", "refused", "refused", "changed"]
    assert finish(workspace, job) == {"changed": 2, "refused": 4}


@pytest.mark.sqlite
def test_no_index_row_is_read_but_those_a_chunk_names(workspace: Workspace) -> None:
    job = start(workspace, "".join(line(f"new-{number}") for number in range(3)))
    record_items(
        workspace.connection,
        [
            RawItem(attributes={"AppId": {"S": app_id}, "AppKey": {"S": "shared"}})
            for app_id in ("one", "two")
        ],
    )
    with CaptureQueriesContext(connection) as captured:
        run_rows(workspace, job, ImportWork(job), NoReport())
    table = IndexedApp._meta.db_table
    asked = [
        each["sql"]
        for each in captured
        if table in each["sql"] and each["sql"].startswith(("SELECT", "UPDATE"))
    ]
    assert asked
    whole = [["SCAN", name] for name in (table, "one", "other")]
    for statement in asked:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            plan = [step[3] for step in cursor.fetchall()]
        # "one" and "other" are the names under which the table is joined with itself.
        assert not [step for step in plan if step.split()[:2] in whole], plan


def test_the_same_file_twice_at_once_doubles_nothing(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    text = "".join(line(f"app-{number}") for number in range(20))
    one, other = start(workspace, text), start(workspace, text)
    assert finish(workspace, one) == {"changed": 20}
    before = {f"app-{n}": store.get(f"app-{n}") for n in range(20)}
    assert finish(workspace, other) == {"unchanged": 20}, "their secrets were not written anew"
    assert {f"app-{n}": store.get(f"app-{n}") for n in range(20)} == before


class StopEarly(NoReport):
    """Stops after the first chunk."""

    def keep(self, *, done: int, failed: int) -> None:
        """After the first chunk."""
        if done + failed:
            raise InterruptedError


def test_an_interrupted_import_goes_on_where_it_was(
    workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps_admin.services.job_work.CHUNK", 7)
    text = "".join(line(f"app-{number:02}") for number in range(30))
    job = confirm_job(workspace, start(workspace, text), Action.APP_IMPORT)
    with pytest.raises(InterruptedError):
        run_rows(workspace, job, ImportWork(job), StopEarly())
    assert count_outcomes(job) == {"changed": 7, "waiting": 23}
    assert find_import("production", job.parameters["fingerprint"]) == job
    run_rows(workspace, job, ImportWork(job), NoReport())
    assert count_outcomes(job) == {"changed": 30}
    assert AuditEntry.objects.filter(action="app.create", outcome="succeeded").count() == 30


def test_an_import_is_undone_as_a_whole(workspace: Workspace, store: InMemoryAppRepository) -> None:
    text = line("on") + line("off", Enabled={"BOOL": False})
    job = start(workspace, text)
    finish(workspace, job)
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    job.refresh_from_db()
    with pytest.raises(ValidationError):
        preview_undo(workspace, job)
    undo = confirm_job(workspace, preview_undo(workspace, job, is_drained=True), Action.JOB_UNDO)
    run_rows(workspace, undo, UndoWork(), NoReport())
    assert set(store.get_many(["on", "off"])) == {"on"}, "an enabled app is never deleted"


def test_files_are_encrypted_in_the_vault_and_read_from_any_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transfer_files, "PIECE", 10)
    keep_file([b"hello ", b"secret w\xc3\xb6rld\n" * 5], connection="default", file_id="f")
    assert VaultEntry.objects.count() == 8
    assert not [e for e in VaultEntry.objects.all() if b"secret" in bytes(e.ciphertext)]
    with open_file("f") as stream:
        whole = stream.read()
        stream.seek(0)
        assert stream.readline() == "hello secret wörld\n"
    assert whole == "hello " + "secret wörld\n" * 5


def test_encodings(workspace: Workspace) -> None:
    text = line("news")
    for data in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        assert count_outcomes(start(workspace, data), "expected") == {"changed": 1}
    latin = "id,key,secret,max_connections\nd\xe9j\xe0,k,s,1\n".encode("latin-1")
    with pytest.raises(ValidationError, match="neither UTF-8 nor UTF-16"):
        start(workspace, latin)
    with pytest.raises(ValidationError, match="damaged"):
        start(workspace, gzip.compress(text.encode() * 100)[:-40])


def test_too_large_empty_and_unknown_files_leave_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError, match="no format"):
        start(workspace, "just text")
    with pytest.raises(ValidationError, match="empty"):
        start(workspace, "")
    monkeypatch.setattr(transfer_files, "LARGEST_FILE", 100)
    with pytest.raises(ValidationError, match="larger"):
        start(workspace, line("news") * 20)
    assert not Job.objects.exists()


def test_a_file_that_unpacks_to_too_much_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer_files, "PIECE", 1000)
    monkeypatch.setattr(transfer_files, "LARGEST_UNPACKED", 100_000)
    small = line("news") + " " * 90_000
    assert start(workspace, gzip.compress(small.encode())).apps.count() == 1
    with pytest.raises(ValidationError, match="Unpacked, the file is larger"):
        start(workspace, gzip.compress((small + " " * 20_000).encode()))


def test_reading_a_long_file_keeps_the_job_and_ends_at_too_many_records(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_jobs, "ROWS_AT_ONCE", 10)
    data = "".join(line(f"app-{number}") for number in range(30))
    said: list[str] = []

    class Listening(NoReport):
        def say(self, message: str) -> None:
            said.append(message)

    job = preview_import(workspace, [data.encode()], "apps.jsonl", ImportOptions())
    make_rows(job, ImportWork(job), Listening())
    assert said[1:4] == [f"Reading the file: {number} records." for number in (10, 20, 30)]
    monkeypatch.setattr(app_jobs, "MOST_RECORDS", 25)
    with pytest.raises(ValidationError, match="more than 25 records"):
        make_rows(job, ImportWork(job), NoReport())


def test_a_record_that_is_too_large_or_unknown_to_soketi_is_refused_alone(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    rows = io.StringIO()
    rows.write("id,key,secret,max_connections,webhooks\n")
    rows.write('good,gk,a-fine-long-secret-of-good,10,"[]"\nbad,bk,s,10,not-json\n')
    job = start(workspace, rows.getvalue())
    assert [row.expected for row in job.apps.all()] == ["changed", "refused"]
    assert "line 3, webhooks" in job.apps.last().message  # type: ignore[union-attr]
    finish(workspace, job)
    assert isinstance(store.get("good"), RawItem)


def test_an_id_or_key_that_is_no_text_is_told_by_its_type(workspace: Workspace) -> None:
    job = start(workspace, line("one", AppKey={"N": "5"}) + line("two", AppId={"N": "7"}))
    messages = [row.message for row in job.apps.all()]
    assert [row.expected for row in job.apps.all()] == ["refused", "refused"]
    assert "The key has to be text (S); this one has the type N." in messages[0]
    assert "line 2: the id has to be text (S); this one has the type N." in messages[1]


def test_a_name_given_twice_in_one_object_is_refused(workspace: Workspace) -> None:
    twice = line("one", Webhooks={"S": "[]"}).replace('"AppKey"', '"AppId": {"S": "two"}, "AppKey"')
    row = start(workspace, line("zero") + twice).apps.get(expected="refused")
    assert "line 2: " in row.message
    assert "'AppId' is given twice in one object" in row.message


def test_a_preview_counts_what_could_not_be_done(workspace: Workspace) -> None:
    kept: list[tuple[int, int]] = []

    class Counting(NoReport):
        def keep(self, *, done: int, failed: int) -> None:
            kept.append((done, failed))

    job = preview_import(workspace, [(line("one") + "{\n").encode()], "a.jsonl", ImportOptions())
    work = ImportWork(job)
    make_rows(job, work, NoReport())
    preview_rows(workspace, job, work, Counting())
    assert kept == [(2, 1)]


def test_what_soketi_reads_alike_is_no_change_in_a_format_without_types(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    odd = RawItem(
        attributes={
            "AppId": {"S": "odd"},
            "AppKey": {"S": "odd-key"},
            "AppSecret": {"S": "a-long-enough-secret-of-odd"},
            "Enabled": {"B": b"false"},
            "maxConnections": {"S": "7"},
        }
    )
    store.delete(SHOP)
    store.create(odd)
    text = exported(workspace, "soketi-config", with_secrets=True)
    job = start(workspace, text, on_existing=OnExisting.UPDATE)
    assert count_outcomes(job, "expected") == {"unchanged": 1}
    changed = text.replace('"maxConnections": 7', '"maxConnections": 8')
    job = start(workspace, changed, on_existing=OnExisting.UPDATE)
    assert finish(workspace, job) == {"changed": 1}
    assert store.get("odd").get("MaxConnections") == {"N": "8"}
    assert store.get("odd").get("maxConnections") is None, "the alias would have won"
    assert store.get("odd").get("Enabled") == {"B": b"false"}
