"""Attribute values as the audit log keeps them (`domain/difference.py` makes them): which can be made again, how."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from apps_admin.domain.item import AttributeValue

EXACT_NUMBERS = Context(prec=60)


def is_exact(kept: Mapping[str, Any]) -> bool:
    """Whether the stored value can be made again from what the audit log kept: no secret, nothing left out."""
    return "fingerprint" not in kept


def exact_attribute(kept: Mapping[str, Any]) -> AttributeValue:
    """The stored value of a kept attribute that is exact (binary back from base64)."""
    return {kind: _from_text(kind, part) for kind, part in kept.items()}


def normalized(value: Any) -> Any:
    """The value as DynamoDB gives it back: 1.50 is 1.5 there. For comparing what was asked with what is stored."""
    if isinstance(value, Mapping):
        return {kind: _normalized_part(kind, part) for kind, part in value.items()}
    if isinstance(value, list | tuple):
        return [normalized(part) for part in value]
    return value


def _normalized_part(kind: str, part: Any) -> Any:
    if kind == "N" and isinstance(part, str):
        return _number(part)
    if kind == "NS" and not isinstance(part, Mapping):
        return [_number(number) for number in part]
    return normalized(part)


def _number(text: str) -> str:
    try:
        return str(Decimal(text).normalize(EXACT_NUMBERS))
    except (InvalidOperation, ValueError):
        return text


def _from_text(kind: str, part: Any) -> Any:
    if kind == "B":
        return base64.b64decode(part)
    if kind == "BS":
        return [base64.b64decode(one) for one in part]
    if kind == "L":
        return [exact_attribute(one) for one in part]
    if kind == "M":
        return {name: exact_attribute(one) for name, one in part.items()}
    return part
