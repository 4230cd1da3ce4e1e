"""Entries are appended one after the other, chained, and never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind, Grant
from apps_admin.domain.audit import GENESIS, KeyPurpose, Outcome, derived_key, entry_hash
from apps_admin.domain.errors import AuditBrokenError, AuditKeyError, RecordsUnavailableError
from apps_admin.models import AuditEntry, AuditHead
from apps_admin.models.audit import AppendOnlyError
from apps_admin.services.audit import (
    Doing,
    Ending,
    Origin,
    append_entry,
    append_start,
    record_event,
    secret_fingerprint,
)

ALICE = Actor(
    kind=ActorKind.PERSON,
    id="1",
    name="Alice",
    grants={EVERY_CONNECTION: Grant(role=Role.OPERATOR)},
)

pytestmark = pytest.mark.django_db


def disabling(**more: Any) -> Doing:
    return Doing(
        actor=ALICE, action=Action.APP_DISABLE, connection="production", target="shop", **more
    )


def test_each_entry_carries_the_hash_of_the_one_before() -> None:
    doing = disabling(reason="asked by the customer")
    append_start(doing)
    append_entry(doing, Ending(outcome=Outcome.SUCCEEDED, details={"calls": 2}))
    start, end = AuditEntry.objects.order_by("sequence")
    assert (start.sequence, end.sequence) == (1, 2)
    assert start.previous_hash == GENESIS
    assert end.previous_hash == start.hash
    assert start.operation_id == end.operation_id
    assert start.reason == "asked by the customer"


def test_the_stored_row_is_what_was_hashed(settings: Settings) -> None:
    append_start(disabling(origin=Origin(request_id="r1", address="::1", user_agent="curl")))
    row = AuditEntry.objects.get()
    key = derived_key(settings.AUDIT_KEY, KeyPurpose.CHAIN)
    assert entry_hash(key, row.columns()) == row.hash
    assert row.to_entry().address == "::1"


def test_text_no_database_takes_is_made_storable() -> None:
    record_event(
        ALICE,
        Action.SESSION_SIGN_IN,
        target="a\x00b\udcff",
        origin=Origin(user_agent="x" * 5000),
    )
    row = AuditEntry.objects.get()
    assert row.target == "a\ufffdb?"
    assert len(row.user_agent) == 300


def test_an_entry_cannot_be_saved_again_or_deleted() -> None:
    append_start(disabling())
    row = AuditEntry.objects.get()
    row.reason = "another"
    attempts: list[Callable[[], Any]] = [
        row.save,
        row.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(reason="x"),
        lambda: AuditEntry.objects.bulk_update([row], ["reason"]),
    ]
    for attempt in attempts:
        with pytest.raises(AppendOnlyError):
            attempt()
    assert AuditEntry.objects.get().reason == ""


def test_an_operation_has_one_start_and_one_outcome() -> None:
    doing = disabling()
    append_start(doing)
    append_entry(doing, Ending(outcome=Outcome.SUCCEEDED))
    for outcome in (Outcome.STARTED, Outcome.FAILED):
        with pytest.raises(IntegrityError), transaction.atomic():
            append_entry(doing, Ending(outcome=outcome))
    assert AuditEntry.objects.count() == 2
    assert AuditHead.objects.get().sequence == 2


def test_without_audit_key_nothing_is_recorded(settings: Settings) -> None:
    settings.AUDIT_KEY = ""
    with pytest.raises(AuditKeyError):
        append_start(disabling())
    assert not AuditEntry.objects.exists()


def test_another_audit_key_is_refused(settings: Settings) -> None:
    append_start(disabling())
    settings.AUDIT_KEY = "another-key"
    with pytest.raises(AuditKeyError, match="not the key"):
        append_start(disabling())
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("column", ["sequence", "hash", "anchor_hash", "seal"])
def test_an_altered_head_is_refused(column: str) -> None:
    append_start(disabling())
    AuditHead.objects.update(**{column: 7 if column == "sequence" else "f" * 64})
    with pytest.raises(AuditBrokenError):
        append_start(disabling())


def test_a_removed_head_is_refused() -> None:
    append_start(disabling())
    AuditHead.objects.all().delete()
    with pytest.raises(AuditBrokenError):
        append_start(disabling())


@pytest.mark.parametrize("message", ["no such table", "database or disk is full"])
def test_a_database_that_fails_is_said_to_be_unavailable(message: str) -> None:
    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError(message)

    with connection.execute_wrapper(fail), pytest.raises(RecordsUnavailableError) as caught:
        append_start(disabling())
    assert "Nothing was written" in caught.value.message
    assert message not in caught.value.message


def test_an_event_and_the_change_it_records_are_kept_together_or_not_at_all() -> None:
    def change_role() -> None:
        with transaction.atomic():
            record_event(ALICE, Action.PERSON_UPDATE, target="bob", after={"role": "viewer"})
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        change_role()
    assert not AuditEntry.objects.exists()


def test_a_clock_that_goes_backwards_does_not_reorder_entries() -> None:
    from datetime import timedelta

    from django.utils import timezone

    append_start(disabling())
    with patch.object(timezone, "now", return_value=timezone.now() - timedelta(hours=1)):
        append_start(disabling())
    first, second = AuditEntry.objects.order_by("sequence")
    assert second.recorded_at < first.recorded_at
    assert second.previous_hash == first.hash


def test_a_fingerprint_hides_the_secret() -> None:
    assert "hunter2" not in secret_fingerprint("hunter2")
    assert secret_fingerprint("hunter2") == secret_fingerprint(b"hunter2")
