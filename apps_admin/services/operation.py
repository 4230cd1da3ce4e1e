"""One doing of an action: the writable store that exists only while it runs, the plan of its write, and its outcome."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps_admin.aws.codec import render_item
from apps_admin.domain.audit import KeyPurpose, Outcome, derived_key
from apps_admin.domain.audited_values import normalized
from apps_admin.domain.connection import Connection
from apps_admin.domain.difference import audited_sides
from apps_admin.domain.errors import (
    ConsoleError,
    DeniedError,
    OutcomeNotRecordedError,
    ReadOnlyConnectionError,
    RecordsUnavailableError,
    StoreError,
    UnreachableError,
)
from apps_admin.domain.item import AttributeValue, RawItem, canonical_json
from apps_admin.domain.repository import AppReader, AppRepository, KeyMatch, Page
from apps_admin.domain.rules import require_creatable, require_deletable, require_updatable
from apps_admin.models import OperationPlan, VaultEntry
from apps_admin.models.audit import remove_plans, store_plans
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.app_index import record_deletion, record_item
from apps_admin.services.audit import (
    Doing,
    Ending,
    append_entry,
    audit_key,
    records_answering,
    secret_fingerprint,
)
from apps_admin.services.claims import release_claims
from apps_admin.services.vault import is_vault_open, keep_secrets

logger = logging.getLogger(__name__)

# The changed attributes before and after; None where there was, or is, no item.
RedactedChange: TypeAlias = tuple[dict[str, Any] | None, dict[str, Any] | None]


class ReadOnlyApps:
    """The apps of a connection, to read; there is nothing to write with."""

    def __init__(self, store: AppReader) -> None:
        self._store = store

    def get(self, app_id: str) -> RawItem:
        """The item with this id, whole. Raises AppNotFoundError."""
        return self._store.get(app_id)

    def get_many(self, app_ids: Iterable[str]) -> Mapping[str, RawItem]:
        """The items with these ids; ids that do not exist are left out."""
        return self._store.get_many(app_ids)

    def find_by_key(self, app_key: str) -> tuple[KeyMatch, ...]:
        """Who has this AppKey, from `AppKeyIndex`."""
        return self._store.find_by_key(app_key)

    def scan(
        self,
        *,
        cursor: Mapping[str, AttributeValue] | None = None,
        limit: int | None = None,
        segment: int = 0,
        total_segments: int = 1,
    ) -> Page:
        """One page of whole items."""
        return self._store.scan(
            cursor=cursor, limit=limit, segment=segment, total_segments=total_segments
        )


class AuditedApps(ReadOnlyApps):
    """The store with writes, each judged by the domain's rules and planned in SQL before DynamoDB sees it.

    One operation is one write, so that its two audit entries tell all of it.
    """

    def __init__(self, operation: Operation, store: AppRepository) -> None:
        super().__init__(store)
        self._operation = operation
        self._writable = store

    def create(self, item: RawItem) -> None:
        """Put a new item. Raises AppExistsError when the id is taken, ValidationError when soketi could not bear it."""
        require_creatable(item)
        with self._operation.writing(None, item):
            self._writable.create(item)

    def update(self, before: RawItem, after: RawItem) -> None:
        """Set and remove exactly what differs; nothing when nothing does. Raises AppConflictError, ValidationError."""
        if not before.changes_to(after):
            return
        require_updatable(before, after)
        with self._operation.writing(before, after):
            self._writable.update(before, after)

    def delete(self, before: RawItem) -> None:
        """Delete the item if it is still `before`. Raises AppNotDisabledError, AppConflictError."""
        require_deletable(before)
        with self._operation.writing(before, None):
            self._writable.delete(before)


class Operation:
    """One operation while its `with` block runs. `id` is what its audit entries share."""

    def __init__(
        self, *, doing: Doing, connection: Connection, store: AppRepository, is_writable: bool
    ) -> None:
        self.doing = doing
        self.connection = connection
        self.apps: AppRepository = AuditedApps(self, store)
        self.has_written = False
        self.is_uncertain = False
        self._is_writable = is_writable
        self._is_open = True
        self._details: dict[str, Any] = {}
        self._before: RawItem | None = None
        self._after: RawItem | None = None
        self._written_at: datetime | None = None

    @property
    def id(self) -> str:
        """The operation id."""
        return self.doing.operation_id

    def changed(self, before: RawItem | None, after: RawItem | None) -> None:
        """Say what changed, for the outcome entry (None: there was, or is, no item). A write says it by itself."""
        self._before, self._after = before, after

    def note(self, **details: Any) -> None:
        """Add details to the outcome entry. Never a secret."""
        self._details.update(details)

    def close(self) -> None:
        """The block has ended: nothing can be written any more."""
        self._is_open = False

    def ending(self, outcome: Outcome) -> Ending:
        """The outcome entry's part: the attributes that differ, secrets as fingerprints."""
        before, after = redacted_change(self._before, self._after)
        return Ending(outcome=outcome, before=before, after=after, details=dict(self._details))

    @contextmanager
    def writing(self, before: RawItem | None, after: RawItem | None) -> Iterator[None]:
        """Plan one write, let it happen, and know afterwards whether it did."""
        self._require_writable()
        if before is None and after is not None:
            self.doing = replace(self.doing, target=self.doing.target or after.app_id)
        plan_write(self, before, after)
        self.is_uncertain = True
        try:
            yield
        except ConsoleError as error:
            self.is_uncertain = may_have_written(error)
            if self.is_uncertain:
                self.changed(before, after)
            raise
        self.is_uncertain = False
        self.has_written = True
        self._written_at = timezone.now()
        self.changed(before, after)

    def tell_index(self) -> None:
        """Bring the app index up to date with what was written, if anything was."""
        if not self.has_written:
            return
        if self._after is not None:
            record_item(self.connection, self._after, self._written_at)
        elif self._before is not None:
            record_deletion(self.connection, self._before.app_id, self._written_at)

    def _require_writable(self) -> None:
        if not self._is_writable:
            raise ReadOnlyConnectionError(
                f"{self.connection.name} is read-only. Nothing was changed."
            )
        if not self._is_open:
            raise RuntimeError("the operation has ended: open another one to write")
        if self.has_written:
            raise RuntimeError("one operation is one write: open another one")


def redacted_change(before: RawItem | None, after: RawItem | None) -> RedactedChange:
    """What differs, as the audit log keeps it. None stands for "no item"."""
    kept_before, kept_after = audited_sides(before, after, secret_fingerprint)
    return (None if before is None else kept_before), (None if after is None else kept_after)


def plan_write(operation: Operation, before: RawItem | None, after: RawItem | None) -> None:
    """Commit what is about to be written: fingerprints for reconciliation, and the version for undo in the vault."""
    plan = sealed_plan(operation.id, operation.connection, before, after)
    with records_answering(), transaction.atomic(durable=True):
        # There may be one already, of a write that DynamoDB refused.
        remove_plans([operation.id])
        store_plans([plan])
        keep_version(operation, before, after)


def sealed_plan(
    operation_id: str,
    connection: Connection,
    before: RawItem | None,
    after: RawItem | None,
    redacted: RedactedChange | None = None,
) -> OperationPlan:
    """The plan of one write, not saved yet. `redacted` is the `redacted_change`, where it is known already."""
    old = {} if before is None else before.attributes
    new = {} if after is None else after.attributes
    names = RawItem(attributes=old).changes_to(RawItem(attributes=new)).names
    changes = {
        name: [attribute_fingerprint(old.get(name)), attribute_fingerprint(new.get(name))]
        for name in names
    }
    kept_before, kept_after = redacted or redacted_change(before, after)
    item = before or after
    plan = OperationPlan(
        operation_id=operation_id,
        connection=connection.slug,
        app_id="" if item is None else item.app_id,
        changes=canonical_json(changes).decode("ascii"),
        before=canonical_json(kept_before).decode("ascii"),
        after=canonical_json(kept_after).decode("ascii"),
        planned_at=timezone.now(),
    )
    plan.seal = plan_seal(plan)
    return plan


def keep_version(operation: Operation, before: RawItem | None, after: RawItem | None) -> None:
    """Keep both states in the vault, for undo and restore, when the vault has keys and versions are wanted."""
    item = before or after
    if item is None or not are_versions_kept():
        return
    keep_secrets(
        [(version_text(before, after), item.app_id, operation.id)],
        VaultPurpose.VERSION,
        connection=operation.connection.slug,
        lifetime=timedelta(days=settings.VERSION_DAYS),
    )


def are_versions_kept() -> bool:
    """Whether the vault has keys and versions are wanted."""
    return is_vault_open() and settings.VERSION_DAYS > 0


def version_text(before: RawItem | None, after: RawItem | None) -> str:
    """Both states as the vault keeps them."""
    return canonical_json(
        [None if one is None else render_item(one) for one in (before, after)]
    ).decode("ascii")


def attribute_fingerprint(value: AttributeValue | None) -> str | None:
    """The keyed fingerprint of a value as DynamoDB gives it back; None for an absent one."""
    return None if value is None else secret_fingerprint(canonical_json(normalized(value)))


def plan_seal(plan: OperationPlan) -> str:
    """The keyed seal of a plan: reconciliation believes no other."""
    text = canonical_json(
        [plan.operation_id, plan.connection, plan.app_id, plan.changes, plan.before, plan.after]
    )
    key = derived_key(audit_key(), KeyPurpose.PLAN)
    return hmac.digest(key, text, "sha256").hex()


def ending_of_error(operation: Operation, error: BaseException) -> Ending | None:
    """The outcome of an operation that raised; None while nobody knows whether DynamoDB took the write.

    Reconciliation then asks the table, and records what is true.
    """
    if operation.is_uncertain:
        return None
    if operation.has_written:
        operation.note(error=error_name(error))
        return operation.ending(Outcome.SUCCEEDED)
    outcome = Outcome.DENIED if isinstance(error, DeniedError) else Outcome.FAILED
    details = {"error": error_name(error)}
    if isinstance(error, ConsoleError):
        details["message"] = error.message[:500]
    return Ending(outcome=outcome, details=details)


def end_operation(operation: Operation, ending: Ending) -> None:
    """Record the outcome, tell the index, and drop what was needed only until now, in one transaction.

    Raises OutcomeNotRecordedError when SQL went away after the write; reconciliation completes it later.
    """
    try:
        with records_answering(), transaction.atomic(durable=True):
            operation.tell_index()
            append_entry(operation.doing, ending)
            forget_plan(operation.id, ending.outcome)
    except IntegrityError:
        logger.warning("operation %s was reconciled before it ended", operation.id)
    except RecordsUnavailableError as exc:
        if not operation.has_written:
            raise
        raise OutcomeNotRecordedError(
            "The change is in DynamoDB, but the console's own database went away before its outcome was recorded.",
            hint="Do not repeat the change. The audit log is completed by itself once the database is back.",
        ) from exc


def forget_plan(operation_id: str, outcome: Outcome) -> None:
    """Drop the plan; after a failure also the version and the claims, for nothing was written."""
    remove_plans([operation_id])
    if outcome in {Outcome.FAILED, Outcome.DENIED}:
        VaultEntry.objects.filter(
            operation_id=operation_id, purpose=VaultPurpose.VERSION.value
        ).delete()
        release_claims(operation_id)


def error_name(error: BaseException) -> str:
    """What the audit log calls an error."""
    if isinstance(error, GeneratorExit):
        return "abandoned"  # nobody took the rest of the file
    return error.code if isinstance(error, ConsoleError) else type(error).__name__


def may_have_written(error: ConsoleError) -> bool:
    """Whether DynamoDB may have taken a write although it raised this."""
    if isinstance(error, StoreError):
        return error.aws_code in {"", "InternalServerError", "InternalFailure"}
    return isinstance(error, UnreachableError)
