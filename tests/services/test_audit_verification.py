"""Whatever is done to the log by plain SQL, `verify_entries` names it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action
from apps_admin.domain.audit import COLUMNS, Outcome
from apps_admin.models import AuditEntry, AuditHead
from apps_admin.services.audit import Doing, Ending, append_entry, append_start
from apps_admin.services.audit_head import current_head, publish_head
from apps_admin.services.audit_verification import Break, BreakKind, verify_entries
from tests.cast import ALICE

pytestmark = pytest.mark.django_db

ENTRY_TABLE = AuditEntry._meta.db_table
HEAD_TABLE = AuditHead._meta.db_table
ENTRIES = 8


def write_log(operations: int = ENTRIES // 2) -> None:
    for number in range(operations):
        doing = Doing(
            actor=ALICE, action=Action.APP_DISABLE, connection="production", target=f"app-{number}"
        )
        append_start(doing)
        append_entry(
            doing,
            Ending(
                outcome=Outcome.SUCCEEDED,
                before={"Enabled": {"BOOL": True}},
                after={"Enabled": {"BOOL": False}},
            ),
        )


def run_sql(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def first_break() -> Break | None:
    return verify_entries().first_break


def test_an_untouched_log_is_intact() -> None:
    assert verify_entries().is_intact
    write_log()
    report = verify_entries()
    assert report.is_intact
    assert (report.first, report.last, report.entries) == (1, ENTRIES, ENTRIES)
    assert report.head_hash == AuditHead.objects.get().hash


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sequence=st.integers(1, ENTRIES),
    column=st.sampled_from([*COLUMNS, "hash"]),
    value=st.one_of(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=70),
        st.integers(-5, 2**40),
        st.binary(max_size=10),
    ),
)
def test_tampering_with_any_column_of_any_row_is_found(
    written_log: None, sequence: int, column: str, value: str | int | bytes
) -> None:
    before_tampering = transaction.savepoint()
    try:
        stored = AuditEntry.objects.values_list(column, flat=True).get(sequence=sequence)
        with (
            suppress(DatabaseError),
            transaction.atomic(),
        ):  # what the database refuses is not there
            run_sql(
                f'UPDATE "{ENTRY_TABLE}" SET "{column}" = %s WHERE sequence = %s',
                value,
                sequence,
            )
        rows = list(AuditEntry.objects.values_list("sequence", column))
        assert verify_entries().is_intact is ((sequence, stored) in rows)
    finally:
        transaction.savepoint_rollback(before_tampering)


@pytest.fixture
def written_log(db: None) -> None:
    """A log of some operations."""
    write_log()


@pytest.mark.parametrize("sequence", range(1, ENTRIES + 1))
def test_a_removed_entry_is_named(written_log: None, sequence: int) -> None:
    run_sql(f'DELETE FROM "{ENTRY_TABLE}" WHERE sequence = %s', sequence)
    broken = first_break()
    assert broken is not None
    assert (broken.kind, broken.sequence) == (BreakKind.MISSING, sequence)


def test_a_changed_entry_is_named(written_log: None) -> None:
    run_sql(f'UPDATE "{ENTRY_TABLE}" SET actor_name = %s WHERE sequence = 3', "Mallory")
    assert first_break() == Break(
        kind=BreakKind.CHANGED, sequence=3, message="the entry was changed"
    )


def test_swapped_entries_are_found(written_log: None) -> None:
    for old, new in ((2, 99), (5, 2), (99, 5)):
        run_sql(
            f'UPDATE "{ENTRY_TABLE}" SET sequence = %s WHERE sequence = %s',
            new,
            old,
        )
    broken = first_break()
    assert broken is not None
    assert broken.sequence == 2


@pytest.mark.parametrize("sequence", [-1, 0, ENTRIES + 1, ENTRIES + 50])
def test_an_inserted_entry_is_found(written_log: None, sequence: int) -> None:
    row = AuditEntry.objects.values().get(sequence=ENTRIES)
    row |= {"sequence": sequence, "operation_id": "forged"}
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(["%s"] * len(row))
    run_sql(f'INSERT INTO "{ENTRY_TABLE}" ({names}) VALUES ({places})', *row.values())
    broken = first_break()
    assert broken is not None
    assert (broken.kind, broken.sequence) == (BreakKind.INSERTED, sequence)


def test_a_cut_tail_is_found_even_when_the_head_is_set_back(written_log: None) -> None:
    run_sql(f'DELETE FROM "{ENTRY_TABLE}" WHERE sequence > 6')
    new_end = AuditEntry.objects.get(sequence=6).hash
    run_sql(f'UPDATE "{HEAD_TABLE}" SET sequence = 6, hash = %s', new_end)
    broken = first_break()
    assert broken is not None
    assert broken.kind is BreakKind.HEAD


HEAD_COLUMNS = [each.name for each in AuditHead._meta.concrete_fields if each.name != "id"]


@pytest.mark.parametrize("column", HEAD_COLUMNS)
def test_tampering_with_any_column_of_the_head_is_found(written_log: None, column: str) -> None:
    for value in ("7", "f" * 64, b"\xff"):
        before_tampering = transaction.savepoint()
        with suppress(DatabaseError), transaction.atomic():
            run_sql(f'UPDATE "{HEAD_TABLE}" SET "{column}" = %s', value)
            assert not verify_entries().is_intact
        transaction.savepoint_rollback(before_tampering)


def test_a_removed_head_is_found(written_log: None) -> None:
    run_sql(f'DELETE FROM "{HEAD_TABLE}"')
    assert not verify_entries().is_intact


def test_an_old_head_put_back_is_found_where_heads_are_published(
    settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    write_log(2)
    old_head = AuditHead.objects.values().get()
    write_log(2)
    publish_head()
    assert verify_entries().is_intact
    run_sql(f'DELETE FROM "{ENTRY_TABLE}" WHERE sequence > 4')
    run_sql(
        f'UPDATE "{HEAD_TABLE}" SET sequence = 4, hash = %s, seal = %s',
        old_head["hash"],
        old_head["seal"],
    )
    broken = first_break()
    assert broken is not None
    assert (broken.kind, broken.sequence) == (BreakKind.PUBLISHED, 5)
    (tmp_path / "heads").unlink()
    # Without what was published, nobody could tell: that is what publishing is for.
    assert verify_entries().is_intact


def test_published_heads_survive_a_line_cut_short(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    write_log(1)
    publish_head()
    with (tmp_path / "heads").open("a") as file:
        file.write('{"sequence": 12, "ha')
    assert verify_entries().is_intact
    line = (tmp_path / "heads").read_text().splitlines()[0]
    assert json.loads(line)["hash"] == current_head().hash


def test_a_wrong_key_is_said_to_be_one(written_log: None, settings: Settings) -> None:
    settings.AUDIT_KEY = "another"
    broken = first_break()
    assert broken is not None
    assert broken.kind is BreakKind.KEY


def test_a_range_is_verified_by_itself(written_log: None) -> None:
    run_sql(f'UPDATE "{ENTRY_TABLE}" SET reason = %s WHERE sequence = 2', "x")
    assert verify_entries(first=3, last=6).is_intact
    assert verify_entries(first=3, last=6).entries == 4
    assert not verify_entries(first=2, last=6).is_intact


def test_operations_without_an_outcome_are_named_and_no_break(written_log: None) -> None:
    append_start(Doing(actor=ALICE, action=Action.APP_DELETE, target="shop"))
    report = verify_entries()
    assert report.is_intact
    assert [each.target for each in report.open_operations] == ["shop"]
    assert report.to_json()["open_operations"][0]["action"] == "app.delete"


def test_a_log_longer_than_a_step_is_verified_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps_admin.services.audit_verification.STEP", 3)
    write_log(5)
    seen: list[tuple[int, int]] = []
    report = verify_entries(on_progress=lambda done, total: seen.append((done, total)))
    assert report.is_intact
    assert report.entries == 10
    assert seen[-1] == (10, 10)
    run_sql(f'DELETE FROM "{ENTRY_TABLE}" WHERE sequence = 6')
    broken = first_break()
    assert broken is not None
    assert broken.sequence == 6
