"""Verifying the audit log: every entry's hash, the chain, the head, and what was published of it.

Reads entries in steps, so that a million of them take no more memory than a few thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps_admin.domain.audit import (
    COLUMNS,
    GENESIS,
    Column,
    KeyPurpose,
    MalformedEntryError,
    Outcome,
    derived_key,
    entry_hash,
    time_text,
)
from apps_admin.models import AuditEntry, AuditHead
from apps_admin.services.audit import audit_key, head_seal, key_check, records_answering, same_text
from apps_admin.services.audit_head import PublishedHead, read_published_heads

STEP = 2000  # entries read at once
MOST_OPEN_OPERATIONS = 1000  # that a report names

Progress = Callable[[int, int], None]
Row = tuple[Any, ...]


class BreakKind(StrEnum):
    """What can be wrong with a log."""

    CHANGED = "changed"
    MISSING = "missing"
    UNCHAINED = "unchained"
    INSERTED = "inserted"
    HEAD = "head"
    KEY = "key"
    PUBLISHED = "published"


@dataclass(frozen=True, kw_only=True)
class Break:
    """The first thing that is wrong, at the entry with this sequence number."""

    kind: BreakKind
    sequence: int
    message: str


@dataclass(frozen=True, kw_only=True)
class OpenOperation:
    """An operation that was started and has no outcome."""

    sequence: int
    operation_id: str
    action: str
    target: str
    recorded_at: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What `verify_entries` found. `entries` is how many were verified; `head_hash` the hash of the last one."""

    first: int
    last: int
    entries: int
    head_hash: str
    first_break: Break | None = None
    open_operations: tuple[OpenOperation, ...] = field(default_factory=tuple)

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong. An operation without an outcome is no break."""
        return self.first_break is None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        broken = self.first_break
        return {
            "intact": self.is_intact,
            "first": self.first,
            "last": self.last,
            "entries": self.entries,
            "head": {"sequence": self.last, "hash": self.head_hash},
            "first_break": None
            if broken is None
            else {"kind": broken.kind, "sequence": broken.sequence, "message": broken.message},
            "open_operations": [
                {
                    "sequence": each.sequence,
                    "operation_id": each.operation_id,
                    "action": each.action,
                    "target": each.target,
                    "recorded_at": each.recorded_at,
                }
                for each in self.open_operations
            ],
        }


def verify_entries(
    *, first: int | None = None, last: int | None = None, on_progress: Progress | None = None
) -> Verification:
    """Verify the entries from `first` to `last` (sequence numbers; the whole log by default).

    Stops at the first break. Raises AuditKeyError without `AUDIT_KEY`, RecordsUnavailableError.
    """
    with records_answering():
        checker = _Checker(audit_key())
        broken = checker.check_frame()
        if broken is not None:
            return Verification(first=0, last=0, entries=0, head_hash="", first_break=broken)
        head = checker.head
        start = min(max(first or 0, head.anchor_sequence + 1), head.sequence + 1)
        end = head.sequence if last is None else min(last, head.sequence)
        broken = (
            checker.check_rows(start, end, on_progress)
            or checker.check_end(end)
            or checker.check_published(read_published_heads(), start, end)
        )
        return Verification(
            first=start,
            last=end,
            entries=checker.checked,
            head_hash=checker.previous_hash,
            first_break=broken,
            open_operations=tuple(_open_operations(start, end)),
        )


def sequence_from(moment: datetime) -> int | None:
    """The number of the first entry recorded at or after a time; None when there is none."""
    found = AuditEntry.objects.filter(recorded_at__gte=time_text(moment))
    return found.order_by("sequence").values_list("sequence", flat=True).first()


def sequence_until(moment: datetime) -> int | None:
    """The number of the last entry recorded at or before a time; None when there is none."""
    found = AuditEntry.objects.filter(recorded_at__lte=time_text(moment))
    return found.order_by("sequence").values_list("sequence", flat=True).last()


def has_open_operations(start: int, end: int) -> bool:
    """Whether an operation was started in this range and has no outcome."""
    return _started_only(start, end).exists()


def _started_only(start: int, end: int) -> QuerySet[AuditEntry]:
    outcome = AuditEntry.objects.filter(operation_id=OuterRef("operation_id")).exclude(
        outcome=Outcome.STARTED.value
    )
    return AuditEntry.objects.filter(
        ~Exists(outcome), outcome=Outcome.STARTED.value, sequence__range=(start, end)
    )


def _open_operations(start: int, end: int) -> Iterator[OpenOperation]:
    for row in _started_only(start, end).order_by("sequence")[:MOST_OPEN_OPERATIONS]:
        yield OpenOperation(
            sequence=row.sequence,
            operation_id=row.operation_id,
            action=row.action,
            target=row.target,
            recorded_at=row.recorded_at,
        )


class _Checker:
    """Walks the log once."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._chain_key = derived_key(key, KeyPurpose.CHAIN)
        self.checked = 0
        self.previous_hash = GENESIS
        with transaction.atomic():
            # Locked, so that the numbers of entries and head belong together.
            stored = AuditHead.objects.select_for_update().filter(pk=AuditHead.ONLY).first()
            # Not Min and Max: Django would convert what they find, and a number may have become text.
            numbers = AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True)
            self._low, self._high = numbers.first(), numbers.last()
        self._has_head = stored is not None
        self.head = stored or AuditHead(hash=GENESIS, anchor_hash=GENESIS)

    def check_frame(self) -> Break | None:
        """The head itself, and entries outside what it spans."""
        head = self.head
        if not self._has_head:
            if self._low is None:
                return None
            return _broken(BreakKind.HEAD, self._low, "the head of the log was removed")
        if not same_text(head.key_check, key_check(self._key)):
            return _broken(BreakKind.KEY, 0, "AUDIT_KEY is not the key this log was made with")
        if not same_text(head.seal, head_seal(self._key, head)):
            return _broken(BreakKind.HEAD, head.sequence, "the head of the log was altered")
        outside = [
            each
            for each in (self._low, self._high)
            if each is not None
            and not (isinstance(each, int) and head.anchor_sequence < each <= head.sequence)
        ]
        if outside:
            number = outside[0] if isinstance(outside[0], int) else 0
            return _broken(BreakKind.INSERTED, number, "the console never wrote this entry")
        return None

    def check_rows(self, start: int, end: int, on_progress: Progress | None) -> Break | None:
        """Each entry against its hash and the one before."""
        total = max(end - start + 1, 0)
        self.previous_hash = self._hash_before(start)
        expected = start
        while expected <= end:
            rows = _rows(expected, min(expected + STEP - 1, end))
            for row in rows:
                broken = self._check_row(row, expected)
                if broken is not None:
                    return broken
                expected += 1
                self.checked += 1
            if not rows or (len(rows) < STEP and expected <= end):
                return _broken(BreakKind.MISSING, expected, "the entry was removed")
            if on_progress is not None:
                on_progress(self.checked, total)
        return None

    def check_end(self, end: int) -> Break | None:
        """The head names the last entry."""
        if end < self.head.sequence:
            return None
        if same_text(self.head.hash, self.previous_hash):
            return None
        return _broken(BreakKind.HEAD, end, "the head of the log does not fit its last entry")

    def check_published(self, heads: Sequence[PublishedHead], start: int, end: int) -> Break | None:
        """The heads published earlier still lie on the chain: a cut tail and a log begun anew show here."""
        for head in heads:
            if head.sequence > self.head.sequence:
                message = "the log ends before a head that was published: its tail was cut"
                return _broken(BreakKind.PUBLISHED, self.head.sequence + 1, message)
            if start <= head.sequence <= end and _hash_of(head.sequence) != head.hash:
                message = "the entry is not the one whose hash was published"
                return _broken(BreakKind.PUBLISHED, head.sequence, message)
        return None

    def _hash_before(self, start: int) -> str:
        if start == self.head.anchor_sequence + 1:
            return self.head.anchor_hash
        return _hash_of(start - 1)

    def _check_row(self, row: Row, expected: int) -> Break | None:
        columns: dict[str, Column] = dict(zip(COLUMNS, row, strict=False))
        stored_hash = row[-1]
        sequence = columns["sequence"]
        if sequence != expected:
            return _broken(BreakKind.MISSING, expected, "the entry was removed")
        try:
            computed = entry_hash(self._chain_key, columns)
        except MalformedEntryError as malformed:
            return _broken(BreakKind.CHANGED, expected, f"the entry was changed: {malformed}")
        if not same_text(stored_hash, computed):
            return _broken(BreakKind.CHANGED, expected, "the entry was changed")
        if columns["previous_hash"] != self.previous_hash:
            message = "the entry does not follow the one before it"
            return _broken(BreakKind.UNCHAINED, expected, message)
        self.previous_hash = stored_hash
        return None


def _rows(start: int, end: int) -> list[Row]:
    found = AuditEntry.objects.filter(sequence__range=(start, end)).order_by("sequence")
    return list(found.values_list(*COLUMNS, "hash"))


def _hash_of(sequence: int) -> str:
    found = AuditEntry.objects.filter(sequence=sequence).values_list("hash", flat=True).first()
    return str(found or "")


def _broken(kind: BreakKind, sequence: int, message: str) -> Break:
    return Break(kind=kind, sequence=sequence, message=message)
