"""How what was done is written down and chained.

One operation is two entries with the same `operation_id`: "started", committed before DynamoDB is touched, and exactly
one outcome. Every entry carries the hash of the entry before it and a keyed hash (HMAC-SHA256) of its own columns, so
whoever lacks the key can neither change, remove, insert nor reorder entries unseen. The canonical form is frozen: a
change of `canonical_entry` needs a new `FORMAT` and keeps the old one readable (`tests/golden/audit_entry.json`).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from apps_admin.domain.item import canonical_json

FORMAT = 1
GENESIS = "0" * 64  # what the first entry names as the hash before it

INTEGER_COLUMNS = ("format", "sequence")
TEXT_COLUMNS = (
    "operation_id",
    "parent_id",
    "outcome",
    "action",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "connection",
    "target",
    "reason",
    "before",
    "after",
    "details",
    "request_id",
    "address",
    "user_agent",
    "previous_hash",
)
COLUMNS = (*INTEGER_COLUMNS, *TEXT_COLUMNS)

Column = int | str

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


class Outcome(StrEnum):
    """How far an operation came. All but `STARTED` are final."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DENIED = "denied"
    UNKNOWN = "unknown"


class KeyPurpose(StrEnum):
    """What a key derived from `AUDIT_KEY` is for; no two purposes share a key."""

    CHAIN = "audit-chain"
    HEAD = "audit-head"
    ARCHIVE = "audit-archive"
    FINGERPRINT = "secret-fingerprint"
    REVISION = "item-revision"
    PLAN = "operation-plan"
    KEY_CHECK = "audit-key-check"


class MalformedEntryError(ValueError):
    """A row holds what no entry can hold: a wrong type, a time that is none, an unknown column."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the audit log. `before`, `after` and `details` never hold a secret, only its fingerprint."""

    sequence: int
    previous_hash: str
    operation_id: str
    outcome: Outcome
    action: str
    recorded_at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    parent_id: str = ""
    connection: str = ""
    target: str = ""
    reason: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""
    address: str = ""
    user_agent: str = ""
    format: int = FORMAT

    def columns(self) -> dict[str, Column]:
        """The entry as it is stored and hashed: integers and text only."""
        stored: dict[str, Column] = {
            name: str(getattr(self, name))
            for name in TEXT_COLUMNS
            if name not in {"recorded_at", "before", "after", "details"}
        }
        return {
            **stored,
            "format": self.format,
            "sequence": self.sequence,
            "recorded_at": time_text(self.recorded_at),
            "before": "" if self.before is None else canonical_json(self.before).decode("ascii"),
            "after": "" if self.after is None else canonical_json(self.after).decode("ascii"),
            "details": canonical_json(self.details).decode("ascii") if self.details else "{}",
        }


def entry_from_columns(columns: Mapping[str, Column]) -> Entry:
    """The entry that these stored columns are. Raises MalformedEntryError."""
    require_columns(columns)
    try:
        return Entry(
            **{
                **{name: columns[name] for name in COLUMNS},
                "outcome": Outcome(str(columns["outcome"])),
                "recorded_at": time_from_text(str(columns["recorded_at"])),
                "before": json.loads(str(columns["before"])) if columns["before"] else None,
                "after": json.loads(str(columns["after"])) if columns["after"] else None,
                "details": json.loads(str(columns["details"])),
            }
        )
    except ValueError as exc:
        raise MalformedEntryError(str(exc)) from exc


def require_columns(columns: Mapping[str, object]) -> None:
    """Raises MalformedEntryError unless every column is there with its own type."""
    for name in INTEGER_COLUMNS:
        if type(columns.get(name)) is not int:
            raise MalformedEntryError(f"{name} is not a whole number")
    for name in TEXT_COLUMNS:
        if type(columns.get(name)) is not str:
            raise MalformedEntryError(f"{name} is not text")


def canonical_entry(columns: Mapping[str, Column]) -> bytes:
    """The bytes that are hashed: JSON of exactly the frozen columns, sorted keys, no spaces, ASCII."""
    require_columns(columns)
    return _encode({name: columns[name] for name in COLUMNS}).encode("ascii")


def entry_hash(chain_key: bytes, columns: Mapping[str, Column]) -> str:
    """The keyed hash of an entry (hex), which the next entry carries as `previous_hash`."""
    return hmac.digest(chain_key, canonical_entry(columns), "sha256").hex()


@lru_cache(maxsize=32)
def derived_key(audit_key: str, purpose: KeyPurpose) -> bytes:
    """The key for one purpose, so that a hash made for one can never stand in for another."""
    return hmac.digest(audit_key.encode(), purpose.value.encode(), "sha256")


def fingerprint(audit_key: str, secret: bytes) -> str:
    """A keyed fingerprint: equal for equal secrets, and nothing about them can be read from it."""
    key = derived_key(audit_key, KeyPurpose.FINGERPRINT)
    return f"hmac-sha256:{hmac.digest(key, secret, 'sha256').hex()[:24]}"


def time_text(moment: datetime) -> str:
    """A time as it is stored: UTC, microseconds, 27 characters that sort as the times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_from_text(text: str) -> datetime:
    """The time that `time_text` wrote. Raises ValueError for any other text."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if time_text(moment) != text:
        raise ValueError(f"{text!r} is not a time of the audit log")
    return moment
