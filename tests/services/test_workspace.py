"""The one door: authorized, audited before and after, and nothing written without it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.errors import (
    AppNotDisabledError,
    AppNotFoundError,
    ConnectionNotFoundError,
    DeniedError,
    OutcomeNotRecordedError,
    ReadOnlyConnectionError,
    RecordsUnavailableError,
    ThrottledError,
    UnreachableError,
    ValidationError,
)
from apps_admin.domain.item import RawItem
from apps_admin.models import AuditEntry, OperationPlan, VaultEntry
from apps_admin.services.vault import open_secret
from apps_admin.services.workspace import Workspace, open_workspace
from tests.cast import ALICE, BOB, CHARLIE
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import SHOP, MakeWorkspace

pytestmark = pytest.mark.django_db


@contextmanager
def sql_down(after_statements: int = 0) -> Iterator[None]:
    """The console's own database stops answering, after some more statements."""
    left = after_statements

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        if sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return run(sql, params, many, context)
        left -= 1
        if left < 0:
            raise OperationalError("disk I/O error")
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def outcomes() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("sequence").values_list("action", "outcome"))


def test_started_is_on_record_before_dynamodb_is_touched(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    with workspace.operation(Action.APP_DISABLE, "shop") as operation:
        assert outcomes() == [("app.disable", "started")]
        assert store.calls == []
        before = operation.apps.get("shop")
        operation.apps.update(before, App(before).disabled().item)
    assert outcomes() == [("app.disable", "started"), ("app.disable", "succeeded")]
    assert not OperationPlan.objects.exists()


def test_the_outcome_tells_who_what_why_from_where_and_the_difference(
    workspace: Workspace,
) -> None:
    with workspace.operation(Action.APP_DISABLE, "shop", reason="  abuse  ") as operation:
        before = operation.apps.get("shop")
        operation.apps.update(before, App(before).disabled().item)
    entry = AuditEntry.objects.get(outcome="succeeded").to_entry()
    assert (entry.actor_name, entry.connection, entry.target) == ("Alice", "production", "shop")
    assert entry.reason == "abuse"
    assert (entry.request_id, entry.address, entry.user_agent) == (
        "request-1",
        "203.0.113.5",
        "tests",
    )
    assert entry.before == {"Enabled": {"B": "ZmFsc2U="}}
    assert entry.after == {"Enabled": {"BOOL": False}}


def test_the_audit_keeps_no_secret_but_tells_that_it_changed(workspace: Workspace) -> None:
    for secret in ("a-brand-new-secret", "the-old-secret-of-the-shop"):
        with workspace.operation(Action.APP_ROTATE_SECRET, "shop") as operation:
            before = operation.apps.get("shop")
            operation.apps.update(before, App(before).with_secret(secret).item)
    first, second = (
        row.to_entry() for row in AuditEntry.objects.filter(outcome="succeeded").order_by("pk")
    )
    assert first.before is not None
    assert second.after is not None
    assert first.before == second.after  # changed, and changed back
    assert first.before != first.after
    everything = json.dumps(list(AuditEntry.objects.values()))
    assert "secret-of-the-shop" not in everything
    assert "a-brand-new-secret" not in everything


def test_both_states_go_to_the_vault_encrypted(workspace: Workspace) -> None:
    with workspace.operation(Action.APP_ROTATE_SECRET, "shop") as operation:
        before = operation.apps.get("shop")
        operation.apps.update(before, App(before).with_secret("a-brand-new-secret").item)
    version = VaultEntry.objects.get()
    assert (version.connection, version.subject) == ("production", "shop")
    assert b"secret" not in bytes(version.ciphertext)
    old, new = json.loads(open_secret(version))
    assert "the-old-secret-of-the-shop" in old
    assert "a-brand-new-secret" in new


def test_an_actor_without_the_role_is_denied_and_that_is_recorded(
    open_as: MakeWorkspace, store: InMemoryAppRepository
) -> None:
    with pytest.raises(DeniedError), open_as(BOB).operation(Action.APP_DELETE, "shop"):
        pytest.fail("the body must not run")
    assert outcomes() == [("app.delete", "denied")]
    assert AuditEntry.objects.get().actor_name == "Bob"
    assert store.calls == []


def test_somebody_without_access_cannot_even_learn_that_a_connection_exists() -> None:
    with pytest.raises(ConnectionNotFoundError):
        open_workspace("default", CHARLIE)


def test_a_read_only_connection_gives_no_writable_repository(
    open_as: MakeWorkspace, store: InMemoryAppRepository
) -> None:
    workspace = open_as(read_only=True)
    with (
        pytest.raises(ReadOnlyConnectionError),
        workspace.operation(Action.APP_DISABLE, "shop"),
    ):
        pytest.fail("the body must not run")
    assert outcomes() == [("app.disable", "denied")]

    def write_while_revealing() -> None:
        with workspace.operation(Action.APP_REVEAL_SECRET, "shop") as operation:
            operation.apps.update(SHOP, App(SHOP).disabled().item)

    with pytest.raises(ReadOnlyConnectionError):
        write_while_revealing()
    assert "update" not in store.calls
    assert not workspace.may(Action.APP_DISABLE)


def test_the_apps_of_a_workspace_have_nothing_to_write_with(workspace: Workspace) -> None:
    assert workspace.apps.get("shop") == SHOP
    for write in ("create", "update", "delete"):
        assert not hasattr(workspace.apps, write)


def test_an_unaudited_write_is_a_type_error(tmp_path: Path) -> None:
    program = tmp_path / "unaudited.py"
    program.write_text(
        "from apps_admin.domain.item import RawItem\n"
        "from apps_admin.services.workspace import Workspace\n"
        "def write(workspace: Workspace, item: RawItem) -> None:\n"
        "    workspace.apps.delete(item)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert '"AppReader" has no attribute "delete"' in answer.stdout


def test_a_writable_repository_is_of_no_use_after_its_operation(workspace: Workspace) -> None:
    with workspace.operation(Action.APP_DISABLE, "shop") as operation:
        apps = operation.apps
    with pytest.raises(RuntimeError, match="ended"):
        apps.update(SHOP, App(SHOP).disabled().item)


def test_one_operation_is_one_write(workspace: Workspace, store: InMemoryAppRepository) -> None:
    def write_twice() -> None:
        with workspace.operation(Action.APP_UPDATE, "shop") as operation:
            disabled = App(SHOP).disabled().item
            operation.apps.update(SHOP, disabled)
            operation.apps.delete(disabled)

    with pytest.raises(RuntimeError, match="one write"):
        write_twice()
    assert store.get("shop").get("Enabled") == {"BOOL": False}
    # The one write did happen, and that is what the record says.
    assert outcomes()[-1] == ("app.update", "succeeded")


def test_a_missing_reason_is_asked_for_where_the_connection_requires_one(
    open_as: MakeWorkspace,
) -> None:
    workspace = open_as(reason_required=True)
    with (
        pytest.raises(ValidationError) as caught,
        workspace.operation(Action.APP_DISABLE, "shop", reason="  "),
    ):
        pytest.fail("the body must not run")
    assert "reason" in caught.value.errors
    assert outcomes() == []
    with workspace.operation(Action.APP_DISABLE, "shop", reason="asked for"):
        pass


def test_a_failure_is_recorded_with_its_code_and_raised(workspace: Workspace) -> None:
    def look() -> None:
        with workspace.operation(Action.APP_DISABLE, "nobody") as operation:
            operation.apps.get("nobody")

    with pytest.raises(AppNotFoundError):
        look()
    entry = AuditEntry.objects.get(outcome="failed").to_entry()
    assert entry.details["error"] == "app_not_found"


def test_a_program_error_is_recorded_without_its_text(workspace: Workspace) -> None:
    def stumble() -> None:
        with workspace.operation(Action.APP_DISABLE, "shop"):
            raise KeyError("the-old-secret-of-the-shop")

    with pytest.raises(KeyError):
        stumble()
    assert AuditEntry.objects.get(outcome="failed").to_entry().details == {"error": "KeyError"}


def test_nothing_is_written_while_sql_is_down(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    def disable() -> None:
        with workspace.operation(Action.APP_DISABLE, "shop") as operation:
            operation.apps.update(SHOP, App(SHOP).disabled().item)

    for statements in range(12):
        store.calls.clear()
        with sql_down(statements):
            try:
                disable()
            except OutcomeNotRecordedError:
                break
            except RecordsUnavailableError:
                assert "update" not in store.calls
                assert store.get("shop") == SHOP
    else:
        pytest.fail("SQL never went down after the write")
    # SQL went away only after the plan was committed: DynamoDB is written, and the record is still open.
    assert store.get("shop").get("Enabled") == {"BOOL": False}
    assert OperationPlan.objects.exists()
    assert outcomes()[-1] == ("app.disable", "started")


def test_a_write_that_got_lost_stays_open_for_reconciliation(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    def disable() -> None:
        with workspace.operation(Action.APP_DISABLE, "shop") as operation:
            store.fail_next(UnreachableError("DynamoDB does not answer."))
            operation.apps.update(SHOP, App(SHOP).disabled().item)

    with pytest.raises(UnreachableError):
        disable()
    assert outcomes() == [("app.disable", "started")]
    assert OperationPlan.objects.get().app_id == "shop"


def test_a_write_that_was_throttled_is_a_failure(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    def disable() -> None:
        with workspace.operation(Action.APP_DISABLE, "shop") as operation:
            store.fail_next(ThrottledError("DynamoDB is throttling."))
            operation.apps.update(SHOP, App(SHOP).disabled().item)

    with pytest.raises(ThrottledError):
        disable()
    assert outcomes()[-1] == ("app.disable", "failed")
    assert not OperationPlan.objects.exists()
    assert not VaultEntry.objects.exists()


def test_the_rules_bind_every_write(workspace: Workspace, store: InMemoryAppRepository) -> None:
    lethal = SHOP.with_attribute("Webhooks", {"S": '[{"url": "https://example.com"}]'})
    other_key = SHOP.with_attribute("AppKey", {"S": "another"})
    bricked = SHOP.with_attribute("MaxChannelNameLength", {"N": "-1"})

    def write(after: RawItem) -> None:
        with workspace.operation(Action.APP_UNDO, "shop") as operation:
            operation.apps.update(SHOP, after)

    def delete() -> None:
        with workspace.operation(Action.APP_UNDO, "shop") as operation:
            operation.apps.delete(SHOP)

    for after, field in (
        (lethal, "webhooks"),
        (other_key, "key"),
        (bricked, "max_channel_name_length"),
    ):
        with pytest.raises(ValidationError) as caught:
            write(after)
        assert field in caught.value.errors
    with pytest.raises(AppNotDisabledError):
        delete()
    assert store.calls == []


def test_an_old_fault_elsewhere_never_blocks_a_disable(
    open_as: MakeWorkspace, store: InMemoryAppRepository
) -> None:
    sick = SHOP.with_attribute("Webhooks", {"S": '[{"url": "https://example.com"}]'})
    sick = sick.with_attribute("AppId", {"S": "sick"})
    store.create(sick)
    with open_as(ALICE).operation(Action.APP_DISABLE, "sick") as operation:
        operation.apps.update(sick, App(sick).disabled().item)
    assert store.get("sick").get("Enabled") == {"BOOL": False}


def test_a_connection_without_secrets_reveals_none_whoever_asks(open_as: MakeWorkspace) -> None:
    workspace = open_as(without_secrets=True)
    assert not workspace.may(Action.APP_REVEAL_SECRET)
    assert not workspace.may(Action.WEBHOOK_TEST)
    assert not workspace.may(Action.APP_UPDATE)
    with (
        pytest.raises(DeniedError, match="may not read secrets"),
        workspace.operation(Action.APP_REVEAL_SECRET, "shop"),
    ):
        pytest.fail("the body must not run")
    assert outcomes() == [("app.reveal_secret", "denied")]
