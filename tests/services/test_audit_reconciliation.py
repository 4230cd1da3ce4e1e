"""After a crash the table tells what happened, and the log is completed as a new entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App, NewApp
from apps_admin.domain.audit import Outcome
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ConnectionNotFoundError, UnreachableError
from apps_admin.domain.item import RawItem
from apps_admin.models import AuditEntry, Job, KeyClaim, OperationPlan, VaultEntry
from apps_admin.models.job import JobState
from apps_admin.services import audit_reconciliation
from apps_admin.services.apps import create_app, delete_app, disable_app
from apps_admin.services.audit import Doing, append_start
from apps_admin.services.audit_reconciliation import (
    GIVEN_UP_AFTER,
    LONGEST_OPERATION,
    Reconciled,
    reconcile_operations,
)
from apps_admin.services.audit_verification import verify_entries
from apps_admin.services.claims import release_settled_claims
from apps_admin.services.jobs import start_job
from apps_admin.services.workspace import Workspace
from tests.cast import ALICE
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import SHOP

pytestmark = pytest.mark.django_db

LATER = LONGEST_OPERATION + timedelta(minutes=2)


class Crash(BaseException):
    """The process is gone."""


@pytest.fixture(autouse=True)
def _connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_reconciliation, "get_connection", lambda slug: Connection(slug=slug))


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the process end at a step: its outcome is never recorded, as after kill -9."""

    def at(step: str) -> None:
        def end(*_args: object) -> None:
            raise Crash

        from apps_admin.services import workspace

        monkeypatch.setattr(workspace, "end_operation", end)
        monkeypatch.setattr(workspace, "ending_of_error", lambda *_args: None)
        if step in {"create", "update", "delete"}:
            monkeypatch.setattr(InMemoryAppRepository, step, end)

    return at


def reconcile(store: InMemoryAppRepository, after: timedelta = LATER) -> list[Reconciled]:
    return reconcile_operations(now=timezone.now() + after, open_store=lambda _connection: store)


def test_a_write_that_reached_the_table_is_completed_as_succeeded(
    workspace: Workspace, store: InMemoryAppRepository, crash: Callable[[str], None]
) -> None:
    crash("outcome")
    with pytest.raises(Crash):
        disable_app(workspace, "shop", reason="abuse")
    assert reconcile(store, timedelta(minutes=1)) == []  # it may still be under way
    done = reconcile(store)
    assert [each.outcome for each in done] == [Outcome.SUCCEEDED]
    entry = AuditEntry.objects.get(outcome="succeeded").to_entry()
    assert entry.after == {"Enabled": {"BOOL": False}}
    assert entry.details == {"reconciled": True}
    assert (entry.actor_name, entry.reason, entry.address) == ("Alice", "abuse", "203.0.113.5")
    assert reconcile(store) == []
    assert not OperationPlan.objects.exists()
    assert VaultEntry.objects.count() == 1  # undo still has its version
    assert verify_entries().is_intact


def test_a_write_that_did_not_is_completed_as_failed(
    workspace: Workspace, store: InMemoryAppRepository, crash: Callable[[str], None]
) -> None:
    crash("update")
    with pytest.raises(Crash):
        disable_app(workspace, "shop")
    assert [each.outcome for each in reconcile(store)] == [Outcome.FAILED]
    assert not VaultEntry.objects.exists()


def test_an_operation_that_ended_before_its_write_failed(store: InMemoryAppRepository) -> None:
    append_start(
        Doing(actor=ALICE, action=Action.APP_DISABLE, connection="production", target="shop")
    )
    assert [each.outcome for each in reconcile(store)] == [Outcome.FAILED]


def test_a_reveal_that_was_cut_short_is_unknown(store: InMemoryAppRepository) -> None:
    append_start(
        Doing(actor=ALICE, action=Action.APP_REVEAL_SECRET, connection="production", target="shop")
    )
    assert [each.outcome for each in reconcile(store)] == [Outcome.UNKNOWN]


@pytest.mark.parametrize(("step", "outcome"), [("outcome", "succeeded"), ("create", "failed")])
def test_a_create_is_completed_and_its_claims_end(
    workspace: Workspace,
    store: InMemoryAppRepository,
    crash: Callable[[str], None],
    step: str,
    outcome: str,
) -> None:
    crash(step)
    with pytest.raises(Crash):
        create_app(workspace, NewApp(id="chat", key="chat-key"))
    assert [each.outcome.value for each in reconcile(store)] == [outcome]
    assert KeyClaim.objects.exists() is (outcome == "succeeded")
    release_settled_claims(workspace.connection, store)
    assert not KeyClaim.objects.exists()


@pytest.mark.parametrize(("step", "outcome"), [("outcome", "succeeded"), ("delete", "failed")])
def test_a_delete_is_completed(
    workspace: Workspace,
    store: InMemoryAppRepository,
    crash: Callable[[str], None],
    step: str,
    outcome: str,
) -> None:
    disable_app(workspace, "shop")
    crash(step)
    with pytest.raises(Crash):
        delete_app(workspace, "shop", confirmation="shop", is_drained=True)
    assert [each.outcome.value for each in reconcile(store)] == [outcome]


def test_an_app_that_was_changed_by_others_since_is_unknown(
    workspace: Workspace, store: InMemoryAppRepository, crash: Callable[[str], None]
) -> None:
    crash("outcome")
    with pytest.raises(Crash):
        disable_app(workspace, "shop")
    disabled = store.get("shop")
    store.update(disabled, disabled.with_attribute("Enabled", {"S": "perhaps"}))
    assert [each.outcome for each in reconcile(store)] == [Outcome.UNKNOWN]
    assert AuditEntry.objects.get(outcome="unknown").to_entry().after is not None


def test_a_change_of_another_attribute_since_does_not_matter(
    workspace: Workspace, store: InMemoryAppRepository, crash: Callable[[str], None]
) -> None:
    crash("outcome")
    with pytest.raises(Crash):
        disable_app(workspace, "shop")
    disabled = store.get("shop")
    store.update(disabled, disabled.with_attribute("MaxConnections", {"N": "5"}))
    assert [each.outcome for each in reconcile(store)] == [Outcome.SUCCEEDED]


def test_a_number_that_dynamodb_writes_in_another_way_is_recognized(
    workspace: Workspace, store: InMemoryAppRepository, crash: Callable[[str], None]
) -> None:
    crash("outcome")
    after = SHOP.with_attribute("MaxEventPayloadInKb", {"N": "1.50"})

    def write() -> None:
        with workspace.operation(Action.APP_UPDATE, "shop") as operation:
            operation.apps.update(SHOP, after)

    with pytest.raises(Crash):
        write()
    store.update(after, SHOP.with_attribute("MaxEventPayloadInKb", {"N": "1.5"}))
    assert [each.outcome for each in reconcile(store)] == [Outcome.SUCCEEDED]


def test_a_table_that_does_not_answer_is_asked_again_for_a_week(
    workspace: Workspace, store: InMemoryAppRepository, crash: Callable[[str], None]
) -> None:
    crash("outcome")
    with pytest.raises(Crash):
        disable_app(workspace, "shop")
    store.fail_next(UnreachableError("no answer"))
    assert reconcile(store) == []
    store.fail_next(UnreachableError("no answer"))
    done = reconcile(store, GIVEN_UP_AFTER + timedelta(hours=1))
    assert [each.outcome for each in done] == [Outcome.UNKNOWN]


def test_a_connection_that_is_gone_makes_it_unknown(
    workspace: Workspace,
    store: InMemoryAppRepository,
    crash: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(slug: str) -> Connection:
        raise ConnectionNotFoundError(slug)

    crash("outcome")
    with pytest.raises(Crash):
        disable_app(workspace, "shop")
    monkeypatch.setattr(audit_reconciliation, "get_connection", gone)
    assert [each.outcome for each in reconcile(store)] == [Outcome.UNKNOWN]


def test_an_altered_plan_is_not_believed(
    workspace: Workspace, store: InMemoryAppRepository, crash: Callable[[str], None]
) -> None:
    crash("outcome")
    with pytest.raises(Crash):
        disable_app(workspace, "shop")
    OperationPlan.objects.update(changes="{}")
    assert [each.outcome for each in reconcile(store)] == [Outcome.UNKNOWN]


def test_bulk_work_is_left_to_its_worker(store: InMemoryAppRepository) -> None:
    append_start(Doing(actor=ALICE, action=Action.APP_BULK, connection="production"))
    assert reconcile(store) == []
    assert [each.outcome for each in reconcile(store, timedelta(days=8))] == [Outcome.UNKNOWN]


def test_an_operation_that_ends_after_it_was_reconciled_keeps_one_outcome(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    class Slow(InMemoryAppRepository):
        def update(self, before: RawItem, after: RawItem) -> None:
            super().update(before, after)
            assert [each.outcome for each in reconcile(self)] == [Outcome.SUCCEEDED]

    slow = Workspace(
        connection=workspace.connection,
        actor=ALICE,
        open_store=lambda _connection: Slow([SHOP]),
    )
    change = disable_app(slow, "shop")
    assert change.after == App(SHOP).disabled()
    assert AuditEntry.objects.exclude(outcome="started").count() == 1


def export_job(**changes: object) -> str:
    doing = Doing(actor=ALICE, action=Action.AUDIT_EXPORT, connection="production")
    append_start(doing)
    job = start_job("audit-export", "production", ALICE, operation_id=doing.operation_id)
    Job.objects.filter(pk=job.pk).update(**changes)
    return doing.operation_id


@pytest.mark.parametrize("state", [JobState.STOPPED, JobState.FAILED])
def test_an_export_whose_job_ended_without_a_file_has_failed(
    store: InMemoryAppRepository, state: JobState
) -> None:
    export_job(state=state, message="3 workers died over it.")
    assert [each.outcome for each in reconcile(store)] == [Outcome.FAILED]
    note = AuditEntry.objects.get(outcome="failed").to_entry().details["note"]
    assert note == f"the job {state.value} without a file: 3 workers died over it."


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.RUNNING])
def test_an_export_that_a_worker_may_still_write_stays_open(
    store: InMemoryAppRepository, state: JobState
) -> None:
    export_job(state=state)
    assert reconcile(store, timedelta(days=30)) == []


def test_a_file_whose_writer_was_killed_is_unknown_after_a_day(
    store: InMemoryAppRepository,
) -> None:
    append_start(Doing(actor=ALICE, action=Action.APP_EXPORT, connection="production"))
    assert reconcile(store, timedelta(hours=23)) == []
    assert [each.outcome for each in reconcile(store, timedelta(hours=25))] == [Outcome.UNKNOWN]


def test_stopped_bulk_work_stays_open_as_long_as_it_may_be_resumed(
    store: InMemoryAppRepository,
) -> None:
    doing = Doing(actor=ALICE, action=Action.APP_BULK, connection="production")
    append_start(doing)
    job = start_job("write", "production", ALICE, operation_id=doing.operation_id)
    Job.objects.filter(pk=job.pk).update(state=JobState.STOPPED)
    assert reconcile(store, timedelta(days=6)) == []
    assert [each.outcome for each in reconcile(store, timedelta(days=8))] == [Outcome.UNKNOWN]
