"""The doctor's rules for ids, keys and secrets, for attributes soketi ignores, and for the table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from apps_admin.domain.app import App
from apps_admin.domain.credentials import is_identifier, secret_weakness
from apps_admin.domain.fields import DEFAULT_SECRET, FIELD_OF_ATTRIBUTE, FIELDS, KEY, SECRET
from apps_admin.domain.finding import (
    DuplicateFacts,
    Finding,
    FindingSeverity,
    Fix,
    FixMode,
    TableFacts,
    finding,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.item_size import item_size
from apps_admin.domain.soketi_view import SecretState, stored_type
from apps_admin.domain.webhook_problems import closest

LARGE_ITEM: Final = 300 * 1024
# Together below 300 KB even where every character takes 4 bytes.
_FEW: Final = 24
_SHORT: Final = 1500
_TEXTS: Final = frozenset({"S", "N", "B"})
_TOO_LARGE_SOON: Final = 380 * 1024
# Contract of the running server: these reach it through every client, these only where nobody encodes them.
_PLAIN = re.compile(r"[A-Za-z0-9\-_.~!'()*]+", re.ASCII)
_UNENCODED = re.compile(r"[A-Za-z0-9\-_.~!'()*+:;@&=$,|]+", re.ASCII)
_ATTRIBUTES: Final = tuple(field.attribute for field in FIELDS.values())


def find_identity(app: App) -> Iterator[Finding]:
    """Ids and keys that cannot be used."""
    yield from _find_reach("id", app.id)
    if KEY.attribute not in app.item.attributes or not app.key:
        yield _key_missing(app)
    else:
        yield from _find_reach("key", app.key)


def _key_missing(app: App) -> Finding:
    kind = stored_type(app.item, KEY.attribute)
    message = f"AppKey is stored as {kind}, not as text." if kind else "The record has no AppKey."
    alias = app.item.attributes.get("key", {}).get("S", "")
    fixes: tuple[Fix, ...] = ()
    if not kind and is_identifier(alias):
        fixes = (
            Fix(
                mode=FixMode.AS_MEANT,
                label="Write the text of key into AppKey",
                apply=lambda app: app.with_key(alias),
            ),
        )
    return finding("key-missing", message, attribute=KEY.attribute, fixes=fixes)


def _find_reach(name: str, text: str) -> Iterator[Finding]:
    attribute = "AppId" if name == "id" else "AppKey"
    if _PLAIN.fullmatch(text):
        return
    if _UNENCODED.fullmatch(text):
        message = f"The {name} has characters that many clients encode."
        yield finding(f"{name}-needs-care", message, attribute=attribute)
        return
    message = f"The {name} has characters that cannot stand in an address."
    yield finding(f"{name}-unreachable", message, attribute=attribute)


def find_secret(app: App) -> Iterator[Finding]:
    """Secrets that are missing, public, of a wrong type, or weak; nothing of one that may not be read."""
    if SECRET.attribute in app.item.hidden:
        return
    view = app.view
    name = view.secret_source if view.secret_source in SECRET.names else SECRET.attribute
    if view.secret_state is SecretState.DEFAULT:
        stored = SECRET.attribute in app.item.attributes
        message = "AppSecret is empty." if stored else "The record has no AppSecret."
        yield finding("secret-missing", message, attribute=name)
    elif view.secret_state is SecretState.CRASHES:
        message = f"{name} is stored as {stored_type(app.item, name)}, not as text."
        yield finding("secret-not-text", message, attribute=name)
    elif isinstance(view.secret, bytes):
        yield finding("secret-bytes", f"{name} is stored as B, not as text.", attribute=name)
    elif view.secret == DEFAULT_SECRET:
        message = f"{name} is soketi's own fallback, which everybody knows."
        yield finding("secret-default", message, attribute=name)
    elif weakness := secret_weakness(app.secret):
        yield finding("secret-weak", f"{name}: {weakness}.", attribute=name)


def find_lookalikes(app: App) -> Iterator[Finding]:
    """Attributes soketi ignores though they look like known ones."""
    for name in app.item.attributes:
        if name in FIELD_OF_ATTRIBUTE:
            continue
        known = _lookalike(name)
        if known:
            message = f"{name[:60]} is not {known}; soketi ignores it."
            yield finding("attribute-lookalike", message, attribute=name)


@lru_cache(maxsize=2048)
def _lookalike(name: str) -> str:
    return closest(name, _ATTRIBUTES, threshold=0.9)


def find_size(app: App) -> Iterator[Finding]:
    """A record close to DynamoDB's limit."""
    if _is_surely_small(app.item):
        return
    size = item_size(app.item)
    if size < LARGE_ITEM:
        return
    severity = FindingSeverity.ERROR if size >= _TOO_LARGE_SOON else FindingSeverity.WARNING
    message = f"The record has about {size // 1024} KB of the 400 KB DynamoDB allows."
    yield finding("item-large", message, severity=severity)


def _is_surely_small(item: RawItem) -> bool:
    """A quick look that spares most records the exact count: few attributes, short scalars."""
    if len(item.attributes) > _FEW:
        return False
    for name, value in item.attributes.items():
        for kind, content in value.items():
            if kind == "BOOL" and len(name) < _SHORT:
                continue
            if kind not in _TEXTS or len(content) >= _SHORT or len(name) >= _SHORT:
                return False
    return True


def find_duplicates(facts: DuplicateFacts) -> Iterator[Finding]:
    """Other apps with the same id or key."""
    if facts.same_key:
        message = f"Also the key of {_named(facts.same_key)}."
        yield finding("key-duplicate", message, attribute="AppKey")
    if facts.key_is_my_id:
        message = f"The id is also the key of {_named(facts.key_is_my_id)}."
        yield finding("id-is-another-key", message, attribute="AppId")
    if facts.id_is_my_key:
        message = f"The key is also the id of {_named(facts.id_is_my_key)}."
        yield finding("key-is-another-id", message, attribute="AppKey")


def _named(app_ids: tuple[str, ...]) -> str:
    shown = ", ".join(app_ids[:3])
    return shown if len(app_ids) <= 3 else f"{shown} and {len(app_ids) - 3} more"


def find_index(item: RawItem, facts: TableFacts) -> Iterator[Finding]:
    """What AppKeyIndex keeps from soketi."""
    if not facts.has_index or not facts.is_active:
        state = "is not active" if facts.has_index else "does not exist"
        yield finding("index-missing", f"AppKeyIndex {state}.", attribute="AppKey")
    elif not facts.projects_all:
        lost = sorted(
            name
            for name in item.attributes
            if name in FIELD_OF_ATTRIBUTE and name not in facts.projected
        )
        if lost:
            message = f"AppKeyIndex does not project {', '.join(lost)}."
            yield finding("index-not-all", message, attribute=lost[0])
