"""The rules that bind every write, whichever way it came: form, API, import, bulk work, undo and restore.

They judge raw items, and only what a write changes, so that an old fault elsewhere never blocks a disable.
"""

from __future__ import annotations

from collections.abc import Iterable

from apps_admin.domain.app import FIXED_KEY
from apps_admin.domain.app_rules import size_errors
from apps_admin.domain.errors import AppNotDisabledError, ValidationError
from apps_admin.domain.fields import ID, KEY, SECRET, WEBHOOKS
from apps_admin.domain.item import RawItem
from apps_admin.domain.item_size import item_size
from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.domain.soketi_view import (
    BLOCKED,
    SecretState,
    SoketiView,
    soketi_view,
    stored_type,
)
from apps_admin.domain.webhook_verdicts import Verdict

# The attributes whose values can be wrong; of any other, soketi need not be asked.
_JUDGED = frozenset(
    {*WEBHOOKS.names, *SECRET.names, *(name for rule in LIMITS.values() for name in rule.names)}
)
# What DynamoDB takes for the hash key of a table or an index, in bytes.
LONGEST_KEY = 2048


def require_creatable(item: RawItem) -> None:
    """Raises ValidationError when soketi could not bear this new item, or DynamoDB not store it."""
    errors: dict[str, list[str]] = {}
    key = str((item.get(KEY.attribute) or {}).get("S", ""))
    if not item.app_id:
        errors["id"] = ["An app needs an id."]
    if not key:
        errors["key"] = ["An app needs a key; without one soketi takes the literal app-key."]
    for name, field in (("id", ID), ("key", KEY)):
        if (kind := stored_type(item, field.attribute)) not in {"", "S"}:
            errors[name] = [f"The {name} has to be text (S); this one has the type {kind}."]
    for name, value in (("id", item.app_id), ("key", key)):
        if len(value.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
            errors[name] = [f"DynamoDB takes at most {LONGEST_KEY:,} bytes for the {name}."]
    errors |= size_errors(item)
    errors |= _faults({*item.attributes, SECRET.attribute}, item)
    if errors:
        raise ValidationError(errors)


def require_updatable(before: RawItem, after: RawItem) -> None:
    """Raises ValidationError when this change would break a rule."""
    errors: dict[str, list[str]] = {}
    changed = before.changes_to(after).names
    if before.app_id != after.app_id:
        errors["id"] = ["The id of an app is fixed."]
    if KEY.attribute in changed and KEY.attribute in before.attributes:
        errors["key"] = [FIXED_KEY]
    if item_size(after) > item_size(before):
        errors |= size_errors(after)
    errors |= _faults(changed, after)
    if errors:
        raise ValidationError(errors)


def require_deletable(before: RawItem) -> None:
    """Raises AppNotDisabledError while soketi still lets clients of this app in."""
    if soketi_view(before).enabled.value:
        raise AppNotDisabledError(
            f"{before.app_id} is enabled. Nothing was deleted: when an app with webhooks vanishes while clients are "
            "connected, soketi shuts down for everybody.",
            hint="Disable the app, wait until its clients are gone and soketi's app cache has expired, then delete it.",
        )


def _faults(changed: Iterable[str], item: RawItem) -> dict[str, list[str]]:
    """What is wrong with the changed attributes, by field."""
    names = _JUDGED.intersection(changed)
    if not names:
        return {}
    view = soketi_view(item)
    errors: dict[str, list[str]] = {}
    if names & set(WEBHOOKS.names):
        lethal = [
            f"Webhook {webhook.index + 1}: {webhook.reason}"
            for webhook in view.webhooks
            if webhook.verdict is Verdict.LETHAL
        ]
        if lethal:
            errors["webhooks"] = lethal
    if names & set(SECRET.names) and view.secret_state is not SecretState.STORED:
        errors["secret"] = [
            "The secret must be text that is not empty; otherwise soketi signs with the literal app-secret, or crashes."
        ]
    for limit, rule in LIMITS.items():
        if names & set(rule.names) and _would_brick(limit, view):
            errors[limit.value] = [
                f"{rule.label}: this value would block everything. Leave it to the server's default instead."
            ]
    return errors


def _would_brick(limit: Limit, view: SoketiView) -> bool:
    return not LIMITS[limit].allows_unlimited and view.limits[limit].value == BLOCKED
