"""What differs between two states of an item, attribute by attribute: for the page, and for the audit log.

Nothing secret is in either: shown values are masked, and the audit log gets a keyed fingerprint in place of a value
that holds a secret, so that it tells whether it changed and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE
from apps_admin.domain.item import AttributeValue, RawItem, canonical_json, same_value
from apps_admin.domain.masking import masked_value, wire_value

Fingerprint = Callable[[bytes], str]
# Longer values are kept in the audit log as their size and fingerprint.
LONGEST_AUDITED: Final = 16 * 1024
LONGEST_IN_SHORT: Final = 40


class ChangeKind(StrEnum):
    """What happened to an attribute."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class AttributeDifference:
    """One attribute that differs. `before` and `after` are masked DynamoDB JSON, None where it is absent.

    `field` is the domain's name of what the attribute stands for, empty when soketi does not read it. `is_secret` says
    that something masked changed, so both sides may look alike.
    """

    attribute: str
    field: str
    kind: ChangeKind
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    is_alias: bool = False
    is_secret: bool = False


def find_differences(
    before: RawItem | None, after: RawItem | None
) -> tuple[AttributeDifference, ...]:
    """Every attribute that differs, sorted by name, safe to show. None stands for no item."""
    return tuple(
        _difference(name, old, new)
        for name in _names(before, after)
        if _differs(old := _value(before, name), new := _value(after, name))
    )


def describe_change(before: RawItem | None, after: RawItem | None) -> str:
    """In one line what is done to an item: "Update: Enabled true → false, Webhooks". Short values only, none secret."""
    if before is None:
        return "Create."
    if after is None:
        return "Delete."
    return f"Update: {', '.join(_in_short(each) for each in find_differences(before, after))}"


def _in_short(difference: AttributeDifference) -> str:
    sides = [_short_value(side) for side in (difference.before, difference.after)]
    if difference.is_secret or None in sides or sides[0] == sides[1]:
        return difference.attribute
    return f"{difference.attribute} {sides[0]} → {sides[1]}"


def _short_value(side: dict[str, Any] | None) -> str | None:
    """The value as one reads it; None where it is too long for a line, or of a type that is not plain."""
    if side is None:
        return "absent"
    ((kind, content),) = side.items()
    if kind == "BOOL":
        return str(content).lower()
    if kind not in {"S", "N"} or len(content) > LONGEST_IN_SHORT or not content.isprintable():
        return None
    return str(content)


def audited_sides(
    before: RawItem | None, after: RawItem | None, fingerprint: Fingerprint
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changed attributes before and after, as plain JSON for the audit log.

    A value that holds a secret is `{"fingerprint": ...}` beside what may be shown of it; a very long one only its
    `size` and fingerprint.
    """
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name in _names(before, after):
        values = (_value(before, name), _value(after, name))
        if _differs(*values):
            for side, value in zip(sides, values, strict=True):
                if value is not None:
                    side[name] = _audited(name, value, fingerprint)
    return sides


def _audited(name: str, value: AttributeValue, fingerprint: Fingerprint) -> dict[str, Any]:
    whole = canonical_json(value)
    masked = masked_value(name, value)
    if len(whole) > LONGEST_AUDITED:
        return {"size": len(whole), "fingerprint": fingerprint(whole)}
    if same_value(masked, value):
        return wire_value(value)
    return {**wire_value(masked), "fingerprint": fingerprint(whole)}


def _difference(
    name: str, old: AttributeValue | None, new: AttributeValue | None
) -> AttributeDifference:
    field = FIELD_OF_ATTRIBUTE.get(name)
    shown_old, shown_new = _shown(name, old), _shown(name, new)
    kind = (
        ChangeKind.ADDED
        if old is None
        else ChangeKind.REMOVED
        if new is None
        else ChangeKind.CHANGED
    )
    return AttributeDifference(
        attribute=name,
        field=field.name if field else "",
        kind=kind,
        before=shown_old,
        after=shown_new,
        is_alias=field is not None and name != field.attribute,
        is_secret=_is_masked(name, old) or _is_masked(name, new),
    )


def _is_masked(name: str, value: AttributeValue | None) -> bool:
    return value is not None and not same_value(masked_value(name, value), value)


def _shown(name: str, value: AttributeValue | None) -> dict[str, Any] | None:
    return None if value is None else wire_value(masked_value(name, value))


def _names(before: RawItem | None, after: RawItem | None) -> list[str]:
    return sorted({*(before.attributes if before else ()), *(after.attributes if after else ())})


def _value(item: RawItem | None, name: str) -> AttributeValue | None:
    return item.get(name) if item else None


def _differs(old: AttributeValue | None, new: AttributeValue | None) -> bool:
    if old is None or new is None:
        return old is not new
    return not same_value(old, new)
