"""What differs between two texts of webhooks, webhook by webhook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps_admin.domain.difference import ChangeKind
from apps_admin.domain.webhooks import parse_webhooks

Webhook = Mapping[str, Any]
Placed = list[tuple[int, Webhook]]
# Comparing each with each takes long beyond that, and helps nobody.
MOST_WEBHOOKS = 400


@dataclass(frozen=True, kw_only=True)
class WebhookField:
    """One field of a webhook that differs, `headers.X-Team` for a nested one; None where it is absent."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class WebhookDifference:
    """One webhook that differs. `number` counts from 1: where it stands now, or where it stood."""

    kind: ChangeKind
    number: int
    target: str
    fields: tuple[WebhookField, ...]


def find_webhook_differences(
    before: str | None, after: str | None
) -> tuple[WebhookDifference, ...]:
    """The webhooks that differ, in their order; empty when either text is no list of webhooks.

    A webhook is told again by being the same, else by where it sends, else by its place.
    """
    old, new = _webhooks(before), _webhooks(after)
    if old is None or new is None or len(old) + len(new) > MOST_WEBHOOKS:
        return ()
    _take_pairs(old, new, lambda one, other: one[1] == other[1])
    changed = _take_pairs(old, new, lambda one, other: _target(one[1]) == _target(other[1]) != "")
    changed += _take_pairs(old, new, lambda one, other: one[0] == other[0])
    found = [
        _difference(ChangeKind.CHANGED, number, was, now) for (_, was), (number, now) in changed
    ]
    found += [_difference(ChangeKind.REMOVED, number, was, {}) for number, was in old]
    found += [_difference(ChangeKind.ADDED, number, {}, now) for number, now in new]
    return tuple(sorted(found, key=lambda each: each.number))


def _webhooks(text: str | None) -> Placed | None:
    parsed = parse_webhooks(text) if text and text.strip() else []
    if parsed is None or not all(isinstance(each, dict) for each in parsed):
        return None
    return list(enumerate(parsed, start=1))


def _take_pairs(
    old: Placed,
    new: Placed,
    is_same: Callable[[tuple[int, Webhook], tuple[int, Webhook]], bool],
) -> list[tuple[tuple[int, Webhook], tuple[int, Webhook]]]:
    """Take the pairs out of both lists that belong together."""
    pairs = []
    for one in list(old):
        other = next((each for each in new if is_same(one, each)), None)
        if other is not None:
            old.remove(one)
            new.remove(other)
            pairs.append((one, other))
    return pairs


def _difference(kind: ChangeKind, number: int, was: Webhook, now: Webhook) -> WebhookDifference:
    old, new = _flat(was), _flat(now)
    return WebhookDifference(
        kind=kind,
        number=number,
        target=_target(now) or _target(was),
        fields=tuple(
            WebhookField(name=name, before=old.get(name), after=new.get(name))
            for name in dict.fromkeys((*old, *new))
            if old.get(name) != new.get(name)
        ),
    )


def _target(webhook: Webhook) -> str:
    return _showable(str(webhook.get("url") or webhook.get("lambda_function") or ""))


def _flat(webhook: Webhook) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in webhook.items():
        if isinstance(value, dict) and value:
            flat |= {_showable(f"{name}.{inner}"): _text(part) for inner, part in value.items()}
        else:
            flat[_showable(name)] = _text(value)
    return flat


def _text(value: Any) -> str:
    return _showable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _showable(text: str) -> str:
    """A lone surrogate, which JSON allows and no page can hold, as the escape it was written with."""
    return text.encode("utf-8", "backslashreplace").decode()
