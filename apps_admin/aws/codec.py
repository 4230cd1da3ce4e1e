"""Items as boto3's low-level client takes them. As text they are DynamoDB JSON (`domain/item_json.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps_admin.domain.item import AttributeValue
from apps_admin.domain.item_json import parse_item, render_item

__all__ = ["parse_item", "render_item", "to_request"]


def to_request(attributes: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """The attributes as plain dicts and lists, the only shapes botocore accepts."""
    return {name: _plain(value) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str | bytes | bool | int | float) or value is None:
        return value
    return [_plain(part) for part in value]
