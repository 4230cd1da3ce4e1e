"""Items as DynamoDB JSON text, and back. Nothing is interpreted: numbers stay text, sets stay sets, binary is base64.

The same text as the AWS CLI and exports to S3 have.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import AttributeValue, RawItem

MAX_DEPTH = 32
# What DynamoDB stores of a number: so many significant digits, and no power of ten beyond these.
MAX_DIGITS = 38
POWERS = range(-130, 126)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def render_item(item: RawItem, *, indent: int | None = None) -> str:
    """The item as DynamoDB JSON, not masked: `{"AppId": {"S": "shop"}, ...}`."""
    if indent is None:
        return _encode(item.attributes)
    return json.dumps(item.attributes, indent=indent, ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no part of an attribute value")


# Made once: an export writes a hundred thousand items.
_encode = json.JSONEncoder(ensure_ascii=False, default=_as_text).encode


def parse_item(text: str) -> RawItem:
    """An item from DynamoDB JSON. Raises ValidationError (field `item`) that names the faulty place."""
    try:
        document = json.loads(text, object_pairs_hook=_unique_pairs)
    except json.JSONDecodeError as error:
        raise _fault("", f"not JSON: {error.msg} at line {error.lineno}") from None
    except RecursionError:
        raise _fault("", f"nested deeper than {MAX_DEPTH} levels") from None
    return item_of(document)


def item_of(document: Any) -> RawItem:
    """An item from a parsed document of DynamoDB JSON. Raises ValidationError (field `item`)."""
    if not isinstance(document, dict):
        raise _fault("", "must be a JSON object of attributes")
    return RawItem(
        attributes={name: _parse_value(value, name, 1) for name, value in document.items()}
    )


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise _fault("", "the same name appears twice in one object")
    return document


def _fault(path: str, what: str) -> ValidationError:
    return ValidationError({"item": [f"{path}: {what}" if path else f"The item is {what}"]})


def _parse_value(value: Any, path: str, depth: int) -> AttributeValue:
    if depth > MAX_DEPTH:
        raise _fault(path, f"nested deeper than {MAX_DEPTH} levels")
    if not isinstance(value, dict) or len(value) != 1:
        raise _fault(path, 'must be one DynamoDB value such as {"S": "text"}')
    ((kind, content),) = value.items()
    if kind in ("SS", "NS", "BS"):
        return {kind: _parse_set(kind, content, path)}
    if kind == "L" and isinstance(content, list):
        return {"L": [_parse_value(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(content)]}
    if kind == "M" and isinstance(content, dict):
        return {"M": {k: _parse_value(v, f"{path}.{k}", depth + 1) for k, v in content.items()}}
    return {kind: _parse_scalar(kind, content, path)}


def _parse_set(kind: str, content: Any, path: str) -> list[Any]:
    if not isinstance(content, list) or not content:
        raise _fault(path, f"{kind} must be a list that is not empty")
    parts = [_parse_scalar(kind[0], part, path) for part in content]
    values = {Decimal(part) for part in parts} if kind == "NS" else set(parts)
    if len(values) != len(parts):
        raise _fault(path, f"{kind} has the same element twice")
    return parts


def _parse_scalar(kind: str, content: Any, path: str) -> Any:
    if kind == "S" and isinstance(content, str):
        if not (content.isascii() or _is_unicode(content)):
            raise _fault(path, "half of a surrogate pair is no text")
        return content
    if kind == "N" and isinstance(content, str) and NUMBER.fullmatch(content):
        if not _is_storable(content):
            raise _fault(
                path, f"DynamoDB stores numbers of at most {MAX_DIGITS} digits, up to 1E+125"
            )
        return content
    if kind == "BOOL" and isinstance(content, bool):
        return content
    if kind == "NULL" and content is True:
        return True
    if kind == "B" and isinstance(content, str):
        try:
            return base64.b64decode(content, validate=True)
        except binascii.Error:
            raise _fault(path, "B must be base64") from None
    raise _fault(path, f"{kind!r} is not a DynamoDB type, or its content does not fit it")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_storable(text: str) -> bool:
    """Whether DynamoDB stores this number."""
    if len(text) <= MAX_DIGITS and "e" not in text and "E" not in text:
        return True
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return len(digits) <= MAX_DIGITS and (not digits or number.adjusted() in POWERS)
