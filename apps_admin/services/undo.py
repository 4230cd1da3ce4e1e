"""Undoing a change and restoring an earlier state: audited, conditional writes that obey the rules like any other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.audit import Entry, Outcome
from apps_admin.domain.audited_values import exact_attribute, is_exact, normalized
from apps_admin.domain.comparison import Comparison, compare
from apps_admin.domain.difference import audited_sides
from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    AppNotFoundError,
    NotFoundError,
    UndoRefusedError,
    ValidationError,
)
from apps_admin.domain.fields import FLAGS, Flag
from apps_admin.domain.item import RawItem, canonical_json
from apps_admin.domain.repository import AppReader
from apps_admin.domain.rules import require_creatable, require_updatable
from apps_admin.models import AuditEntry
from apps_admin.services.app_steps import changed_since, read_app, require_free
from apps_admin.services.apps import Change
from apps_admin.services.audit import records_answering, secret_fingerprint
from apps_admin.services.audit_lines import AuditLine
from apps_admin.services.confirmation import require_typed_id
from apps_admin.services.versions import Side, States, find_states, find_version, has_states
from apps_admin.services.workspace import Workspace

UNDOABLE = frozenset(
    {
        Action.APP_CREATE,
        Action.APP_UPDATE,
        Action.APP_ENABLE,
        Action.APP_DISABLE,
        Action.APP_ROTATE_SECRET,
        Action.APP_CUT_OFF,
        Action.APP_DELETE,
        Action.APP_FIX,
        Action.APP_UNDO,
        Action.APP_RESTORE,
    }
)
NOT_KEPT = "The values before this change are not kept: they hold a secret, and the vault has no version (any more)."


def why_not_undoable(
    workspace: Workspace, line: AuditLine, *, kept: Collection[str] | None = None
) -> str:
    """Why undo is not offered for an operation; empty when it is. The app itself is only read when it is undone.

    For many lines, `kept` names the operations whose states the vault has (`operations_with_states`).
    """
    if line.outcome is not Outcome.SUCCEEDED:
        return "Only what succeeded can be undone."
    if line.action not in UNDOABLE or not line.target or not line.changed:
        return "There is nothing to undo."
    if line.connection != workspace.connection.slug or not workspace.may(Action.APP_UNDO):
        return "You may not undo changes here."
    if line.before is not None and (line.after is None or not _is_kept(line.before)):
        has = line.operation_id in kept if kept is not None else has_states(*_key(line))
        return "" if has else NOT_KEPT
    return ""


def is_undo_offered(workspace: Workspace, change: Change) -> bool:
    """Whether a change that was just made can be undone, as far as can be said without reading the app again."""
    if not change.operation_id or not change.is_change or not workspace.may(Action.APP_UNDO):
        return False
    if change.before is None:
        return True
    if change.after is not None:
        kept, _ = audited_sides(change.before.item, change.after.item, secret_fingerprint)
        if _is_kept(kept):
            return True
    return has_states(workspace.connection.slug, change.operation_id)


def what_undo_cannot_bring_back(action: str) -> tuple[str, ...]:
    """What to say before an undo: what the table does not hold."""
    lost = {
        Action.APP_DISABLE: ("Clients that were refused reconnect only when they try again.",),
        Action.APP_ROTATE_SECRET: (
            "Whoever was given the new secret is refused from now on.",
            "Webhooks of sockets that connected meanwhile are dropped until they reconnect.",
        ),
        Action.APP_CUT_OFF: (
            "Whoever was given the new secret is refused from now on.",
            "Clients that were refused reconnect only when they try again.",
        ),
        Action.APP_DELETE: (
            "Sockets that were closed meanwhile.",
            "Events and webhooks of the time in which soketi did not know the app.",
        ),
        Action.APP_CREATE: ("What clients have done with the app until now.",),
    }
    return lost.get(Action(action), ("Sockets connected meanwhile keep what they connected with.",))


def undo_operation(
    workspace: Workspace,
    operation_id: str,
    *,
    reason: str = "",
    is_drained: bool = False,
    revision: str | None = None,
    dry_run: bool = False,
    confirmation: str = "",
) -> Change:
    """Set back what one operation changed, and nothing else.

    `revision` is what the app was when this was decided; None: whatever is stored. What changed since elsewhere on the
    app stays. Undoing a create is a safe delete (disabled, and `is_drained`); undoing a delete creates the app again.
    Raises AppConflictError with the stored item when what the operation changed was changed again, UndoRefusedError,
    AppNotDisabledError, and what any write raises.
    """
    if dry_run:
        workspace.require(Action.APP_UNDO)
    entry = _outcome(workspace, operation_id)
    if entry.after is None:
        states = find_states(entry.connection, operation_id)
        if states is None or states.before is None:
            raise UndoRefusedError(NOT_KEPT)
        if revision is not None:
            raise _gone_since(entry.target)
        return _put_back(
            workspace, Action.APP_UNDO, states.before, reason, dry_run, undoes=operation_id
        )
    if entry.before is None and not is_drained:
        raise ValidationError(
            {
                "is_drained": [
                    "Confirm that no client is connected and that soketi's app cache has expired."
                ]
            }
        )
    return _set_back(workspace, entry, reason, confirmation, revision, dry_run=dry_run)


def undone_item(entry: Entry, states: States | None, stored: RawItem | None) -> RawItem | None:
    """What the app is after undoing this operation; None: deleted.

    Raises AppConflictError when what the operation changed was changed again, UndoRefusedError, AppExistsError.
    """
    if entry.action not in UNDOABLE or not _names(entry):
        raise UndoRefusedError("There is nothing to undo.")
    if entry.after is None:
        if states is None or states.before is None:
            raise UndoRefusedError(NOT_KEPT)
        if stored is not None:
            raise AppExistsError(f"An app with the id {entry.target!r} is in the table again.")
        return states.before
    if stored is None:
        raise AppConflictError(f"The app {entry.target!r} was deleted since. Nothing was written.")
    if entry.before is None:
        _require_unchanged(entry, stored, but_for=FLAGS[Flag.ENABLED].names)
        return None
    old = _values(entry.before, _item(states, Side.BEFORE))
    _require_unchanged(entry, stored)
    return _with_values(stored, _names(entry), old)


def compare_undo(workspace: Workspace, operation_id: str) -> Comparison:
    """Three ways: what the operation left, what undo would set back, and what is stored now."""
    entry = _outcome(workspace, operation_id)
    stored = workspace.apps.get(entry.target)
    names = _names(entry)
    states = find_states(entry.connection, operation_id)
    left = _with_values(stored, names, _values(entry.after or {}, _item(states, Side.AFTER)))
    mine = _with_values(stored, names, _values(entry.before or {}, _item(states, Side.BEFORE)))
    return compare(left, mine, stored)


def restore_version(
    workspace: Workspace,
    app_id: str,
    operation_id: str,
    side: Side,
    *,
    reason: str = "",
    revision: str | None = None,
    dry_run: bool = False,
    confirmation: str = "",
) -> Change:
    """Make an app what it was before or after an operation; a deleted one comes back.

    `revision` is what the comparison was made with, empty for no app. Raises NotFoundError, AppConflictError.
    """
    version = find_version(workspace, app_id, operation_id, side)
    action = Action.APP_RESTORE
    notes = {"restores": operation_id, "side": side.value}
    if dry_run:
        workspace.require(action)
    try:
        workspace.apps.get(app_id)
    except AppNotFoundError:
        if revision:
            raise _gone_since(app_id) from None
        return _put_back(workspace, action, version, reason, dry_run, **notes)
    if dry_run:
        before = read_app(workspace.apps, app_id, revision)
        require_updatable(before.item, version)
        return Change(before=before, after=App(version))
    with workspace.operation(action, app_id, reason=reason) as operation:
        operation.note(**notes)
        before = read_app(operation.apps, app_id, revision)
        require_typed_id(workspace.connection, before, App(version), confirmation)
        operation.apps.update(before.item, version)
    return Change(before=before, after=App(version), operation_id=operation.id)


def _set_back(
    workspace: Workspace,
    entry: Entry,
    reason: str,
    confirmation: str,
    revision: str | None,
    *,
    dry_run: bool,
) -> Change:
    """Make a stored app what it is without the operation; without its creation it is none."""
    states = find_states(entry.connection, entry.operation_id)
    _values(entry.before or {}, _item(states, Side.BEFORE))  # refused before anything begins
    if dry_run:
        stored = _stored(workspace.apps, entry, revision)
        item = undone_item(entry, states, stored)
        if item is not None:
            require_updatable(stored, item)
        return Change(before=App(stored), after=None if item is None else App(item))
    with workspace.operation(Action.APP_UNDO, entry.target, reason=reason) as operation:
        operation.note(undoes=entry.operation_id)
        stored = _stored(operation.apps, entry, revision)
        item = undone_item(entry, states, stored)
        after = None if item is None else App(item)
        require_typed_id(workspace.connection, App(stored), after, confirmation)
        if item is None:
            operation.apps.delete(stored)
        else:
            operation.apps.update(stored, item)
    return Change(before=App(stored), after=after, operation_id=operation.id)


def _put_back(
    workspace: Workspace,
    action: Action,
    item: RawItem,
    reason: str,
    dry_run: bool,
    **notes: str,
) -> Change:
    """Create a deleted app again, with the id, key and secret it had. Raises AppExistsError, KeyTakenError."""
    app = App(item)
    if dry_run:
        require_creatable(item)
        require_free(workspace.apps, app.id, app.key)
        return Change(before=None, after=app)
    with workspace.operation(action, app.id, reason=reason, claims=(app.id, app.key)) as operation:
        operation.note(**notes)
        require_free(operation.apps, app.id, app.key)
        operation.apps.create(item)
    return Change(before=None, after=app, operation_id=operation.id)


def _outcome(workspace: Workspace, operation_id: str) -> Entry:
    """The succeeded outcome of an operation on an app of this connection. Raises NotFoundError, UndoRefusedError."""
    with records_answering():
        row = AuditEntry.objects.filter(
            operation_id=operation_id,
            connection=workspace.connection.slug,
            outcome=Outcome.SUCCEEDED.value,
        ).first()
    if row is None:
        raise NotFoundError(
            "There is no such change here.", hint="Only what succeeded can be undone."
        )
    entry = row.to_entry()
    if entry.action not in UNDOABLE or not _names(entry):
        raise UndoRefusedError("There is nothing to undo.")
    return entry


def _stored(apps: AppReader, entry: Entry, revision: str | None) -> RawItem:
    """The app of a change. Raises UndoRefusedError when it was deleted since, AppConflictError for another revision."""
    try:
        return read_app(apps, entry.target, revision).item
    except AppNotFoundError as exc:
        raise UndoRefusedError(
            f"{entry.target} was deleted since. Nothing was written.",
            hint="A deleted app is restored whole: undo its deletion, or look among the deleted apps.",
        ) from exc


def _gone_since(app_id: str) -> AppConflictError:
    return AppConflictError(
        f"{app_id} was deleted since you compared. Nothing was written.",
        hint="Compare once more; it can still be restored.",
    )


def _key(line: AuditLine) -> tuple[str, str]:
    return line.connection, line.operation_id


def _require_unchanged(entry: Entry, stored: RawItem, *, but_for: tuple[str, ...] = ()) -> None:
    """Raises AppConflictError unless what the operation changed is still as it left it."""
    now = RawItem(
        attributes={name: v for name, v in stored.attributes.items() if name in _names(entry)}
    )
    if entry.before is None:
        now = stored
    _, kept_now = audited_sides(None, now, secret_fingerprint)
    left = entry.after or {}
    if _comparable(kept_now, but_for) != _comparable(left, but_for):
        raise changed_since(stored)


def _comparable(kept: Mapping[str, Any], but_for: tuple[str, ...]) -> bytes:
    return canonical_json(
        {
            name: normalized(value) if is_exact(value) else value["fingerprint"]
            for name, value in kept.items()
            if name not in but_for
        }
    )


def _names(entry: Entry) -> set[str]:
    return {*(entry.before or {}), *(entry.after or {})}


def _item(states: States | None, side: Side) -> RawItem | None:
    return None if states is None else states.side(side)


def _is_kept(kept: Mapping[str, Any]) -> bool:
    return all(is_exact(value) for value in kept.values())


def _values(kept: Mapping[str, Any], item: RawItem | None) -> dict[str, Any]:
    """The stored values behind what the audit log kept, from the vault where it is not exact."""
    values = {}
    for name, value in kept.items():
        if is_exact(value):
            values[name] = exact_attribute(value)
        elif item is not None and (stored := item.get(name)) is not None:
            values[name] = stored
        else:
            raise UndoRefusedError(NOT_KEPT)
    return values


def _with_values(stored: RawItem, names: set[str], values: Mapping[str, Any]) -> RawItem:
    return RawItem(attributes={**stored.without(*names).attributes, **values})
