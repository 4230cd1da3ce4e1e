"""What differs between two states of an app, in the words of the pages. Nothing secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from apps_admin.domain.difference import AttributeDifference, find_differences
from apps_admin.domain.fields import FLAGS, WEBHOOKS, Flag
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import LIMITS
from apps_admin.domain.webhook_difference import WebhookDifference, find_webhook_differences
from apps_admin.domain.webhooks import format_webhooks
from apps_admin.views.app_facts import TYPE_NAMES

LABELS: Mapping[str, str] = {
    "id": "Id",
    "key": "Key",
    "secret": "Secret",
    "webhooks": "Webhooks",
    FLAGS[Flag.ENABLED].name: "Enabled",
    FLAGS[Flag.CLIENT_MESSAGES].name: "Client messages",
    FLAGS[Flag.USER_AUTHENTICATION].name: "User authentication",
    **{limit.value: rule.label for limit, rule in LIMITS.items()},
}
# Beyond this a line-by-line difference helps nobody and takes long.
MOST_LINES = 400


@dataclass(frozen=True, kw_only=True)
class DifferenceRow:
    """One attribute that differs; `webhooks` or `lines` (sign, text) stand in for before and after of a long one."""

    name: str
    label: str
    before: str | None
    after: str | None
    note: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    webhooks: tuple[WebhookDifference, ...] = ()

    @classmethod
    def of(
        cls, name: str, label: str, before: str | None, after: str | None, note: str
    ) -> DifferenceRow:
        """The row for two texts, webhooks one by one."""
        webhooks = find_webhook_differences(before, after) if name in WEBHOOKS.names else ()
        return cls(
            name=name,
            label=label,
            before=before,
            after=after,
            note=note,
            webhooks=webhooks,
            lines=() if webhooks else _lines(before, after),
        )


def difference_rows(before: RawItem | None, after: RawItem | None) -> list[DifferenceRow]:
    """One row an attribute."""
    return [_row(difference) for difference in find_differences(before, after)]


def _row(difference: AttributeDifference) -> DifferenceRow:
    name = difference.attribute
    label = LABELS.get(difference.field, "")
    types = {next(iter(value)) for value in (difference.before, difference.after) if value}
    before = value_text(name, difference.before, types=types)
    after = value_text(name, difference.after, types=types)
    notes = []
    if difference.is_alias:
        notes.append(f"an alias that soketi reads for {label}")
    if difference.is_secret:
        notes.append("hidden values are shown as dots")
    shown = name if difference.is_alias or not label else label
    return DifferenceRow.of(name, shown, before, after, "; ".join(notes))


def _lines(before: str | None, after: str | None) -> tuple[tuple[str, str], ...]:
    if before is None or after is None or "\n" not in before + after:
        return ()
    if before.count("\n") + after.count("\n") > MOST_LINES:
        return ()
    changes = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return tuple((line[0], line[1:]) for line in list(changes)[2:])


def value_text(
    name: str, value: Mapping[str, Any] | None, *, types: Collection[str] = ()
) -> str | None:
    """A masked attribute value as people read it.

    Its type is told where that is not the one the console writes, and where it is one of several `types`: text that
    says false and a boolean that is false would look alike.
    """
    if value is None:
        return None
    kind, content = next(iter(value.items()), ("", ""))
    if name in WEBHOOKS.names and kind == "S":
        return format_webhooks(str(content))
    if kind in {"S", "N"}:
        text = str(content)
    elif kind == "B":
        text = _readable_bytes(str(content))
    elif kind == "BOOL":
        text = "true" if content else "false"
    elif kind == "NULL":
        return "null"
    else:
        text = json.dumps(content, ensure_ascii=False)
    is_plain = kind in {"S", "N", "BOOL"} and len(types) < 2
    return text if is_plain else f"{text} ({TYPE_NAMES.get(kind, kind)})"


def _readable_bytes(encoded: str) -> str:
    """Bytes as the text they are, or as base64."""
    try:
        text = base64.b64decode(encoded).decode("utf-8")
    except ValueError:
        return encoded
    return text if text.isprintable() and text else encoded
