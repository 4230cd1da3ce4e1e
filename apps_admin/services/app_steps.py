"""What the operations on apps are made of: reading one as it was seen, applying an edit, finding an id and key free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from apps_admin.domain.app import UNSET, App, AppEdit, Maybe
from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    AppNotFoundError,
    KeyTakenError,
)
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE, ID, KEY, SECRET
from apps_admin.domain.item import RawItem
from apps_admin.domain.repository import AppReader
from apps_admin.services.audit import revision_key

# What a form's base holds: every attribute soketi reads, but for the id, the key and the secret.
BASE_ATTRIBUTES = frozenset(FIELD_OF_ATTRIBUTE) - {*ID.names, *KEY.names, *SECRET.names}

Step = Callable[[App], App]
Value = TypeVar("Value")


def revision_of(item: RawItem) -> str:
    """The keyed fingerprint of a whole item: what If-Match carries."""
    return item.revision(revision_key())


def read_app(apps: AppReader, app_id: str, revision: str | None = None) -> App:
    """The app, if it still has the revision. Raises AppNotFoundError, AppConflictError."""
    item = apps.get(app_id)
    if revision is not None and revision_of(item) != revision:
        raise changed_since(item)
    return App(item)


def changed_since(stored: RawItem) -> AppConflictError:
    """The error for a change that is based on what is not stored any more."""
    return AppConflictError(
        f"{stored.app_id} was changed since you opened it. Nothing was written.",
        hint="Compare both versions and save again.",
        stored=stored,
    )


def edited(edit: AppEdit, base: RawItem | None = None) -> Step:
    """The step that applies an edit; with a base, only what the edit changes against it."""

    def step(stored: App) -> App:
        if base is None:
            return edit.apply_to(stored)
        based = stored.item.without(*BASE_ATTRIBUTES)
        based = RawItem(attributes={**based.attributes, **base.attributes})
        changes = based.changes_to(_asked_for(edit, App(based)).apply_to(App(based)).item)
        overtaken = based.without(*_others(based, changes.names))
        if overtaken.changes_to(stored.item.without(*_others(stored.item, changes.names))):
            raise changed_since(stored.item)
        after = stored.item.without(*changes.remove)
        return App(RawItem(attributes={**after.attributes, **changes.set}))

    return step


def require_free(apps: AppReader, app_id: str, app_key: str) -> None:
    """Raises AppExistsError or KeyTakenError when the id or the key is any app's id or key (4 calls)."""
    if app_exists(apps, app_id):
        raise AppExistsError(
            f"An app with the id {app_id!r} is already in the table.",
            hint="Nothing was written. Choose another id, or open the app that has it.",
        )
    if app_exists(apps, app_key):
        raise KeyTakenError(
            f"The key {app_key!r} is the id of another app; soketi's app cache would mix the two up.",
            hint="Nothing was written. Choose another key.",
        )
    for value, what in ((app_key, "key"), (app_id, "id")):
        others = [match.app_id for match in apps.find_by_key(value) if match.app_id != app_id]
        if others:
            raise KeyTakenError(
                f"The {what} {value!r} is the key of the app {others[0]!r}.",
                hint=f"Nothing was written. Choose another {what}.",
                field=what,
            )


def app_exists(apps: AppReader, app_id: str) -> bool:
    """Whether the table has an app with this id (1 call)."""
    try:
        apps.get(app_id)
    except AppNotFoundError:
        return False
    return True


def _asked_for(edit: AppEdit, based: App) -> AppEdit:
    """The edit without the fields a form sends back as it was filled: what stands there stays byte for byte."""
    return replace(
        edit,
        is_enabled=_unless_same(edit.is_enabled, based.is_enabled),
        allows_client_messages=_unless_same(
            edit.allows_client_messages, based.allows_client_messages
        ),
        requires_user_authentication=_unless_same(
            edit.requires_user_authentication, based.requires_user_authentication
        ),
        limits={
            limit: value for limit, value in edit.limits.items() if value != based.limits[limit]
        },
        webhooks_text=_unless_same(edit.webhooks_text, based.webhooks_text),
    )


def _unless_same(asked: Maybe[Value], filled: Value) -> Maybe[Value]:
    return UNSET if asked == filled else asked


def _others(item: RawItem, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in item.attributes if name not in names)
