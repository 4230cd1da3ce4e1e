"""What soketi does with each webhook of an app, judged on the values as soketi reads them.

`src/app.ts:203-208` asks every element for `event_types.includes(...)`; `src/webhook-sender.ts:58-165` delivers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from apps_admin.domain.javascript import JavaScriptError, to_text, truthy
from apps_admin.domain.webhook_lambda import lambda_crash
from apps_admin.domain.webhook_request import header_problem

# Where Node's `url.parse` sees the end of a host name; the empty text is no host at all.
_ENDS_HOST: Final = ("", *"{}|^`'\"<>")
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/-]*)?", re.ASCII)
# Node refuses a path with characters beyond this.
_LATIN_1: Final = 0xFF


class EventType(StrEnum):
    """The six event types soketi emits (`src/app.ts:173-178`)."""

    CLIENT_EVENT = "client_event"
    CHANNEL_OCCUPIED = "channel_occupied"
    CHANNEL_VACATED = "channel_vacated"
    MEMBER_ADDED = "member_added"
    MEMBER_REMOVED = "member_removed"
    CACHE_MISS = "cache_miss"


EVENT_MEANINGS: Final[Mapping[EventType, str]] = MappingProxyType(
    {
        EventType.CLIENT_EVENT: "A client sent an event to others on a private or presence channel.",
        EventType.CHANNEL_OCCUPIED: "The first client subscribed to a channel.",
        EventType.CHANNEL_VACATED: "The last client left a channel.",
        EventType.MEMBER_ADDED: "A user joined a presence channel.",
        EventType.MEMBER_REMOVED: "A user left a presence channel.",
        EventType.CACHE_MISS: "A client subscribed to a cache channel that holds no event.",
    }
)


class Verdict(StrEnum):
    """kept: it can fire; ignored: it never arrives anywhere; lethal: it harms the app or the server."""

    KEPT = "kept"
    IGNORED = "ignored"
    LETHAL = "lethal"


@dataclass(frozen=True, kw_only=True)
class EffectiveWebhook:
    """One element of the list. `hides_app`: soketi cannot read the app because of it."""

    index: int
    verdict: Verdict
    reason: str = ""
    events: tuple[EventType, ...] = ()
    hides_app: bool = False


def judge_webhooks(webhooks: list[Any]) -> tuple[EffectiveWebhook, ...]:
    """A verdict for each element, in order."""
    return tuple(judge_webhook(index, webhook) for index, webhook in enumerate(webhooks))


def judge_webhook(index: int, webhook: Any) -> EffectiveWebhook:
    """A verdict for one element as soketi reads it."""
    problem = hiding_problem(webhook)
    if problem:
        return EffectiveWebhook(index=index, verdict=Verdict.LETHAL, reason=problem, hides_app=True)
    events = events_of(webhook)
    if not events:
        reason = "No event type in it is one that soketi emits, so it never fires."
        return EffectiveWebhook(index=index, verdict=Verdict.IGNORED, reason=reason)
    reason = _crash(webhook)
    if reason:
        return EffectiveWebhook(index=index, verdict=Verdict.LETHAL, reason=reason, events=events)
    reason = _never_arrives(webhook)
    return EffectiveWebhook(
        index=index,
        verdict=Verdict.IGNORED if reason else Verdict.KEPT,
        reason=reason,
        events=events,
    )


def hiding_problem(webhook: Any) -> str:
    """Why `webhook.event_types.includes` throws, so that the app is "not found"; empty when it does not."""
    if webhook is None:
        return "it is null. Clients get 4001 and the HTTP API answers 404."
    if not isinstance(webhook, dict):
        return "it is not an object. Clients get 4001 and the HTTP API answers 404."
    if "event_types" not in webhook:
        return "event_types is missing. Clients get 4001 and the HTTP API answers 404."
    if not isinstance(webhook["event_types"], list | str | bytes):
        return "event_types is not a list. Clients get 4001 and the HTTP API answers 404."
    return ""


def events_of(webhook: Mapping[str, Any]) -> tuple[EventType, ...]:
    """The event types for which `event_types.includes(type)` holds: lists by element, text by substring."""
    event_types = webhook["event_types"]
    if isinstance(event_types, bytes):
        return tuple(each for each in EventType if each.value.encode() in event_types)
    return tuple(each for each in EventType if each in event_types)


def _crash(webhook: Mapping[str, Any]) -> str:
    """What ends the whole server when this webhook fires."""
    for name in ("channel_name_starts_with", "channel_name_ends_with"):
        try:
            filter_text(webhook, name)
        except JavaScriptError:
            return (
                f"filter.{name} cannot be read as text: the soketi server shuts down when it fires."
            )
    calls_function = not truthy(webhook.get("url")) and truthy(webhook.get("lambda_function"))
    cause = lambda_crash(webhook) if calls_function else ""
    if not cause:
        return ""
    return f"{cause}: the whole soketi server shuts down, for all apps, the first time it fires."


def filter_text(webhook: Mapping[str, Any], name: str) -> str:
    """One side of the filter as soketi compares it; empty means no filter."""
    filters = webhook.get("filter")
    if not isinstance(filters, dict):
        return ""
    value = filters.get(name)
    return to_text(value) if truthy(value) else ""


def _never_arrives(webhook: Mapping[str, Any]) -> str:
    url = webhook.get("url")
    if not truthy(url):
        if truthy(webhook.get("lambda_function")):
            return ""
        return "It has neither url nor lambda_function, so nothing is ever sent."
    problem = url_problem(url)
    if problem:
        return problem
    headers = header_problem(webhook)
    return f"{headers}, so nothing ever arrives." if headers else ""


def url_problem(url: Any) -> str:
    """Why a POST to this URL can never arrive; empty when it may."""
    if not isinstance(url, str):
        return "Its url is not text, so nothing ever arrives."
    if is_plain_url(url):
        return ""
    try:
        parts = urlsplit(url.strip().replace("\\", "/"))
        host = parts.hostname or ""
        usable = parts.scheme in ("http", "https") and host[:1] not in _ENDS_HOST
    except ValueError:
        usable = False
    if usable and any(ord(char) > _LATIN_1 for char in f"{parts.path}{parts.query}"):
        return "Its url has characters that have to be percent-encoded, so nothing ever arrives."
    return "" if usable else "Its url is not an http or https address, so nothing ever arrives."


def is_plain_url(url: str) -> bool:
    """Whether this is an https address as almost all are, of which nothing can be said."""
    return _PLAIN_URL.fullmatch(url) is not None
