"""The doctor's rules for webhooks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from apps_admin.domain.app import App
from apps_admin.domain.finding import Finding, Fix, FixMode, finding
from apps_admin.domain.json_reader import JsonSyntaxError, read_json
from apps_admin.domain.soketi_view import Verdict
from apps_admin.domain.stored_webhooks import webhooks_attribute
from apps_admin.domain.webhook_problems import Severity, WebhookProblem
from apps_admin.domain.webhook_request import are_plain_headers
from apps_admin.domain.webhook_rules import EVENT_NAMES, FILTER_KEYS
from apps_admin.domain.webhook_verdicts import is_plain_url
from apps_admin.domain.webhooks import lint_webhooks, parse_webhooks

_SHOWN: Final = 50
# Said already by a webhook's verdict.
_COVERED: Final = frozenset({"no-target", "event-types-empty", "url-unusable"})
_CODES: Final = {"url-plain-http": "webhook-plain-http", "url-secret": "webhook-url-secret"}
_CLEAN_KEYS: Final = frozenset({"url", "event_types", "filter", "headers"})
_KEY = re.compile(r'"\s*:')


def find_webhooks(app: App) -> Iterator[Finding]:
    """Webhooks that are unreadable, lethal, ignored or suspicious."""
    stored = webhooks_attribute(app.item)
    if stored is None:
        return
    name, value = stored
    if app.view.webhooks_dropped:
        fix = Fix(
            mode=FixMode.AS_READ,
            label="Remove the webhooks, as soketi reads none",
            apply=lambda app: app.with_webhooks(None),
        )
        yield finding(
            "webhooks-unparsable", app.view.webhooks_dropped, attribute=name, fixes=(fix,)
        )
        return
    text = app.webhooks_text
    if value.get("S") != text:
        yield _not_text(name, next(iter(value)))
    yield from _find_verdicts(app, name)
    # soketi's view has parsed this very text already.
    stored = app.view.stored_webhooks if app.view.webhooks_source == name else None
    if not is_clean(text, stored if value.get("S") == text else None):
        yield from _find_suspicious(text, name)


def _not_text(name: str, kind: str) -> Finding:
    fix = Fix(
        mode=FixMode.AS_READ,
        label="Write the same webhooks as JSON text",
        apply=lambda app: app.with_webhooks(app.webhooks_text),
    )
    form = "JSON inside a JSON string" if kind == "S" else kind
    return finding(
        "webhooks-not-text", f"{name} is stored as {form}.", attribute=name, fixes=(fix,)
    )


def _find_verdicts(app: App, name: str) -> Iterator[Finding]:
    for webhook in app.view.webhooks[:_SHOWN]:
        number = webhook.index + 1
        if webhook.hides_app:
            # What follows the cause is the finding's effect already.
            message = f"Webhook {number}: {webhook.reason.partition('. ')[0]}."
            yield finding("webhook-hides-app", message, attribute=name, index=webhook.index)
        elif webhook.verdict is Verdict.LETHAL:
            message = f"Webhook {number}: {webhook.reason}"
            fixes = _lambda_fix(app.webhooks_text, webhook.index)
            yield finding(
                "webhook-stops-server", message, attribute=name, index=webhook.index, fixes=fixes
            )
        elif webhook.verdict is Verdict.IGNORED:
            message = f"Webhook {number}: {webhook.reason}"
            yield finding("webhook-ignored", message, attribute=name, index=webhook.index)


def _lambda_fix(text: str, index: int) -> tuple[Fix, ...]:
    """An empty `lambda` object where only that is missing."""
    mended = with_lambda_object(text, index)
    if mended is None:
        return ()
    return (
        Fix(
            mode=FixMode.AS_MEANT,
            label=f'Add "lambda": {{}} to webhook {index + 1}',
            apply=lambda app: app.with_webhooks(
                with_lambda_object(app.webhooks_text, index) or app.webhooks_text
            ),
        ),
    )


def with_lambda_object(text: str, index: int) -> str | None:
    """The webhooks with an empty `lambda` object in one of them; None where it has one or cannot take it."""
    try:
        root = read_json(text)
    except JsonSyntaxError:
        return None
    node = root.children[index] if index < len(root.children) else None
    if node is None or node.get("lambda") is not None or not node.keys:
        return None
    return f'{text[: node.end - 1]},"lambda":{{}}{text[node.end - 1 :]}'


def _find_suspicious(text: str, name: str) -> Iterator[Finding]:
    seen: set[tuple[str, int | None]] = set()
    for problem in lint_webhooks(text):
        if problem.severity is Severity.ERROR or problem.code in _COVERED:
            continue
        mark = (problem.code, problem.index)
        if mark in seen or len(seen) >= _SHOWN:
            continue
        seen.add(mark)
        yield finding(
            _CODES.get(problem.code, "webhook-suspicious"),
            _located(problem),
            attribute=name,
            index=problem.index,
        )


def _located(problem: WebhookProblem) -> str:
    if problem.index is None:
        return problem.message
    return f"Webhook {problem.index + 1}: {problem.message}"


def is_clean(text: str, webhooks: Sequence[Any] | None = None) -> bool:
    """Whether the linter could find nothing: a quick look that spares most records its full pass.

    `webhooks` is the text as soketi parses it, where that is at hand.
    """
    webhooks = parse_webhooks(text) if webhooks is None else webhooks
    if webhooks is None or not all(_is_clean_webhook(webhook) for webhook in webhooks):
        return False
    # Equal names in one object vanish in the parsed value, so their number has to agree.
    return len(_KEY.findall(text)) == sum(_count_keys(webhook) for webhook in webhooks)


def _is_clean_webhook(webhook: Any) -> bool:
    if not isinstance(webhook, dict) or not webhook.keys() <= _CLEAN_KEYS:
        return False
    url, types, filters = webhook.get("url"), webhook.get("event_types"), webhook.get("filter", {})
    return (
        ("headers" not in webhook or are_plain_headers(webhook["headers"]))
        and isinstance(url, str)
        and is_plain_url(url)
        and isinstance(types, list)
        and bool(types)
        and all(isinstance(each, str) and each in EVENT_NAMES for each in types)
        and len(set(types)) == len(types)
        and isinstance(filters, dict)
        and all(key in FILTER_KEYS and isinstance(part, str) for key, part in filters.items())
    )


def _count_keys(webhook: dict[str, Any]) -> int:
    return len(webhook) + len(webhook.get("filter", {})) + len(webhook.get("headers", {}))
