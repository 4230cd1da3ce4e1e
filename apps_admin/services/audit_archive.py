"""Archives of the audit log: files that replace a range of it and still verify."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.audit import (
    COLUMNS,
    Column,
    KeyPurpose,
    MalformedEntryError,
    Outcome,
    derived_key,
    entry_hash,
)
from apps_admin.domain.errors import ConflictError, DeniedError, ValidationError
from apps_admin.models import AuditEntry, AuditHead
from apps_admin.models.audit import store_head
from apps_admin.services.audit import (
    Doing,
    Ending,
    Origin,
    append_entry,
    audit_key,
    head_seal,
    records_answering,
    same_text,
)
from apps_admin.services.audit_verification import (
    Break,
    BreakKind,
    Verification,
    has_open_operations,
    verify_entries,
)

STEP = 2000
ARCHIVE_FORMAT = "soketi-console-audit-archive-1"
STORED_COLUMNS = (*COLUMNS, "hash")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file that holds a range of entries."""

    path: Path
    first: int
    last: int
    seal: str


def archive_entries(
    actor: Actor, last: int, path: Path, *, origin: Origin | None = None
) -> Archive:
    """Move all entries up to this number to a file that verifies by itself, and record that.

    The file is on disk and read back before anything leaves SQL. Raises ConflictError when the range is broken or
    holds operations without an outcome, ValidationError when it is empty or the file exists, DeniedError.
    """
    if not actor.may(Action.AUDIT_ARCHIVE, "*"):
        raise DeniedError(f"{actor.name} may not {Action.AUDIT_ARCHIVE.value}.")
    _require_archivable(last, path)
    with records_answering():
        head = AuditHead.objects.get(pk=AuditHead.ONLY)
        archive = _write_archive(path, head.anchor_sequence + 1, last, head.anchor_hash)
        read_back = verify_archive(path)
        if not read_back.is_intact or read_back.last != last:
            raise ConflictError(
                f"{path} does not read back as it was written. Nothing was removed."
            )
        _replace_by_archive(actor, archive, read_back.head_hash, origin or Origin())
    return archive


def verify_archive(path: Path | str) -> Verification:
    """Verify an archive file by itself. Raises ValidationError when it is none."""
    checker = _ArchiveChecker(audit_key())
    with Path(path).open(encoding="ascii") as file:
        return checker.check(file)


def _require_archivable(last: int, path: Path) -> None:
    if path.exists():
        raise ValidationError({"file": [f"{path} exists already. Choose another name."]})
    found = verify_entries(last=last)
    if found.first_break is not None:
        broken = found.first_break
        raise ConflictError(
            f"Nothing was archived: the audit log is broken at entry {broken.sequence}.",
            hint="Run `manage.py verify_audit`.",
        )
    if found.entries == 0 or found.last != last:
        raise ValidationError({"to": ["There are no such entries to archive."]})
    if has_open_operations(found.first, last):
        raise ConflictError(
            "Nothing was archived: the range holds operations without an outcome.",
            hint="Run `manage.py reconcile_audit`, or end the range earlier.",
        )


def _write_archive(path: Path, first: int, last: int, previous_hash: str) -> Archive:
    digest = hmac.new(derived_key(audit_key(), KeyPurpose.ARCHIVE), digestmod=hashlib.sha256)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:

        def write(line: dict[str, Any]) -> None:
            text = json.dumps(line, ensure_ascii=True) + "\n"
            digest.update(text.encode("ascii"))
            file.write(text)

        write(
            {"format": ARCHIVE_FORMAT, "first": first, "last": last, "previous_hash": previous_hash}
        )
        for row in _in_steps(first, last):
            write(dict(zip(STORED_COLUMNS, row, strict=True)))
        seal = digest.hexdigest()
        file.write(json.dumps({"seal": seal}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Archive(path=path, first=first, last=last, seal=seal)


def _replace_by_archive(actor: Actor, archive: Archive, last_hash: str, origin: Origin) -> None:
    """Record the archive, anchor the chain behind it, and take its entries out, all or nothing."""
    doing = Doing(actor=actor, action=Action.AUDIT_ARCHIVE, target=archive.path.name, origin=origin)
    after = {"first": archive.first, "last": archive.last, "seal": archive.seal}
    with transaction.atomic(durable=True):
        append_entry(doing, Ending(outcome=Outcome.SUCCEEDED, after=after))
        head = AuditHead.objects.select_for_update().get(pk=AuditHead.ONLY)
        head.anchor_sequence, head.anchor_hash = archive.last, last_hash
        head.seal = head_seal(audit_key(), head)
        store_head(head)
        AuditEntry.objects.all().remove_archived(archive.last)


class _ArchiveChecker:
    """Reads an archive line by line."""

    def __init__(self, key: str) -> None:
        self._chain_key = derived_key(key, KeyPurpose.CHAIN)
        self._digest = hmac.new(derived_key(key, KeyPurpose.ARCHIVE), digestmod=hashlib.sha256)
        self._previous_hash = ""
        self._expected = 0

    def check(self, lines: IO[str]) -> Verification:
        header = self._header(lines.readline())
        first, last = int(header["first"]), int(header["last"])
        self._previous_hash, self._expected = str(header["previous_hash"]), first
        broken = None
        while broken is None and self._expected <= last:
            broken = self._check_line(lines.readline())
        if broken is None:
            broken = self._check_seal(lines.readline(), last)
        return Verification(
            first=first,
            last=last,
            entries=self._expected - first,
            head_hash=self._previous_hash,
            first_break=broken,
        )

    def _header(self, line: str) -> dict[str, Any]:
        try:
            header = json.loads(line)
        except ValueError:
            header = None
        if not isinstance(header, dict) or header.get("format") != ARCHIVE_FORMAT:
            raise ValidationError({"file": ["This is not an archive of the audit log."]})
        self._digest.update(line.encode("ascii"))
        return header

    def _check_line(self, line: str) -> Break | None:
        number = self._expected
        try:
            row: dict[str, Column] = json.loads(line)
            computed = entry_hash(self._chain_key, row)
        except (ValueError, AttributeError, MalformedEntryError):
            return Break(kind=BreakKind.MISSING, sequence=number, message="the entry is missing")
        if not same_text(row.get("hash"), computed):
            return Break(kind=BreakKind.CHANGED, sequence=number, message="the entry was changed")
        if row["sequence"] != number or row["previous_hash"] != self._previous_hash:
            message = "the entry does not follow the one before it"
            return Break(kind=BreakKind.UNCHAINED, sequence=number, message=message)
        self._digest.update(line.encode("ascii"))
        self._previous_hash, self._expected = computed, number + 1
        return None

    def _check_seal(self, line: str, last: int) -> Break | None:
        try:
            seal = json.loads(line)["seal"]
        except (ValueError, KeyError, TypeError):
            seal = None
        if same_text(seal, self._digest.hexdigest()):
            return None
        return Break(kind=BreakKind.HEAD, sequence=last, message="the file's seal does not fit")


def _in_steps(first: int, last: int) -> Iterator[tuple[Any, ...]]:
    for start in range(first, last + 1, STEP):
        bounds = (start, min(start + STEP - 1, last))
        rows = AuditEntry.objects.filter(sequence__range=bounds).order_by("sequence")
        yield from rows.values_list(*STORED_COLUMNS)
