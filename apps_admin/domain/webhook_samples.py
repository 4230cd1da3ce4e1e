"""Sample events as soketi sends them (`src/webhook-sender.ts:190-300`), and a channel that passes a filter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from apps_admin.domain.javascript import JavaScriptError
from apps_admin.domain.webhook_verdicts import EventType, filter_text

SAMPLE_SOCKET: Final = "8153502861.7430953519"
SAMPLE_USER: Final = "user-42"
_CHANNEL_KINDS: Final = {
    EventType.CLIENT_EVENT: "private-orders",
    EventType.CHANNEL_OCCUPIED: "orders",
    EventType.CHANNEL_VACATED: "orders",
    EventType.MEMBER_ADDED: "presence-orders",
    EventType.MEMBER_REMOVED: "presence-orders",
    EventType.CACHE_MISS: "cache-orders",
}


def sample_event(event: EventType, channel: str = "") -> dict[str, Any]:
    """One event with its members in soketi's order; without a channel one of the kind that emits it."""
    channel = channel or _CHANNEL_KINDS[event]
    if event is EventType.CLIENT_EVENT:
        sample: dict[str, Any] = {
            "name": event.value,
            "channel": channel,
            "event": "client-typing",
            "data": {"typing": True},
            "socket_id": SAMPLE_SOCKET,
        }
        return sample | ({"user_id": SAMPLE_USER} if channel.startswith("presence-") else {})
    if event in (EventType.MEMBER_ADDED, EventType.MEMBER_REMOVED):
        return {"name": event.value, "channel": channel, "user_id": SAMPLE_USER}
    return {"name": event.value, "channel": channel}


def sample_payload(event: EventType, channel: str = "", *, time_ms: int) -> dict[str, Any]:
    """The body of a delivery: one event, `time_ms` in milliseconds since 1970."""
    return {"time_ms": time_ms, "events": [sample_event(event, channel)]}


def payload_text(payload: Mapping[str, Any]) -> str:
    """The body's text as JavaScript writes it: compact, not escaped beyond need. Sign its UTF-8."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False)


def sample_channel(webhook: Any, event: EventType) -> str:
    """A channel that passes the webhook's filter, as far as one can; of the kind that emits the event."""
    kind = _CHANNEL_KINDS[event]
    if not isinstance(webhook, Mapping):
        return kind
    try:
        start = filter_text(webhook, "channel_name_starts_with")
        end = filter_text(webhook, "channel_name_ends_with")
    except JavaScriptError:
        return kind
    if not start and not end:
        return kind
    base = start or kind
    if base.endswith(("-", ".", "_")) and not end:
        base += "orders"
    return base if base.endswith(end) else base + end


def why_never_on(event: EventType, channel: str) -> str:
    """Why soketi never emits this event on this channel (`src/utils.ts`); empty when it may."""
    if event in (EventType.MEMBER_ADDED, EventType.MEMBER_REMOVED):
        return (
            ""
            if channel.startswith("presence-")
            else "soketi has members only on presence- channels."
        )
    if event is EventType.CACHE_MISS and "cache-" not in channel:
        return "soketi looks into its cache only on channels with cache- in their name."
    return ""
