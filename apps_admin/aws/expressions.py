"""The conditional expressions of the three writes, with every name and value behind a placeholder.

DynamoDB limits the text of an expression to 4 KB and its operators to 300; values and names do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps_admin.aws import codec
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import AttributeValue, RawItem

MAX_EXPRESSION_BYTES = 4096
MAX_OPERATORS = 300
ID_EXISTS = "attribute_exists(AppId)"
ID_IS_FREE = "attribute_not_exists(AppId)"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class WriteExpressions:
    """What a conditional write says. `update` is empty for a delete."""

    condition: str
    update: str
    names: dict[str, str]
    values: dict[str, Any]

    def as_request(self) -> dict[str, Any]:
        """The parameters of UpdateItem or DeleteItem; DynamoDB refuses those that are empty."""
        parameters = {
            "ConditionExpression": self.condition,
            "UpdateExpression": self.update,
            "ExpressionAttributeNames": self.names,
            "ExpressionAttributeValues": self.values,
        }
        return {name: value for name, value in parameters.items() if value}


class _Placeholders:
    """Gives each name and value a short placeholder, the same one each time for a name."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self._of_name: dict[str, str] = {}

    def name(self, name: str) -> str:
        if name not in self._of_name:
            placeholder = f"#{_short(len(self._of_name))}"
            self._of_name[name] = placeholder
            self.names[placeholder] = name
        return self._of_name[name]

    def value(self, value: AttributeValue) -> str:
        placeholder = f":{_short(len(self.values))}"
        self.values.update(codec.to_request({placeholder: value}))
        return placeholder


def _short(number: int) -> str:
    """The number in base 36: two characters are enough for 1,296 placeholders."""
    text = DIGITS[number % 36]
    while number := number // 36:
        text = DIGITS[number % 36] + text
    return text


def update_expressions(before: RawItem, after: RawItem) -> WriteExpressions:
    """Set and remove exactly what differs, if the item exists and those attributes and AppKey are as read.

    Raises ValidationError when more attributes change than one update can say.
    """
    if before.app_id != after.app_id:
        raise ValidationError({"app_id": ["The id of an app cannot change."]})
    changes = before.changes_to(after)
    slots = _Placeholders()
    sets = [f"{slots.name(name)}={slots.value(value)}" for name, value in changes.set.items()]
    removes = [slots.name(name) for name in changes.remove]
    clauses = [
        f"SET {','.join(sets)}" if sets else "",
        f"REMOVE {','.join(removes)}" if removes else "",
    ]
    guarded = dict.fromkeys(("AppKey", *changes.names))
    condition = _unchanged(slots, {name: before.get(name) for name in guarded})
    return _within_limits(
        WriteExpressions(
            condition=condition,
            update=" ".join(filter(None, clauses)),
            names=slots.names,
            values=slots.values,
        ),
        count=len(guarded),
    )


def delete_expressions(before: RawItem) -> WriteExpressions:
    """Delete only while every attribute that was read is still as read.

    Raises ValidationError when the item has more attributes than one condition can say.
    """
    slots = _Placeholders()
    guarded = {name: value for name, value in before.attributes.items() if name != "AppId"}
    condition = _unchanged(slots, {"AppKey": before.get("AppKey"), **guarded})
    return _within_limits(
        WriteExpressions(condition=condition, update="", names=slots.names, values=slots.values),
        count=len(guarded),
    )


def _unchanged(slots: _Placeholders, read: Mapping[str, AttributeValue | None]) -> str:
    parts = [ID_EXISTS]
    for name, value in read.items():
        if value is None:
            parts.append(f"attribute_not_exists({slots.name(name)})")
        else:
            parts.append(f"{slots.name(name)}={slots.value(value)}")
    return " AND ".join(parts)


def _within_limits(expressions: WriteExpressions, *, count: int) -> WriteExpressions:
    longest = max(len(expressions.condition), len(expressions.update))
    if longest > MAX_EXPRESSION_BYTES or 2 * count > MAX_OPERATORS:
        raise ValidationError(
            {"item": [f"{count} attributes are more than DynamoDB can compare in one write."]},
            hint="Remove or change unknown attributes in smaller steps (up to 100 at a time) first.",
        )
    return expressions
