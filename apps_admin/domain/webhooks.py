"""The webhooks of an app as JSON text: check them, lay them out, and say when they fire.

One implementation for the pages, the API, the import and the doctor. Everything here takes linear time and no
recursion, whatever the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from apps_admin.domain.javascript import JavaScriptError, json_parse
from apps_admin.domain.json_reader import (
    JsonKind,
    JsonNode,
    JsonSyntaxError,
    Positions,
    lay_out,
    read_json,
)
from apps_admin.domain.webhook_problems import Place, ProblemList, Severity, WebhookProblem
from apps_admin.domain.webhook_rules import FILTER_KEYS, check_webhook
from apps_admin.domain.webhook_verdicts import (
    EVENT_MEANINGS,
    EventType,
    Verdict,
    events_of,
    filter_text,
    hiding_problem,
    judge_webhook,
)

MAX_DEPTH: Final = 64


def lint_webhooks(text: str) -> tuple[WebhookProblem, ...]:
    """Every problem of the text, by position. With an error it cannot be saved; blank text is no webhooks."""
    problems = ProblemList(Positions(text))
    if not text.strip():
        return ()
    surrogate = _first_surrogate(text)
    if surrogate is not None:
        problems.error(
            "not-unicode",
            surrogate,
            Place(),
            "Half of a surrogate pair stands here; DynamoDB cannot store it. Write the whole character.",
        )
        return problems.result()
    try:
        root = read_json(text, max_depth=MAX_DEPTH)
    except JsonSyntaxError as exc:
        _add_syntax_error(problems, exc)
        return problems.result()
    if root.kind is not JsonKind.ARRAY:
        problems.error("not-a-list", root, Place(), _not_a_list(root))
        return problems.result()
    _check_duplicates(problems, root)
    for index, child in enumerate(root.children):
        check_webhook(problems, child, index)
    return problems.result()


def _add_syntax_error(problems: ProblemList, exc: JsonSyntaxError) -> None:
    if exc.message.startswith("nested deeper"):
        message = f"The JSON is {exc.message}; nothing soketi reads is deeper than four."
        problems.error("too-deep", exc.offset, Place(), message)
        return
    message = f"Not JSON: {exc.message}. soketi would silently take the whole text as no webhooks."
    problems.error("not-json", exc.offset, Place(), message)


def _not_a_list(root: JsonNode) -> str:
    if root.kind is JsonKind.STRING:
        return "This is JSON inside a JSON string. Remove the outer quotes and escapes, so that it can be checked."
    return "Webhooks have to be a list, [ ... ]. soketi would silently take this as no webhooks."


def _first_surrogate(text: str) -> int | None:
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        return exc.start
    return None


def _check_duplicates(problems: ProblemList, root: JsonNode) -> None:
    """In every object of the list: soketi takes the last of equal names."""
    waiting: list[tuple[JsonNode, Place]] = [
        (child, Place(index, f"$[{index}]")) for index, child in enumerate(root.children)
    ]
    while waiting:
        node, place = waiting.pop()
        seen: set[str] = set()
        for key in node.keys:
            name = str(key.value)
            if name in seen:
                problems.warn(
                    "duplicate-key",
                    key,
                    place,
                    "This name is already used in the same object; soketi takes only the last one.",
                )
            seen.add(name)
        waiting.extend((child, place) for child in node.children if child.is_container)


def has_errors(problems: tuple[WebhookProblem, ...]) -> bool:
    """Whether the text cannot be saved."""
    return any(problem.severity is Severity.ERROR for problem in problems)


def parse_webhooks(text: str) -> list[Any] | None:
    """The list as soketi parses it (numbers are floats); None where soketi would take no webhooks."""
    if not text.strip():
        return []
    try:
        value = json_parse(text)
        if isinstance(value, str):
            value = json_parse(value)
    except JavaScriptError:
        return None
    return value if isinstance(value, list) else None


def compact_webhooks(text: str) -> str:
    """The same JSON without white space; digits, escapes and the order of keys stay. Not JSON: unchanged."""
    try:
        return lay_out(text)
    except JsonSyntaxError:
        return text


def format_webhooks(text: str) -> str:
    """The same JSON in indented lines; digits, escapes and the order of keys stay. Not JSON: unchanged."""
    try:
        return lay_out(text, indent=2)
    except JsonSyntaxError:
        return text


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Whether one webhook fires for an event on a channel, and why or why not."""

    index: int
    fires: bool
    reason: str


def explain(webhook: Any, event: EventType, channel: str, *, index: int = 0) -> Explanation:
    """What soketi does with one parsed webhook when `event` happens on `channel`."""

    def because(reason: str, *, fires: bool = False) -> Explanation:
        return Explanation(index=index, fires=fires, reason=reason)

    problem = hiding_problem(webhook)
    if problem:
        return because(f"soketi cannot read the app at all: {problem}")
    if event not in events_of(webhook):
        return because(f"event_types does not list {event.value}.")
    try:
        refused = _refused_by_filter(webhook, channel)
    except JavaScriptError:
        return because("The filter shuts the soketi server down.")
    if refused:
        return because(refused)
    effective = judge_webhook(index, webhook)
    if effective.verdict is not Verdict.KEPT:
        return because(effective.reason)
    filtered = any(filter_text(webhook, name) for name in FILTER_KEYS)
    return because(
        f"event_types lists {event.value} and "
        + ("the channel passes the filter." if filtered else "there is no filter."),
        fires=True,
    )


def explain_all(webhooks: list[Any], event: EventType, channel: str) -> tuple[Explanation, ...]:
    """`explain` for each webhook. One that hides the app keeps all of them from firing."""
    hidden = next(
        (index for index, webhook in enumerate(webhooks) if hiding_problem(webhook)), None
    )
    results = tuple(
        explain(webhook, event, channel, index=index) for index, webhook in enumerate(webhooks)
    )
    if hidden is None:
        return results
    return tuple(
        Explanation(
            index=each.index,
            fires=False,
            reason=f"soketi cannot read the app because of webhook {hidden + 1}.",
        )
        if each.fires
        else each
        for each in results
    )


def _refused_by_filter(webhook: dict[str, Any], channel: str) -> str:
    start = filter_text(webhook, "channel_name_starts_with")
    if start and not channel.startswith(start):
        return f"The channel does not start with {start}."
    end = filter_text(webhook, "channel_name_ends_with")
    if end and not channel.endswith(end):
        return f"The channel does not end with {end}."
    return ""


BATCHING_NOTE: Final = (
    "With SOKETI_WEBHOOKS_BATCHING soketi puts the events of all apps into one batch: a webhook then receives the "
    "whole unfiltered batch, also events of other apps, signed for the first app. Type and filter only decide whether "
    "the batch is sent. Do not use batching with several apps."
)

__all__ = [
    "BATCHING_NOTE",
    "EVENT_MEANINGS",
    "MAX_DEPTH",
    "EventType",
    "Explanation",
    "Severity",
    "Verdict",
    "WebhookProblem",
    "compact_webhooks",
    "explain",
    "explain_all",
    "format_webhooks",
    "has_errors",
    "lint_webhooks",
    "parse_webhooks",
]
