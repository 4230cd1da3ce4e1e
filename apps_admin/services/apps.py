"""What an operator can do with one app. Every function takes a workspace; every write is one audited operation.

DynamoDB calls: `show_app` 1; a change 2 (read, conditional write); `create_app` 5 (two reads by id, two by key, put).

What the changes have in common: `revision` is what the caller read (the API's If-Match); `parent` is the operation id
of the bulk work this belongs to; `dry_run` judges and returns the change without writing or recording anything. They
raise AppNotFoundError, AppConflictError, ValidationError, DeniedError and whatever DynamoDB or SQL answer. A change
that takes something away from clients or servers wants `confirmation`, the id as it was typed, on a protected
connection; not as part of bulk work, which is confirmed as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App, AppEdit, NewApp
from apps_admin.domain.credentials import new_app_secret
from apps_admin.domain.errors import (
    AppNotFoundError,
    ConflictError,
    KeyTakenError,
    ValidationError,
)
from apps_admin.domain.finding import Finding, FixMode
from apps_admin.domain.findings import find_findings, fix_item, has_fix
from apps_admin.domain.item import RawItem
from apps_admin.domain.rules import require_deletable, require_updatable
from apps_admin.domain.soketi_view import SoketiView
from apps_admin.models.app_index import KnownApp
from apps_admin.services.app_index import (
    duplicates_of,
    known_of,
    record_absence,
    record_item,
)
from apps_admin.services.app_steps import (
    Step,
    app_exists,
    edited,
    read_app,
    require_free,
    revision_of,
)
from apps_admin.services.confirmation import require_typed_id
from apps_admin.services.workspace import Operation, Workspace


@dataclass(frozen=True, kw_only=True)
class AppRecord:
    """One app as the record page shows it. `revision` changes whenever anything of the item does."""

    app: App
    view: SoketiView
    findings: tuple[Finding, ...]
    revision: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one operation did to an app: None stands for "no app". `operation_id` is empty after a dry run."""

    before: App | None
    after: App | None
    operation_id: str = ""

    @property
    def is_change(self) -> bool:
        """Whether anything differs: False when the app already was as asked."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return bool(self.before.item.changes_to(self.after.item))


@dataclass(frozen=True, kw_only=True)
class RevealedSecret:
    """A secret that somebody asked to see; the reveal is in the audit log."""

    secret: str = field(repr=False)
    record: AppRecord = field(repr=False)
    operation_id: str


@dataclass(frozen=True, kw_only=True)
class _Asking:
    """How a change is asked for: what every function below takes."""

    reason: str = ""
    revision: str | None = None
    parent: str | None = None
    dry_run: bool = False
    confirmation: str = ""


def show_app(workspace: Workspace, app_id: str) -> AppRecord:
    """One app, read from DynamoDB now; the app index learns what was read. Raises AppNotFoundError."""
    observed_at = timezone.now()
    try:
        item = workspace.apps.get(app_id)
    except AppNotFoundError:
        record_absence(workspace.connection, app_id, observed_at)
        raise
    known = known_of(workspace.connection, item)
    record_item(workspace.connection, item, observed_at, known=known)
    return judge_app(workspace, App(item), known=known)


def judge_app(workspace: Workspace, app: App, *, known: KnownApp | None = None) -> AppRecord:
    """An app that was just read or written, with what soketi makes of it and what the doctor finds."""
    found = find_findings(app, others=duplicates_of(workspace.connection, app.item, known))
    return AppRecord(app=app, view=app.view, findings=found, revision=revision_of(app.item))


def create_app(
    workspace: Workspace,
    new_app: NewApp,
    *,
    reason: str = "",
    dry_run: bool = False,
    parent: str | None = None,
) -> Change:
    """Create an app whose id and key nobody has, as id or as key.

    Raises ValidationError, AppExistsError (the id is taken), KeyTakenError (id or key belong to another app, or are
    being taken right now).
    """
    workspace.authorize(Action.APP_CREATE, new_app.id)
    item = new_app.to_item()
    if dry_run:
        require_free(workspace.apps, new_app.id, new_app.key)
        return Change(before=None, after=App(item))
    with workspace.operation(
        Action.APP_CREATE,
        new_app.id,
        reason=reason,
        parent=parent,
        claims=(new_app.id, new_app.key),
    ) as operation:
        require_free(operation.apps, new_app.id, new_app.key)
        operation.apps.create(item)
    return Change(before=None, after=App(item), operation_id=operation.id)


def update_app(
    workspace: Workspace,
    app_id: str,
    edit: AppEdit,
    *,
    base: RawItem | None = None,
    revision: str | None = None,
    reason: str = "",
    dry_run: bool = False,
    parent: str | None = None,
    confirmation: str = "",
) -> Change:
    """Change what the edit says, and nothing else.

    `base` is what the form was filled from (`services/form_base.py`): fields the edit leaves as they were there stay
    as they are stored now, and where both the edit and somebody else changed the same attribute, nobody is
    overwritten. Raises AppConflictError with the stored item then, AppNotFoundError, ValidationError.
    """
    asking = _Asking(
        reason=reason, revision=revision, parent=parent, dry_run=dry_run, confirmation=confirmation
    )
    claimed_key = edit.key if isinstance(edit.key, str) else ""
    return _change(
        workspace, Action.APP_UPDATE, app_id, edited(edit, base), asking, claimed_key=claimed_key
    )


def enable_app(
    workspace: Workspace,
    app_id: str,
    *,
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
) -> Change:
    """Let soketi accept new connections. The stored flag becomes BOOL, which alone soketi reads rightly."""
    asking = _Asking(reason=reason, revision=revision, parent=parent, dry_run=dry_run)
    return _change(workspace, Action.APP_ENABLE, app_id, App.enabled, asking)


def disable_app(
    workspace: Workspace,
    app_id: str,
    *,
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
    confirmation: str = "",
) -> Change:
    """Make soketi refuse new connections (4003). Connected clients and the HTTP API are not affected."""
    asking = _Asking(
        reason=reason, revision=revision, parent=parent, dry_run=dry_run, confirmation=confirmation
    )
    return _change(workspace, Action.APP_DISABLE, app_id, App.disabled, asking)


def rotate_secret(
    workspace: Workspace,
    app_id: str,
    *,
    secret: str = "",
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
    confirmation: str = "",
) -> Change:
    """Give the app another secret, a generated one unless one is given. `change.after.secret` is the new one."""
    asking = _Asking(
        reason=reason, revision=revision, parent=parent, dry_run=dry_run, confirmation=confirmation
    )
    step = edited(AppEdit(secret=secret or new_app_secret()))
    return _change(workspace, Action.APP_ROTATE_SECRET, app_id, step, asking)


def cut_off_app(
    workspace: Workspace,
    app_id: str,
    *,
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
    confirmation: str = "",
) -> Change:
    """Disable and rotate in one write: nobody gets in, nor publishes with the old secret. Connected sockets stay."""
    asking = _Asking(
        reason=reason, revision=revision, parent=parent, dry_run=dry_run, confirmation=confirmation
    )
    step = edited(AppEdit(is_enabled=False, secret=new_app_secret()))
    return _change(workspace, Action.APP_CUT_OFF, app_id, step, asking)


def remove_attribute(
    workspace: Workspace,
    app_id: str,
    name: str,
    *,
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
) -> Change:
    """Remove an attribute that soketi does not read. Raises ValidationError for one that it reads."""
    asking = _Asking(reason=reason, revision=revision, parent=parent, dry_run=dry_run)
    return _change(workspace, Action.APP_UPDATE, app_id, edited(AppEdit(removed=(name,))), asking)


def fix_app(
    workspace: Workspace,
    app_id: str,
    *,
    code: str,
    mode: FixMode,
    attribute: str = "",
    index: int | None = None,
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
    confirmation: str = "",
) -> Change:
    """Mend one finding and change nothing else. `attribute` and `index` are the finding's, where it has them.

    Raises ConflictError when the app does not have that finding (any more), or the finding no such fix.
    """
    asking = _Asking(
        reason=reason, revision=revision, parent=parent, dry_run=dry_run, confirmation=confirmation
    )

    def step(app: App) -> App:
        for found in find_findings(app.item):
            if (found.code, found.attribute, found.index) == (code, attribute, index):
                for fix in found.fixes:
                    if fix.mode is mode:
                        return fix.apply(app)
        raise ConflictError(
            f"{app_id} does not have the finding {code} any more, or it cannot be mended like this.",
            hint="Open the app again and look at its findings.",
        )

    return _change(workspace, Action.APP_FIX, app_id, step, asking)


def fix_findings(
    workspace: Workspace,
    app_id: str,
    fixes: Mapping[str, FixMode],
    *,
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
) -> Change:
    """Mend every finding of these codes in one write; those the app does not have any more change nothing."""
    asking = _Asking(reason=reason, revision=revision, parent=parent, dry_run=dry_run)

    def step(app: App) -> App:
        for code, mode in fixes.items():
            if has_fix(app, code, mode):
                app = App(fix_item(app.item, code, mode))
        return app

    return _change(workspace, Action.APP_FIX, app_id, step, asking)


def delete_app(
    workspace: Workspace,
    app_id: str,
    *,
    confirmation: str,
    is_drained: bool,
    reason: str = "",
    revision: str | None = None,
    parent: str | None = None,
    dry_run: bool = False,
) -> Change:
    """Delete a disabled app, in the contract's only safe order.

    `confirmation` is the id as the operator typed it; `is_drained` says that they saw to it that no client is
    connected and that soketi's app cache has expired. Raises AppNotDisabledError, ValidationError, AppConflictError.
    """
    asking = _Asking(reason=reason, revision=revision, parent=parent, dry_run=dry_run)
    workspace.authorize(Action.APP_DELETE, app_id)
    _require_confirmation(app_id, confirmation, is_drained=is_drained)
    if asking.dry_run:
        before = read_app(workspace.apps, app_id, asking.revision)
        require_deletable(before.item)
        return Change(before=before, after=None)
    with workspace.operation(
        Action.APP_DELETE, app_id, reason=asking.reason, parent=asking.parent
    ) as operation:
        before = read_app(operation.apps, app_id, asking.revision)
        operation.apps.delete(before.item)
    return Change(before=before, after=None, operation_id=operation.id)


def reveal_secret(workspace: Workspace, app_id: str, *, reason: str = "") -> RevealedSecret:
    """The app's secret in clear, for those who may see it. The reveal is audited before the secret is read."""
    with workspace.operation(Action.APP_REVEAL_SECRET, app_id, reason=reason) as operation:
        record = judge_app(workspace, App(operation.apps.get(app_id)))
    return RevealedSecret(secret=record.app.secret, record=record, operation_id=operation.id)


def _change(
    workspace: Workspace,
    action: Action,
    app_id: str,
    step: Step,
    asking: _Asking,
    *,
    claimed_key: str = "",
) -> Change:
    """Read, apply one step, write what differs."""
    if asking.dry_run:
        workspace.require(action)
        before = read_app(workspace.apps, app_id, asking.revision)
        after = step(before)
        require_updatable(before.item, after.item)
        return Change(before=before, after=after)
    claims = (app_id, claimed_key) if claimed_key else None
    with workspace.operation(
        action, app_id, reason=asking.reason, parent=asking.parent, claims=claims
    ) as operation:
        before = read_app(operation.apps, app_id, asking.revision)
        after = step(before)
        if asking.parent is None:
            require_typed_id(workspace.connection, before, after, asking.confirmation)
        if after.key != before.key:
            _require_free_key(operation, after)
        if not before.item.changes_to(after.item):
            operation.note(unchanged=True)
        operation.apps.update(before.item, after.item)
    return Change(before=before, after=after, operation_id=operation.id)


def _require_free_key(operation: Operation, after: App) -> None:
    """The missing key of an app is about to be set: nobody may have it, as id or as key."""
    if app_exists(operation.apps, after.key) or operation.apps.find_by_key(after.key):
        raise KeyTakenError(
            f"The key {after.key!r} belongs to another app.",
            hint="Nothing was written. Choose another key.",
        )


def _require_confirmation(app_id: str, confirmation: str, *, is_drained: bool) -> None:
    errors = {}
    if confirmation != app_id:
        errors["confirmation"] = [f"Type the id of the app, {app_id}, to delete it."]
    if not is_drained:
        errors["is_drained"] = [
            "Confirm that no client is connected and that soketi's app cache has expired."
        ]
    if errors:
        raise ValidationError(errors)
