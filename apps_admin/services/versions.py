"""Earlier states of apps, in the vault: what undo and restore go back to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps_admin.aws.codec import parse_item
from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome
from apps_admin.domain.difference import AttributeDifference, find_differences
from apps_admin.domain.errors import AppNotFoundError, NotFoundError
from apps_admin.domain.item import RawItem
from apps_admin.models import AuditEntry, VaultEntry
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.audit import records_answering
from apps_admin.services.vault import open_secret
from apps_admin.services.workspace import Workspace

MOST_VERSIONS = 100
DELETED_PER_PAGE = 50
DELETIONS = (Action.APP_DELETE.value, Action.APP_UNDO.value)


class Side(StrEnum):
    """Which state of an operation: the one it found, or the one it left."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class States:
    """The whole item before and after an operation; None where there was none. Holds secrets: never shown."""

    before: RawItem | None = field(repr=False)
    after: RawItem | None = field(repr=False)

    def side(self, side: Side) -> RawItem | None:
        """One of the two."""
        return self.before if side is Side.BEFORE else self.after


@dataclass(frozen=True, kw_only=True)
class Version:
    """One earlier state of an app that can be compared and restored. `differences` is against the state before it."""

    operation_id: str
    side: Side
    action: str
    actor_name: str
    recorded_at: datetime
    expires_at: datetime | None
    differences: tuple[AttributeDifference, ...]


def find_states(connection: str, operation_id: str) -> States | None:
    """Both states of an operation; None when the vault does not have them (any more). Raises VaultKeyError."""
    with records_answering():
        entry = _unexpired(connection).filter(operation_id=operation_id).first()
    return None if entry is None else _states(entry)


def find_many_states(connection: str, operation_ids: Iterable[str]) -> dict[str, States]:
    """Both states of many operations, by operation id; those the vault does not have are left out."""
    with records_answering():
        entries = list(_unexpired(connection).filter(operation_id__in=list(operation_ids)))
    return {entry.operation_id: _states(entry) for entry in entries}


def has_states(connection: str, operation_id: str) -> bool:
    """Whether `find_states` would find something."""
    with records_answering():
        return _unexpired(connection).filter(operation_id=operation_id).exists()


def operations_with_states(connection: str, operation_ids: Iterable[str]) -> frozenset[str]:
    """Those of these operations whose states the vault has."""
    with records_answering():
        kept = _unexpired(connection).filter(operation_id__in=list(operation_ids))
        return frozenset(kept.values_list("operation_id", flat=True))


def list_versions(workspace: Workspace, app_id: str) -> list[Version]:
    """The states this app had, newest first, as far as the vault keeps them. An app that is deleted has them too."""
    with records_answering():
        kept = list(_unexpired(workspace.connection.slug).filter(subject=app_id)[:MOST_VERSIONS])
        outcomes = {
            row.operation_id: row.to_entry()
            for row in AuditEntry.objects.filter(
                operation_id__in=[each.operation_id for each in kept],
                outcome=Outcome.SUCCEEDED.value,
            )
        }
    versions: list[Version] = []
    last: RawItem | None = None
    for entry in reversed(kept):
        outcome = outcomes.get(entry.operation_id)
        if outcome is None:
            continue
        for side, item in _known(_states(entry)):
            if item == last:
                continue
            version = Version(
                operation_id=entry.operation_id,
                side=side,
                action=outcome.action,
                actor_name=outcome.actor_name,
                recorded_at=outcome.recorded_at,
                expires_at=entry.expires_at,
                differences=find_differences(last, item),
            )
            versions.append(version)
            last = item
    return versions[::-1]


@dataclass(frozen=True, kw_only=True)
class DeletedApp:
    """An app that is not in the table any more and can be restored whole, as it was before this operation."""

    app_id: str
    operation_id: str
    actor_name: str
    reason: str
    deleted_at: datetime
    sequence: int


@dataclass(frozen=True, kw_only=True)
class DeletedPage:
    """Some deleted apps, newest first. `next_before` continues the list; None on the last page."""

    apps: tuple[DeletedApp, ...]
    next_before: int | None


def list_deleted_apps(workspace: Workspace, *, before: int | None = None) -> DeletedPage:
    """The apps this console deleted that are still gone, as far as the vault keeps them (1 read of many)."""
    slug = workspace.connection.slug
    with records_answering():
        rows = AuditEntry.objects.filter(
            connection=slug, action__in=DELETIONS, outcome=Outcome.SUCCEEDED.value, after=""
        )
        if before is not None:
            rows = rows.filter(sequence__lt=before)
        found = [row.to_entry() for row in rows.order_by("-sequence")[: DELETED_PER_PAGE + 1]]
        page = [entry for entry in found[:DELETED_PER_PAGE] if entry.before]
        kept = operations_with_states(slug, [entry.operation_id for entry in page])
    newest = {entry.target: entry for entry in reversed(page) if entry.operation_id in kept}
    present = workspace.apps.get_many(newest)
    return DeletedPage(
        apps=tuple(
            DeletedApp(
                app_id=app_id,
                operation_id=entry.operation_id,
                actor_name=entry.actor_name,
                reason=entry.reason,
                deleted_at=entry.recorded_at,
                sequence=entry.sequence,
            )
            for app_id, entry in sorted(newest.items(), key=lambda each: -each[1].sequence)
            if app_id not in present
        ),
        next_before=found[DELETED_PER_PAGE - 1].sequence if len(found) > DELETED_PER_PAGE else None,
    )


def find_version(workspace: Workspace, app_id: str, operation_id: str, side: Side) -> RawItem:
    """The whole item of a version. Raises NotFoundError when the vault does not have it (any more)."""
    states = find_states(workspace.connection.slug, operation_id)
    item = None if states is None else states.side(side)
    if item is None or item.app_id != app_id:
        raise NotFoundError(
            "This earlier state is not kept any more.",
            hint="Versions are kept for VERSION_DAYS days. The audit log still tells what was changed.",
        )
    return item


def compare_version(
    workspace: Workspace, app_id: str, operation_id: str, side: Side
) -> tuple[AttributeDifference, ...]:
    """What restoring a version would change, masked."""
    item = find_version(workspace, app_id, operation_id, side)
    try:
        stored: RawItem | None = workspace.apps.get(app_id)
    except AppNotFoundError:
        stored = None
    return find_differences(stored, item)


def _unexpired(connection: str) -> QuerySet[VaultEntry]:
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    return VaultEntry.objects.filter(
        lasting, purpose=VaultPurpose.VERSION.value, connection=connection
    ).order_by("-pk")


def _states(entry: VaultEntry) -> States:
    before, after = json.loads(open_secret(entry))
    return States(
        before=None if before is None else parse_item(before),
        after=None if after is None else parse_item(after),
    )


def _known(states: States) -> Iterator[tuple[Side, RawItem]]:
    for side in Side:
        item = states.side(side)
        if item is not None:
            yield side, item
