"""A DynamoDB item exactly as it was read, and what changed between two of them.

An attribute value has boto3's low-level shape: `{"S": "x"}`, `{"N": "1"}`, `{"B": b"x"}`, `{"BOOL": True}`,
`{"NULL": True}`, `{"L": [...]}`, `{"M": {...}}`, `{"SS": [...]}`, `{"NS": [...]}`, `{"BS": [...]}`. Numbers stay
text, so nothing is lost to floating point.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeAlias

AttributeValue: TypeAlias = Mapping[str, Any]

SET_TYPES = frozenset({"SS", "NS", "BS"})
# Two values of such a type are the same only when Python says so too.
_PLAIN_TYPES = frozenset({"S", "BOOL", "NULL"})


@dataclass(frozen=True, kw_only=True)
class RawItem:
    """The stored attributes, types and unknown names kept; they hold secrets, so `repr` leaves them out.

    `hidden` are attributes that these credentials may not read and that were not asked for: that they are absent here
    says nothing.
    """

    attributes: Mapping[str, AttributeValue] = field(repr=False)
    hidden: frozenset[str] = frozenset()

    @property
    def app_id(self) -> str:
        """The hash key; empty when the item has none (it then never came from a table)."""
        return str(self.attributes.get("AppId", {}).get("S", ""))

    def get(self, name: str) -> AttributeValue | None:
        """The attribute's value, or None when the item does not have it."""
        return self.attributes.get(name)

    def with_attribute(self, name: str, value: AttributeValue) -> RawItem:
        """This item with one attribute set."""
        return RawItem(attributes={**self.attributes, name: value})

    def without(self, *names: str) -> RawItem:
        """This item with these attributes removed."""
        return RawItem(attributes={k: v for k, v in self.attributes.items() if k not in names})

    def changes_to(self, after: RawItem) -> ItemChanges:
        """What has to be set and removed to turn this item into `after`."""
        return ItemChanges(
            set={
                name: value
                for name, value in after.attributes.items()
                if name not in self.attributes or not same_value(self.attributes[name], value)
            },
            remove=tuple(name for name in self.attributes if name not in after.attributes),
        )

    def revision(self, key: bytes) -> str:
        """A keyed fingerprint (HMAC-SHA256, hex) that is equal exactly when the items are equal."""
        keyed = _keyed(key).copy()
        keyed.update(_comparable_json(self.attributes))
        return keyed.hexdigest()


@dataclass(frozen=True, kw_only=True)
class ItemChanges:
    """The attributes one update sets and removes. Falsy when there is nothing to do."""

    set: Mapping[str, AttributeValue] = field(repr=False)
    remove: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every attribute name the update touches."""
        return (*self.set, *self.remove)

    def __bool__(self) -> bool:
        return bool(self.set or self.remove)


def same_value(one: AttributeValue, other: AttributeValue) -> bool:
    """Whether two attribute values are the same to DynamoDB (sets match in any order, 1.50 is 1.5)."""
    if one == other:
        return True
    kind = next(iter(one), "")
    if len(one) == len(other) == 1 and (kind not in other or kind in _PLAIN_TYPES):
        return False
    return _comparable_json(one) == _comparable_json(other)


def canonical_json(value: Any) -> bytes:
    """One byte string per value: sorted keys, sets sorted, binary as base64, text and digits untouched."""
    return _json_bytes(_canonical(value, _same_number))


def _comparable_json(value: Any) -> bytes:
    """As `canonical_json`, with one spelling for each number."""
    return _json_bytes(_canonical(value, canonical_number))


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> hmac.HMAC:
    """To be copied. `hmac.digest` lets other threads in at every call, however short the text."""
    return hmac.new(key, digestmod="sha256")


# Made once: `json.dumps` with arguments makes an encoder for each call, which takes longer than a small value.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def _json_bytes(value: Any) -> bytes:
    return _encode(value).encode("ascii")


def _same_number(text: str) -> str:
    return text


# Looked up for every value of every item: `str | bool` would be made anew each time.
_TEXT_OR_BOOL = (str, bool)
_MAPPINGS = (dict, Mapping)
_LISTS = (list, tuple)


def _canonical(value: Any, number: Callable[[str], str]) -> Any:
    if isinstance(value, _TEXT_OR_BOOL):
        return value
    if isinstance(value, _MAPPINGS):
        return {
            # Text is text under any type but N; every item consists of it mostly.
            str(kind): part
            if type(part) is str and kind != "N"
            else _canonical_part(kind, part, number)
            for kind, part in value.items()
        }
    if isinstance(value, _LISTS):
        return [_canonical(part, number) for part in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    return value


def _canonical_part(kind: str, part: Any, number: Callable[[str], str]) -> Any:
    """One value under its type. An attribute may itself be named like a type; its value is then a mapping."""
    if type(part) is dict and len(part) == 1:
        for inner, content in part.items():
            # What most attributes are is canonical already.
            if type(content) is bool or (type(content) is str and inner != "N"):
                return part
    if kind == "N" and isinstance(part, str):
        return number(part)
    if kind in SET_TYPES and isinstance(part, list | tuple | set | frozenset):
        parts = [number(v) if kind == "NS" else _canonical(v, number) for v in part]
        return sorted(parts, key=repr)
    return _canonical(part, number)


def canonical_number(text: str) -> str:
    """The number as one spelling for each value, for comparison: 1.50 and 15e-1 are both 15E-1."""
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:
        return text
    if not isinstance(exponent, int):
        return text
    significant = "".join(map(str, digits)).lstrip("0")
    shortest = significant.rstrip("0")
    if not shortest:
        return "0"
    return f"{'-' * sign}{shortest}E{exponent + len(significant) - len(shortest)}"
