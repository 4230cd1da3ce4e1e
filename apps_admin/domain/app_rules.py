"""Why an app cannot be stored, as `{field: [messages]}`: the pieces of validation that several ways in share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.item_size import LARGEST_ITEM, item_size
from apps_admin.domain.limits import Limit, check_limit
from apps_admin.domain.webhooks import Severity, lint_webhooks

Errors: TypeAlias = dict[str, list[str]]
ITEM_FIELD: Final = "item"


def webhook_errors(text: str | None) -> list[str]:
    """Why this text cannot be saved, each with its line and column; empty when it can."""
    if text is None or not text.strip():
        return []
    return [
        f"Webhooks, line {problem.line}, column {problem.column}: {problem.message}"
        for problem in lint_webhooks(text)
        if problem.severity is Severity.ERROR
    ]


def unknown_errors(unknown: Mapping[str, AttributeValue]) -> list[str]:
    """Why these cannot be attributes that soketi does not read."""
    return [
        f"{name} is an attribute that soketi reads; give it as a field."
        for name in unknown
        if name in FIELD_OF_ATTRIBUTE
    ]


def add_limit_errors(errors: Errors, limits: Mapping[Limit, Decimal | None]) -> None:
    """Add what is wrong with each limit, under its name."""
    for limit, value in limits.items():
        add_errors(errors, limit.value, check_limit(limit, value))


def size_errors(item: RawItem) -> Errors:
    """Why DynamoDB would refuse the item for its size."""
    size = item_size(item)
    if size <= LARGEST_ITEM:
        return {}
    message = (
        f"The record would have {size // 1024} KB; DynamoDB stores at most 400 KB per item. "
        "Shorten the webhooks or remove attributes soketi does not read."
    )
    return {ITEM_FIELD: [message]}


def add_errors(errors: Errors, name: str, messages: Sequence[str]) -> None:
    """Add messages to a field's."""
    if messages:
        errors.setdefault(name, []).extend(messages)


def raise_errors(errors: Errors) -> None:
    """Raise ValidationError when there is any."""
    if errors:
        raise ValidationError(errors)
