"""The canonical form of an entry is frozen, and every column of it counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.audit import (
    COLUMNS,
    GENESIS,
    Column,
    Entry,
    KeyPurpose,
    MalformedEntryError,
    Outcome,
    canonical_entry,
    derived_key,
    entry_from_columns,
    entry_hash,
    fingerprint,
    time_from_text,
    time_text,
)

GOLDEN = Path(__file__).parent.parent / "golden" / "audit_entry.json"
KEY = derived_key("golden-audit-key", KeyPurpose.CHAIN)

ENTRY = Entry(
    sequence=7,
    previous_hash=GENESIS,
    operation_id="0f8fad5bd9cb469fa16570867728950e",
    parent_id="7c9e6679742540de944be07fc1f90ae7",
    outcome=Outcome.SUCCEEDED,
    action="app.update",
    recorded_at=datetime(2026, 11, 20, 10, 46, 0, 123, tzinfo=UTC),
    actor_kind="person",
    actor_id="3",
    actor_name="Zoë Müller",
    connection="production",
    target="shop/ünï",
    reason='says "higher"\n',
    before={"MaxConnections": {"N": "100"}, "Logo": {"B": b"\x00\xff"}, "Tags": {"SS": ["b", "a"]}},
    after={"MaxConnections": {"N": "99999999999999999999999999999999999999"}},
    details={"calls": 2},
    request_id="req-1",
    address="2001:db8::1",
    user_agent="Mozilla/5.0",
)


def test_the_canonical_form_is_the_golden_one() -> None:
    golden = json.loads(GOLDEN.read_text())
    columns = ENTRY.columns()
    assert canonical_entry(columns).decode("ascii") == golden["canonical"]
    assert entry_hash(KEY, columns) == golden["hash"]


def test_an_entry_comes_back_from_its_columns() -> None:
    again = entry_from_columns(ENTRY.columns())
    assert again.columns() == ENTRY.columns()
    assert again.recorded_at == ENTRY.recorded_at
    assert again.outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_changes_the_hash(column: str) -> None:
    columns = ENTRY.columns()
    value = columns[column]
    changed: Column = value + 1 if isinstance(value, int) else f"{value}x"
    assert entry_hash(KEY, {**columns, column: changed}) != entry_hash(KEY, columns)


def test_the_hash_needs_the_key() -> None:
    other = derived_key("another-key", KeyPurpose.CHAIN)
    assert entry_hash(other, ENTRY.columns()) != entry_hash(KEY, ENTRY.columns())


@pytest.mark.parametrize(
    ("column", "value"), [("sequence", "7"), ("reason", b"x"), ("reason", None), ("format", True)]
)
def test_a_column_of_the_wrong_type_is_refused(column: str, value: Column) -> None:
    with pytest.raises(MalformedEntryError):
        canonical_entry({**ENTRY.columns(), column: value})


@pytest.mark.parametrize(
    ("column", "value"),
    [("recorded_at", "yesterday"), ("outcome", "perhaps"), ("before", "{"), ("details", "")],
)
def test_a_row_that_is_no_entry_is_refused(column: str, value: str) -> None:
    with pytest.raises(MalformedEntryError):
        entry_from_columns({**ENTRY.columns(), column: value})


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)))  # noqa: DTZ001
def test_times_survive_as_text_and_sort_like_times(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert time_from_text(time_text(aware)) == aware
    assert time_text(aware) < time_text(aware + timedelta(microseconds=1))


def test_a_time_of_another_zone_is_stored_in_utc() -> None:
    moment = datetime(2026, 11, 20, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert time_text(moment) == "2026-11-20T10:00:00.000000Z"


def test_fingerprints_tell_same_from_different_and_nothing_else() -> None:
    assert fingerprint("key", b"one") == fingerprint("key", b"one")
    assert fingerprint("key", b"one") != fingerprint("key", b"two")
    assert fingerprint("key", b"one") != fingerprint("other key", b"one")
    assert "one" not in fingerprint("key", b"one")
