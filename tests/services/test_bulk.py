"""Bulk work: frozen selection, preview, one conditional audited write an app, stop, resume, undo."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App, NewApp
from apps_admin.domain.bulk import BulkChange, BulkKind
from apps_admin.domain.errors import (
    AppConflictError,
    DeniedError,
    ReadOnlyConnectionError,
    ThrottledError,
    UnreachableError,
    ValidationError,
)
from apps_admin.domain.finding import FixMode
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import Limit
from apps_admin.models import AuditEntry, IndexedApp, Job, JobApp, OpenOperation, OperationPlan
from apps_admin.models.job import JobState
from apps_admin.models.vault import VaultEntry
from apps_admin.services import app_jobs, job_work
from apps_admin.services.app_index import record_items
from apps_admin.services.app_jobs import NoReport, confirm_job
from apps_admin.services.audit_verification import verify_entries
from apps_admin.services.bulk import BulkWork, UndoWork, change_of, preview_bulk, preview_undo
from apps_admin.services.job_work import count_outcomes, run_rows
from apps_admin.services.search import AppQuery
from apps_admin.services.workspace import Workspace
from tests.cast import BOB
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import MakeWorkspace

pytestmark = pytest.mark.django_db(transaction=True)

DISABLE = BulkChange(kind=BulkKind.DISABLE)
HOOK = '{"url": "https://example.com/hook", "event_types": ["channel_occupied"], "headers": {"X-Key": "hush-hush"}}'


def app_id(number: int) -> str:
    return f"app-{number:03}"


@pytest.fixture
def store() -> InMemoryAppRepository:
    """Twelve enabled apps, and one that is disabled."""
    apps = [NewApp(id=app_id(n), key=f"key-{n:03}", is_enabled=n != 3) for n in range(12)]
    return InMemoryAppRepository([each.to_item() for each in apps])


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four apps a chunk, and no waiting between attempts."""
    monkeypatch.setattr(job_work, "CHUNK", 4)
    monkeypatch.setattr(job_work, "PAUSES", (0.0,))


def ids(count: int = 12) -> list[str]:
    return [app_id(number) for number in range(count)]


def do(workspace: Workspace, job: Job) -> Job:
    """Start a previewed job and run it to its end, as the worker does."""
    job = confirm_job(workspace, job, Action.APP_BULK, reason="TICKET-1")
    run_rows(workspace, job, BulkWork(change_of(job)), NoReport())
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    job.refresh_from_db()
    return job


def outcomes(job: Job) -> dict[str, str]:
    return dict(job.apps.values_list("app_id", "outcome"))


def enabled(store: InMemoryAppRepository) -> list[str]:
    return sorted(a for a in ids() if App(store.get(a)).is_enabled)


def test_a_preview_counts_and_writes_nothing(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    job = preview_bulk(workspace, DISABLE, app_ids=[*ids(), "gone"])
    assert count_outcomes(job, "expected") == {"changed": 11, "unchanged": 1, "refused": 1}
    assert job.state == JobState.SUCCEEDED
    assert len(enabled(store)) == 11
    assert not AuditEntry.objects.exists()


def test_each_app_is_its_own_audited_write_under_one_parent(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    job = do(workspace, preview_bulk(workspace, DISABLE, app_ids=ids()))
    assert enabled(store) == []
    assert count_outcomes(job) == {"changed": 11, "unchanged": 1}
    children = AuditEntry.objects.filter(parent_id=job.operation_id)
    assert children.filter(outcome="started").count() == 11
    assert children.filter(outcome="succeeded", action="app.disable").count() == 11
    assert {each.reason for each in children} == {"TICKET-1"}
    assert OpenOperation.objects.count() == 1, "only the parent, which the job ends"
    assert not OperationPlan.objects.exists()
    assert verify_entries().is_intact
    assert IndexedApp.objects.filter(connection="production", state="disabled").count() == 11


def test_all_that_match_are_frozen(workspace: Workspace, store: InMemoryAppRepository) -> None:
    record_items(workspace.connection, [store.get(each) for each in ids()])
    job = preview_bulk(workspace, DISABLE, query=AppQuery(text="app-00"))
    assert job.total == 10
    record_items(workspace.connection, [NewApp(id="app-00x", key="k").to_item()])
    assert job.apps.count() == 10
    assert job.parameters["query"] == "?q=app-00"


def test_a_conflict_stops_no_other(
    workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = store.update

    def update(before: RawItem, after: RawItem) -> None:
        if before.app_id == app_id(5):
            raise AppConflictError("It changed since.", stored=before)
        original(before, after)

    monkeypatch.setattr(store, "update", update)
    job = do(workspace, preview_bulk(workspace, DISABLE, app_ids=ids()))
    assert outcomes(job)[app_id(5)] == "conflict"
    assert enabled(store) == [app_id(5)]
    assert AuditEntry.objects.filter(target=app_id(5), outcome="failed").count() == 1


def test_throttling_is_waited_out_and_nothing_is_lost(
    workspace: Workspace,
    store: InMemoryAppRepository,
    small_chunks: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original, refusals = store.update, iter(range(7))

    def update(before: RawItem, after: RawItem) -> None:
        if next(refusals, None) is not None:
            raise ThrottledError("Throttled.")
        original(before, after)

    monkeypatch.setattr(store, "update", update)
    job = do(workspace, preview_bulk(workspace, DISABLE, app_ids=ids()))
    assert enabled(store) == []
    assert count_outcomes(job) == {"changed": 11, "unchanged": 1}
    assert AuditEntry.objects.filter(outcome="failed").count() == 7


def test_an_answer_that_got_lost_is_asked_of_the_table(
    workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = store.update

    def update(before: RawItem, after: RawItem) -> None:
        original(before, after)
        if before.app_id == app_id(7):
            raise UnreachableError("No answer.")

    monkeypatch.setattr(store, "update", update)
    job = do(workspace, preview_bulk(workspace, DISABLE, app_ids=ids()))
    assert outcomes(job)[app_id(7)] == "changed"
    assert AuditEntry.objects.filter(target=app_id(7), outcome="succeeded").count() == 1
    assert AuditEntry.objects.filter(target=app_id(7)).count() == 2, "written once"


class StopAfter(NoReport):
    """Asks the work to stop after so many chunks."""

    def __init__(self, chunks: int) -> None:
        self.left = chunks

    def keep(self, *, done: int, failed: int) -> None:
        self.left -= bool(done + failed)
        if self.left < 0:
            raise InterruptedError


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_stopped_job_goes_on_exactly_where_it_was(
    workspace: Workspace, store: InMemoryAppRepository, small_chunks: None, chunks: int
) -> None:
    job = preview_bulk(workspace, BulkChange(kind=BulkKind.ROTATE_SECRET), app_ids=ids())
    job = confirm_job(workspace, job, Action.APP_BULK)
    work = BulkWork(change_of(job))
    with pytest.raises(InterruptedError):
        run_rows(workspace, job, work, StopAfter(chunks))
    done = {a: store.get(a) for a, outcome in outcomes(job).items() if outcome == "changed"}
    assert len(done) == 4 * (chunks + 1)
    run_rows(workspace, job, work, NoReport())
    assert count_outcomes(job) == {"changed": 12}
    assert all(store.get(a) == item for a, item in done.items()), "nothing twice"
    assert AuditEntry.objects.filter(action="app.rotate_secret", outcome="succeeded").count() == 12


def test_undo_of_a_whole_job_sets_back_what_nobody_changed_since(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    secrets = {each: App(store.get(each)).secret for each in ids()}
    change = BulkChange(kind=BulkKind.ROTATE_SECRET)
    job = do(workspace, preview_bulk(workspace, change, app_ids=ids()))
    rotated = store.get(app_id(4))
    store.update(rotated, App(rotated).with_secret("somebody-elses-new-secret").item)
    undo = preview_undo(workspace, job)
    assert count_outcomes(undo, "expected") == {"changed": 11, "conflict": 1}
    undo = confirm_job(workspace, undo, Action.JOB_UNDO)
    run_rows(workspace, undo, UndoWork(), NoReport())
    secrets[app_id(4)] = "somebody-elses-new-secret"
    assert {each: App(store.get(each)).secret for each in ids()} == secrets


def test_undo_brings_deleted_apps_back(workspace: Workspace, store: InMemoryAppRepository) -> None:
    before = store.get(app_id(3))
    with pytest.raises(ValidationError):
        preview_bulk(workspace, BulkChange(kind=BulkKind.DELETE), app_ids=ids())
    job = preview_bulk(workspace, BulkChange(kind=BulkKind.DELETE), app_ids=ids(), is_drained=True)
    assert count_outcomes(job, "expected") == {"changed": 1, "refused": 11}, "only the disabled"
    job = do(workspace, job)
    assert app_id(3) not in store.get_many(ids())
    undo = confirm_job(workspace, preview_undo(workspace, job), Action.JOB_UNDO)
    run_rows(workspace, undo, UndoWork(), NoReport())
    assert store.get(app_id(3)) == before


def test_webhooks_are_added_replaced_and_removed_by_their_url(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    add = BulkChange(kind=BulkKind.ADD_WEBHOOK, webhook=HOOK)
    job = do(workspace, preview_bulk(workspace, add, app_ids=ids()))
    assert "hush-hush" in App(store.get(app_id(1))).webhooks_text
    assert "hush-hush" not in str(job.parameters)
    assert not [e for e in AuditEntry.objects.all() if "hush-hush" in e.after]
    assert count_outcomes(preview_bulk(workspace, add, app_ids=ids()), "expected") == {
        "unchanged": 12
    }
    url = "https://example.com/hook"
    replace = BulkChange(
        kind=BulkKind.REPLACE_WEBHOOK, url=url, webhook=HOOK.replace("example.com", "example.org")
    )
    do(workspace, preview_bulk(workspace, replace, app_ids=ids(6)))
    remove = BulkChange(kind=BulkKind.REMOVE_WEBHOOK, url=url)
    job = do(workspace, preview_bulk(workspace, remove, app_ids=ids()))
    assert count_outcomes(job) == {"changed": 6, "unchanged": 6}
    assert "example.org" in App(store.get(app_id(1))).webhooks_text
    assert App(store.get(app_id(7))).webhooks_text == ""


def test_without_vault_keys_a_webhook_is_not_written_down(
    workspace: Workspace, settings: Iterator[object]
) -> None:
    settings.VAULT_KEYS = []  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="VAULT_KEYS"):
        preview_bulk(workspace, BulkChange(kind=BulkKind.ADD_WEBHOOK, webhook=HOOK), app_ids=ids())
    assert not Job.objects.exists()


def test_limits_are_set_and_removed_and_wrong_ones_refused(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    limit = Limit.MAX_CONNECTIONS
    change = BulkChange(kind=BulkKind.SET_LIMIT, limit=limit, value=Decimal(250))
    do(workspace, preview_bulk(workspace, change, app_ids=ids(2)))
    assert App(store.get(app_id(0))).limits[limit] == 250
    change = BulkChange(kind=BulkKind.SET_LIMIT, limit=limit)
    do(workspace, preview_bulk(workspace, change, app_ids=ids(2)))
    assert App(store.get(app_id(0))).limits[limit] is None
    bad = BulkChange(kind=BulkKind.SET_LIMIT, limit=Limit.MAX_EVENT_PAYLOAD_IN_KB, value=Decimal(0))
    with pytest.raises(ValidationError):
        preview_bulk(workspace, bad, app_ids=ids(2))


def test_findings_are_mended_all_at_once(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    broken = store.get(app_id(0)).with_attribute("Enabled", {"S": "false"})
    store.update(store.get(app_id(0)), broken)
    change = BulkChange(kind=BulkKind.FIX, codes=("enabled-not-boolean",), mode=FixMode.AS_MEANT)
    job = do(workspace, preview_bulk(workspace, change, app_ids=ids()))
    assert count_outcomes(job) == {"changed": 1, "unchanged": 11}
    assert store.get(app_id(0)).get("Enabled") == {"BOOL": False}


def test_a_viewer_and_a_read_only_connection_are_refused(open_as: MakeWorkspace) -> None:
    with pytest.raises(DeniedError):
        preview_bulk(open_as(BOB), DISABLE, app_ids=ids())
    with pytest.raises(ReadOnlyConnectionError):
        preview_bulk(open_as(read_only=True), DISABLE, app_ids=ids())
    assert AuditEntry.objects.filter(outcome="denied").count() == 2
    assert not JobApp.objects.exists()


def test_a_preview_is_started_once(workspace: Workspace) -> None:
    job = preview_bulk(workspace, DISABLE, app_ids=ids(2))
    confirm_job(workspace, job, Action.APP_BULK)
    with pytest.raises(Exception, match="only once"):
        confirm_job(workspace, job, Action.APP_BULK)


def test_a_large_selection_is_previewed_by_the_worker(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_jobs, "INLINE_PREVIEW", 5)
    job = preview_bulk(workspace, DISABLE, app_ids=ids())
    assert job.state == JobState.WAITING
    assert not job.apps.exclude(expected="").exists()


def test_no_version_of_a_refused_write_stays(
    workspace: Workspace, store: InMemoryAppRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def update(before: RawItem, after: RawItem) -> None:
        raise AppConflictError("It changed since.", stored=before)

    monkeypatch.setattr(store, "update", update)
    do(workspace, preview_bulk(workspace, DISABLE, app_ids=ids(2)))
    assert not VaultEntry.objects.filter(purpose="version").exists()
