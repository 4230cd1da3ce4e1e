"""Many audited writes at once: every "started" committed together, then the writes, then every outcome together.

Each app stays an operation of its own, with its own entries, plan and version; only the SQL transactions are shared.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.domain.errors import ConsoleError, UnavailableError
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import AppRepository
from apps_admin.domain.rules import require_creatable, require_deletable, require_updatable
from apps_admin.models import VaultEntry
from apps_admin.models.audit import remove_plans, store_plans
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.app_index import record_deletion, record_items
from apps_admin.services.audit import Doing, Ending, append_entries, append_entry, records_answering
from apps_admin.services.claims import Claim, claim_many, release_claims
from apps_admin.services.operation import (
    RedactedChange,
    are_versions_kept,
    error_name,
    forget_plan,
    may_have_written,
    redacted_change,
    sealed_plan,
    version_text,
)
from apps_admin.services.vault import keep_secrets
from apps_admin.services.workspace import Workspace

logger = logging.getLogger(__name__)

# Writes that could not begin so long after "started" was committed are not begun any more: reconciliation may judge.
LONGEST_WAIT = 30.0


@dataclass(kw_only=True)
class PlannedWrite:
    """One write of a batch: `before` None creates, `after` None deletes. `error` says why it was not done."""

    doing: Doing
    before: RawItem | None
    after: RawItem | None
    notes: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    is_done: bool = False
    # DynamoDB may or may not have taken the write: reconciliation, or the job itself, asks the table.
    is_uncertain: bool = False

    @property
    def operation_id(self) -> str:
        """The operation id."""
        return self.doing.operation_id

    @cached_property
    def redacted(self) -> RedactedChange:
        """What changes, as the audit log keeps it."""
        return redacted_change(self.before, self.after)


class WriteBatch:
    """Writes planned together. Call `plan`, then `start`, `write` and `end`, once each."""

    def __init__(
        self, workspace: Workspace, store: AppRepository, *, parent: str, reason: str
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._parent = parent
        self._reason = reason
        self._started_at = 0.0
        self.writes: list[PlannedWrite] = []

    def plan(
        self, action: Action, before: RawItem | None, after: RawItem | None, **notes: Any
    ) -> PlannedWrite:
        """Add one write. Raises DeniedError, ValidationError and AppNotDisabledError: the rules of every write."""
        self._workspace.require(action)
        _require_allowed(before, after)
        item = before or after
        doing = Doing(
            actor=self._workspace.actor,
            action=action,
            connection=self._workspace.connection.slug,
            target="" if item is None else item.app_id,
            reason=self._reason,
            parent_id=self._parent,
            origin=self._workspace.origin,
        )
        write = PlannedWrite(doing=doing, before=before, after=after, notes=notes)
        self.writes.append(write)
        return write

    def start(self, also: Callable[[], None]) -> None:
        """Commit "started", plan, version and claims of every write, and what `also` writes, in one transaction.

        A create whose id or key is claimed by somebody else gets its error, and is not written.
        """
        self._started_at = time.monotonic()
        with records_answering(), transaction.atomic(durable=True):
            also()
            append_entries([(each.doing, Ending(outcome=Outcome.STARTED)) for each in self.writes])
            self._claim_all()
            todo = [each for each in self.writes if each.error is None]
            store_plans(
                sealed_plan(
                    w.operation_id, self._workspace.connection, w.before, w.after, w.redacted
                )
                for w in todo
            )
            self._keep_versions(todo)

    def write(self, pool: ThreadPoolExecutor) -> None:
        """Do the writes, as many at a time as the pool has threads. None of them touches SQL."""
        todo = [each for each in self.writes if each.error is None]
        for _ in pool.map(self._write_one, todo):
            pass

    def end(self, also: Callable[[], None]) -> None:
        """Commit every known outcome, and what `also` writes, in one transaction; then correct the app index."""
        known = [(each, _ending(each)) for each in self.writes if not each.is_uncertain]
        try:
            with records_answering(), transaction.atomic(durable=True):
                append_entries([(each.doing, ending) for each, ending in known])
                _forget(known)
                also()
        except IntegrityError:
            # Reconciliation completed one of them meanwhile.
            for each, ending in known:
                _end_one(each, ending)
            with records_answering(), transaction.atomic(durable=True):
                also()
        connection = self._workspace.connection
        written = [each for each in self.writes if each.is_done]
        record_items(connection, [each.after for each in written if each.after is not None])
        for each in written:
            if each.after is None and each.before is not None:
                record_deletion(connection, each.before.app_id)

    def _claim_all(self) -> None:
        claims = [
            Claim(
                operation_id=each.operation_id,
                app_id=each.after.app_id,
                app_key=str(each.after.attributes.get("AppKey", {}).get("S", "")),
            )
            for each in self.writes
            if each.before is None and each.after is not None
        ]
        refused = claim_many(self._workspace.connection, claims) if claims else {}
        for each in self.writes:
            each.error = refused.get(each.operation_id)

    def _keep_versions(self, writes: Sequence[PlannedWrite]) -> None:
        if not are_versions_kept():
            return
        keep_secrets(
            [(version_text(w.before, w.after), w.doing.target, w.operation_id) for w in writes],
            VaultPurpose.VERSION,
            connection=self._workspace.connection.slug,
            lifetime=timedelta(days=settings.VERSION_DAYS),
        )

    def _write_one(self, write: PlannedWrite) -> None:
        if time.monotonic() - self._started_at > LONGEST_WAIT:
            write.error = UnavailableError("DynamoDB is too slow. This app was not written.")
            return
        try:
            self._send(write)
        except ConsoleError as error:
            write.error = error
            write.is_uncertain = may_have_written(error)
        except (
            Exception
        ) as error:  # reported as this app's result; what happened is asked of the table
            logger.exception("operation %s: unexpected error", write.operation_id)
            write.error = error
            write.is_uncertain = True
        else:
            write.is_done = True

    def _send(self, write: PlannedWrite) -> None:
        if write.before is None:
            if write.after is not None:
                self._store.create(write.after)
        elif write.after is None:
            self._store.delete(write.before)
        else:
            self._store.update(write.before, write.after)


def _require_allowed(before: RawItem | None, after: RawItem | None) -> None:
    if before is None:
        if after is not None:
            require_creatable(after)
    elif after is None:
        require_deletable(before)
    else:
        require_updatable(before, after)


def _ending(write: PlannedWrite) -> Ending:
    if write.is_done:
        before, after = write.redacted
        return Ending(outcome=Outcome.SUCCEEDED, before=before, after=after, details=write.notes)
    details: dict[str, Any] = {"error": error_name(write.error)} if write.error else {}
    if isinstance(write.error, ConsoleError):
        details["message"] = write.error.message[:500]
    return Ending(outcome=Outcome.FAILED, details=details)


def _forget(known: Sequence[tuple[PlannedWrite, Ending]]) -> None:
    """Drop the plans; of what was not written also the versions and the claims."""
    remove_plans([each.operation_id for each, _ in known])
    failed = [each.operation_id for each, end in known if end.outcome is Outcome.FAILED]
    if failed:
        VaultEntry.objects.filter(
            operation_id__in=failed, purpose=VaultPurpose.VERSION.value
        ).delete()
        for operation_id in failed:
            release_claims(operation_id)


def _end_one(write: PlannedWrite, ending: Ending) -> None:
    try:
        with records_answering(), transaction.atomic(durable=True):
            append_entry(write.doing, ending)
            forget_plan(write.operation_id, ending.outcome)
    except IntegrityError:
        logger.warning("operation %s was reconciled before it ended", write.operation_id)
