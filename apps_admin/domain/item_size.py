"""How large DynamoDB says an item is: UTF-8 of names and values, by the rules of its developer guide."""

from __future__ import annotations

from typing import Any, Final

from apps_admin.domain.item import AttributeValue, RawItem

LARGEST_ITEM: Final = 400 * 1024
_CONTAINER: Final = 3
_ELEMENT: Final = 1
_NUMBER_DIGITS: Final = 38


def item_size(item: RawItem) -> int:
    """The item's size in bytes, as DynamoDB counts it for the limit of 400 KB (numbers rounded up)."""
    return sum(_text_size(name) + value_size(value) for name, value in item.attributes.items())


def value_size(value: AttributeValue) -> int:
    """One attribute value's size in bytes."""
    for kind, content in value.items():
        if kind == "S":
            return _text_size(content)
        if kind == "N":
            return _number_size(content)
        if kind == "B":
            return len(content)
        if kind in ("BOOL", "NULL"):
            return 1
        return _container_size(kind, content)
    return 0


def _container_size(kind: str, content: Any) -> int:
    if kind == "SS":
        return sum(_text_size(part) for part in content)
    if kind == "NS":
        return sum(_number_size(part) for part in content)
    if kind == "BS":
        return sum(len(part) for part in content)
    if kind == "L":
        return _CONTAINER + sum(_ELEMENT + value_size(part) for part in content)
    return _CONTAINER + sum(
        _ELEMENT + _text_size(name) + value_size(part) for name, part in content.items()
    )


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _number_size(text: str) -> int:
    """About one byte for two significant digits, and one more; never above 21."""
    digits = text.lower().partition("e")[0].lstrip("-+").replace(".", "").strip("0")
    return min(21, (min(len(digits), _NUMBER_DIGITS) + 1) // 2 + 1 + text.startswith("-"))
