"""Two people edit one app: the form's base, what I ask for, and what is stored now, field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE, FIELDS, StoredField
from apps_admin.domain.item import AttributeValue, RawItem, same_value
from apps_admin.domain.masking import masked_value, wire_value


class Standing(StrEnum):
    """Who changed a field since the form was opened."""

    UNCHANGED = "unchanged"
    MINE = "mine"
    THEIRS = "theirs"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True, kw_only=True)
class FieldComparison:
    """One field in its three states: the attributes that stand for it, masked, as DynamoDB JSON.

    `name` is the domain's name of the field, or the attribute's where soketi does not read it.
    """

    name: str
    standing: Standing
    base: Mapping[str, Any]
    mine: Mapping[str, Any]
    stored: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All fields that anybody changed. `merged` is what is stored with my own changes on top, conflicts left out."""

    fields: tuple[FieldComparison, ...]
    merged: RawItem

    @property
    def conflicts(self) -> tuple[FieldComparison, ...]:
        """The fields both changed differently."""
        return tuple(each for each in self.fields if each.standing is Standing.CONFLICT)

    @property
    def has_conflicts(self) -> bool:
        """Whether somebody has to choose."""
        return bool(self.conflicts)


def compare(
    base: RawItem, mine: RawItem, stored: RawItem, *, only: Collection[str] | None = None
) -> Comparison:
    """Field by field, an attribute and its aliases together; fields nobody changed are left out.

    A form that carries a base of some fields only names them in `only`; the others are as they are stored.
    """
    merged = stored
    fields: list[FieldComparison] = []
    for name, attributes in _groups(base, mine, stored).items():
        if only is not None and name not in only:
            continue
        sides = tuple(_part(item, attributes) for item in (base, mine, stored))
        standing = _standing(*sides)
        if standing is Standing.UNCHANGED:
            continue
        if standing is Standing.MINE:
            merged = _put(merged, attributes, sides[1])
        shown = [_shown(side) for side in sides]
        fields.append(
            FieldComparison(
                name=name, standing=standing, base=shown[0], mine=shown[1], stored=shown[2]
            )
        )
    return Comparison(fields=tuple(fields), merged=merged)


Part = dict[str, AttributeValue]


def _groups(*items: RawItem) -> dict[str, tuple[str, ...]]:
    """The attributes of each field in a stable order: known fields first, then other attributes by name."""
    names = {name for item in items for name in item.attributes}
    known: dict[str, tuple[str, ...]] = {
        each.name: each.names for each in FIELDS.values() if _is_present(each, names)
    }
    others = sorted(name for name in names if name not in FIELD_OF_ATTRIBUTE)
    # An attribute may be called like a field ("max_connections" is an alias and so never here, "x" may be).
    return known | {f"attribute {name}" if name in FIELDS else name: (name,) for name in others}


def _is_present(stored: StoredField, names: set[str]) -> bool:
    return any(name in names for name in stored.names)


def _part(item: RawItem, names: tuple[str, ...]) -> Part:
    return {name: item.attributes[name] for name in names if name in item.attributes}


def _standing(base: Part, mine: Part, stored: Part) -> Standing:
    changed_by_me, changed_by_them = not _same(base, mine), not _same(base, stored)
    if changed_by_me and changed_by_them:
        return Standing.SAME if _same(mine, stored) else Standing.CONFLICT
    if changed_by_me:
        return Standing.MINE
    return Standing.THEIRS if changed_by_them else Standing.UNCHANGED


def _same(one: Part, other: Part) -> bool:
    return one.keys() == other.keys() and all(same_value(one[name], other[name]) for name in one)


def _put(item: RawItem, names: tuple[str, ...], part: Part) -> RawItem:
    item = item.without(*names)
    for name, value in part.items():
        item = item.with_attribute(name, value)
    return item


def _shown(part: Part) -> dict[str, Any]:
    return {name: wire_value(masked_value(name, value)) for name, value in part.items()}
