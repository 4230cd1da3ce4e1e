"""Writing the audit log: entries are appended one after the other, chained, in short transactions of their own."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import Error as SqlError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.audit import (
    GENESIS,
    Column,
    Entry,
    KeyPurpose,
    Outcome,
    derived_key,
    entry_hash,
    fingerprint,
)
from apps_admin.domain.errors import AuditBrokenError, AuditKeyError, RecordsUnavailableError
from apps_admin.domain.item import canonical_json
from apps_admin.models import AuditEntry, AuditHead
from apps_admin.models.audit import (
    locked_heads,
    remove_open,
    store_entries,
    store_head,
    store_open,
)

MAXIMUM_REASON = 500  # characters


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a request came from, as the audit log keeps it."""

    request_id: str = ""
    address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Doing:
    """Who does what to what: all that the entries of one operation have in common."""

    actor: Actor
    action: Action
    connection: str = ""
    target: str = ""
    reason: str = ""
    parent_id: str = ""
    origin: Origin = field(default_factory=Origin)
    operation_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an operation ended, and what it changed (secrets already replaced by fingerprints)."""

    outcome: Outcome
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def append_entry(doing: Doing, ending: Ending) -> Entry:
    """Append one entry within the caller's transaction, or in a short one of its own.

    Raises RecordsUnavailableError (SQL down, wrong `AUDIT_KEY`, tampered head), and lets IntegrityError pass when the
    operation already has such an entry.
    """
    (entry,) = append_entries([(doing, ending)])
    return entry


def append_entries(done: Sequence[tuple[Doing, Ending]]) -> list[Entry]:
    """As `append_entry`, for many entries at once, in their order."""
    key = audit_key()
    chain_key = derived_key(key, KeyPurpose.CHAIN)
    with records_answering(), transaction.atomic():
        head = _locked_head(key)
        entries, rows = [], []
        for doing, ending in done:
            entry = _next_entry(head, doing, ending)
            columns = entry.columns()
            head.sequence, head.hash = entry.sequence, entry_hash(chain_key, columns)
            entries.append(entry)
            rows.append({**columns, "hash": head.hash})
        head.seal = head_seal(key, head)
        store_entries(rows)
        _note_open(rows)
        store_head(head)
    return entries


def append_start(doing: Doing) -> Entry:
    """Commit the "started" entry. When this returns, it is on disk: DynamoDB may be touched."""
    with records_answering(), transaction.atomic(durable=True):
        return append_entry(doing, Ending(outcome=Outcome.STARTED))


def record_event(
    actor: Actor,
    action: Action,
    *,
    connection: str = "",
    target: str = "",
    outcome: Outcome = Outcome.SUCCEEDED,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    origin: Origin | None = None,
    **details: Any,
) -> Entry:
    """Record something that touches SQL alone (a sign-in, a role change) as one entry.

    Call it in the same `transaction.atomic()` as the change: both are kept or neither. `before` and `after` must not
    hold secrets (`secret_fingerprint` makes what may be kept of one).
    """
    doing = Doing(
        actor=actor,
        action=action,
        connection=connection,
        target=target,
        reason=reason,
        origin=origin or Origin(),
    )
    return append_entry(doing, Ending(outcome=outcome, before=before, after=after, details=details))


def secret_fingerprint(secret: str | bytes) -> str:
    """What the audit log keeps of a secret: equal for equal ones, unreadable without `AUDIT_KEY`."""
    return fingerprint(audit_key(), secret.encode() if isinstance(secret, str) else secret)


def revision_key() -> bytes:
    """The key of `RawItem.revision`."""
    return derived_key(audit_key(), KeyPurpose.REVISION)


def audit_key() -> str:
    """`AUDIT_KEY`. Raises AuditKeyError when it is not set."""
    key = str(settings.AUDIT_KEY)
    if not key:
        raise AuditKeyError(
            "AUDIT_KEY is not set, so nothing can be audited and nothing was written.",
            hint="Set AUDIT_KEY (or AUDIT_KEY_FILE) to at least 32 random characters and keep it for ever.",
        )
    return key


@contextmanager
def records_answering() -> Iterator[None]:
    """Turns an error of the console's own database into RecordsUnavailableError."""
    try:
        yield
    except IntegrityError:
        raise
    except SqlError as exc:
        if not connection.in_atomic_block:
            connection.close()
        raise records_unavailable() from exc


def records_unavailable() -> RecordsUnavailableError:
    """What people are told when the console's own database does not answer."""
    return RecordsUnavailableError(
        "Nothing was written: without its own database the console cannot record who does what.",
        hint="Apps and soketi are not affected. See that the database runs and its disk has room, then try again.",
    )


def head_seal(key: str, head: AuditHead) -> str:
    """The keyed seal of the head: without the key nobody can cut the tail and adjust the head to it."""
    text = canonical_json(
        [head.sequence, head.hash, head.anchor_sequence, head.anchor_hash, head.key_check]
    )
    return hmac.digest(derived_key(key, KeyPurpose.HEAD), text, "sha256").hex()


def key_check(key: str) -> str:
    """A text that tells whether a key is the one the log was made with, and nothing about the key."""
    return derived_key(key, KeyPurpose.KEY_CHECK).hex()


def require_audit_key(head: AuditHead, key: str) -> None:
    """Raises AuditKeyError when the log was made with another key, AuditBrokenError when its head was altered."""
    if not same_text(head.key_check, key_check(key)):
        raise AuditKeyError(
            "AUDIT_KEY is not the key this audit log was made with. Nothing was written.",
            hint="Put the former AUDIT_KEY back; with another one the log cannot be continued or verified.",
        )
    if not same_text(head.seal, head_seal(key, head)):
        raise AuditBrokenError(
            "The head of the audit log was altered outside the console. Nothing was written.",
            hint="Run `manage.py verify_audit` to see what was changed, and restore the database.",
        )


def same_text(stored: object, computed: str) -> bool:
    """Whether a stored hash is the computed one, in constant time. It may be anything: somebody may have written it."""
    return type(stored) is str and hmac.compare_digest(stored.encode(), computed.encode())


def new_head(key: str) -> AuditHead:
    """The head of an empty log."""
    head = AuditHead(hash=GENESIS, anchor_hash=GENESIS, key_check=key_check(key))
    head.seal = head_seal(key, head)
    return head


def _note_open(rows: Sequence[Mapping[str, Column]]) -> None:
    store_open(
        (str(row["operation_id"]), int(row["sequence"]))
        for row in rows
        if row["outcome"] == Outcome.STARTED.value
    )
    remove_open(
        [str(row["operation_id"]) for row in rows if row["outcome"] != Outcome.STARTED.value]
    )


def _locked_head(key: str) -> AuditHead:
    """The head row, locked until the transaction ends (SQLite: the whole database is, by IMMEDIATE)."""
    head = next(iter(locked_heads(AuditHead.ONLY)), None)
    if head is None:
        AuditHead.objects.bulk_create([new_head(key)], ignore_conflicts=True)
        (head,) = locked_heads(AuditHead.ONLY)
        # Looked at only now that the head is locked: before, another first append might have come in between.
        if head.sequence == 0 and AuditEntry.objects.exists():
            raise AuditBrokenError(
                "The head of the audit log was removed outside the console. Nothing was written.",
                hint="Run `manage.py verify_audit`, and restore the console's database.",
            )
    require_audit_key(head, key)
    return head


def _next_entry(head: AuditHead, doing: Doing, ending: Ending) -> Entry:
    actor, origin = doing.actor, doing.origin
    return Entry(
        sequence=head.sequence + 1,
        previous_hash=head.hash,
        operation_id=doing.operation_id,
        parent_id=doing.parent_id,
        outcome=ending.outcome,
        action=doing.action.value,
        recorded_at=timezone.now(),
        actor_kind=actor.kind.value,
        actor_id=_clean(actor.id, 255),
        actor_name=_clean(actor.name, 255),
        connection=_clean(doing.connection, 100),
        target=_clean(doing.target, 4096),
        reason=_clean(doing.reason, MAXIMUM_REASON),
        before=ending.before,
        after=ending.after,
        details=ending.details,
        request_id=_clean(origin.request_id, 64),
        address=_clean(origin.address, 64),
        user_agent=_clean(origin.user_agent, 300),
    )


def _clean(text: str, length: int) -> str:
    """Text that every database takes: no NUL, no lone surrogates, at most `length` characters."""
    if text.isascii() and "\x00" not in text:
        return text[:length]
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:length]
