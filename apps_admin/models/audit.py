"""The audit log in SQL: entries that are only ever added, the head that orders them, and plans of writes under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from django.db import connection as sql
from django.db import models
from django.db.models import Q

from apps_admin.domain.audit import COLUMNS, Column, Entry, Outcome, entry_from_columns
from apps_admin.models.prepared import VALUE, PreparedQuery
from apps_admin.models.row_statements import insert_rows, remove_rows, time_value


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete an audit entry."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads and adds entries; refuses every change."""

    def update(self, **_kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnlyError("Audit entries are only ever added.")

    def delete(self) -> NoReturn:
        """Refused: `archive_entries` moves a range to a file that still verifies."""
        raise AppendOnlyError("Audit entries are only ever added.")

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnlyError("Audit entries are only ever added.")

    def remove_archived(self, through_sequence: int) -> int:
        """Take out the entries up to and with this one, which an archive file now holds. Used by the archive alone."""
        archived = self.filter(sequence__lte=through_sequence)
        return archived._raw_delete(self.db)  # noqa: SLF001 - Django's one delete that `delete` above does not refuse


class AuditEntry(models.Model):
    """One entry, its columns as text exactly as they were hashed."""

    sequence = models.BigIntegerField(primary_key=True)
    format = models.IntegerField()
    operation_id = models.CharField(max_length=64)
    parent_id = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=16, choices=[(o.value, o.value) for o in Outcome])
    action = models.CharField(max_length=64)
    recorded_at = models.CharField(max_length=32)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=255)
    actor_name = models.CharField(max_length=255)
    connection = models.CharField(max_length=100, blank=True)
    target = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    details = models.TextField()
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        """One "started" and one outcome for each operation, held by the database itself."""

        constraints = (
            models.UniqueConstraint(
                fields=["operation_id"],
                condition=Q(outcome=Outcome.STARTED.value),
                name="audit_one_start",
            ),
            models.UniqueConstraint(
                fields=["operation_id"],
                condition=~Q(outcome=Outcome.STARTED.value),
                name="audit_one_outcome",
            ),
        )
        indexes = (
            models.Index(fields=["operation_id"], name="audit_operation"),
            models.Index(fields=["parent_id", "sequence"], name="audit_parent"),
            models.Index(fields=["connection", "sequence"], name="audit_connection"),
            models.Index(fields=["connection", "target", "sequence"], name="audit_target"),
            models.Index(fields=["actor_id", "sequence"], name="audit_actor"),
            models.Index(fields=["action", "sequence"], name="audit_action"),
            models.Index(fields=["outcome", "sequence"], name="audit_outcome"),
            models.Index(fields=["recorded_at"], name="audit_recorded_at"),
        )

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises AppendOnlyError when it is already stored."""
        if not self._state.adding:
            raise AppendOnlyError("Audit entries are only ever added.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused."""
        raise AppendOnlyError("Audit entries are only ever added.")

    def columns(self) -> dict[str, Column]:
        """The hashed columns as they are stored."""
        return {name: getattr(self, name) for name in COLUMNS}

    def to_entry(self) -> Entry:
        """The entry as a value. Raises MalformedEntryError for a row that was tampered with."""
        return entry_from_columns(self.columns())


class AuditHead(models.Model):
    """The one row that orders the log: where it begins, where it ends, sealed with the key.

    Appending locks this row, so two processes can neither leave a gap nor fork the chain.
    """

    ONLY = 1

    id = models.IntegerField(primary_key=True, default=ONLY)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    anchor_sequence = models.BigIntegerField(default=0)
    anchor_hash = models.CharField(max_length=64)
    key_check = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"


class OpenOperation(models.Model):
    """An operation that was started and has no outcome yet: found here at once, in a log of a million entries.

    Only a shortcut, kept in the transactions that append; `verify_entries` looks at the entries themselves.
    """

    operation_id = models.CharField(max_length=64, primary_key=True)
    sequence = models.BigIntegerField(unique=True)

    def __str__(self) -> str:
        return f"{self.sequence} {self.operation_id}"


class OperationPlan(models.Model):
    """What an operation is about to write, from just before the DynamoDB write until its outcome is recorded.

    Fingerprints only: reconciliation compares them with the table after a crash. `before` and `after` are the
    redacted attributes for the outcome entry. `seal` keeps the plan from being altered in between.
    """

    operation_id = models.CharField(max_length=64, primary_key=True)
    connection = models.CharField(max_length=100)
    app_id = models.TextField()
    changes = models.TextField()
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    planned_at = models.DateTimeField()
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.operation_id} {self.app_id}"


# Read, and locked, before every entry.
locked_heads = PreparedQuery(lambda: AuditHead.objects.select_for_update().filter(pk=VALUE))

_ENTRY_COLUMNS = (*COLUMNS, "hash")
_PLAN_COLUMNS = tuple(field.attname for field in OperationPlan._meta.concrete_fields)
_HEAD_COLUMNS = ("sequence", "hash", "anchor_sequence", "anchor_hash", "key_check", "seal")
_STORE_HEAD = (
    f"UPDATE {AuditHead._meta.db_table} "  # noqa: S608 - own names
    f"SET {', '.join(f'{name} = %s' for name in _HEAD_COLUMNS)} WHERE id = %s"
)


def store_entries(rows: Iterable[Mapping[str, Column]]) -> None:
    """Add entries, each as its columns and its `hash`."""
    insert_rows(
        AuditEntry, _ENTRY_COLUMNS, ([row[name] for name in _ENTRY_COLUMNS] for row in rows)
    )


def store_open(operations: Iterable[tuple[str, int]]) -> None:
    """Note operations as open, each by its id and the sequence of its first entry."""
    insert_rows(OpenOperation, ("operation_id", "sequence"), operations)


def store_head(head: AuditHead) -> None:
    """Keep the head, which this transaction has locked."""
    with sql.cursor() as cursor:
        cursor.execute(_STORE_HEAD, [getattr(head, name) for name in (*_HEAD_COLUMNS, "id")])


def remove_open(operation_ids: Sequence[str]) -> None:
    """These operations have their outcome."""
    remove_rows(OpenOperation, "operation_id", operation_ids)


def remove_plans(operation_ids: Sequence[str]) -> None:
    """What these operations were about to write is written, or never will be."""
    remove_rows(OperationPlan, "operation_id", operation_ids)


def store_plans(plans: Iterable[OperationPlan]) -> None:
    """Keep the plans of many writes."""
    insert_rows(
        OperationPlan,
        _PLAN_COLUMNS,
        (
            [
                time_value(plan.planned_at) if name == "planned_at" else getattr(plan, name)
                for name in _PLAN_COLUMNS
            ]
            for plan in plans
        ),
    )
