"""What soketi does with an app, in the words and levels of the pages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps_admin.domain.app import App
from apps_admin.domain.fields import FLAGS, Flag
from apps_admin.domain.limits import LIMITS, Limit, LimitRule
from apps_admin.domain.soketi_view import (
    BLOCKED,
    DEFAULT_SOURCE,
    RECORD_SOURCE,
    UNLIMITED,
    EffectiveFlag,
    EffectiveLimit,
    SecretState,
    SoketiView,
    Verdict,
)
from apps_admin.domain.webhook_verdicts import EffectiveWebhook
from apps_admin.domain.webhooks import parse_webhooks

TYPE_NAMES = {
    "S": "text", "N": "number", "B": "binary", "BOOL": "boolean", "NULL": "null", "L": "list",
    "M": "map", "SS": "text set", "NS": "number set", "BS": "binary set",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One thing soketi does, at a glance."""

    title: str
    level: str
    word: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class LimitRow:
    """One limit as soketi enforces it, and where it comes from."""

    label: str
    unit: str
    meaning: str
    value: str
    level: str
    source: str
    variable: str
    is_default: bool


@dataclass(frozen=True, kw_only=True)
class WebhookRow:
    """One webhook: what it is for, and what soketi does with it. Nothing secret."""

    number: int
    target: str
    events: tuple[str, ...]
    filter: str
    level: str
    word: str
    reason: str


def state_of(view: SoketiView) -> Tile:
    """The one word about an app: what a new WebSocket gets."""
    if not view.websocket.found:
        return Tile(
            title="WebSockets", level="danger", word="Not found", text=view.websocket.reason
        )
    if not view.enabled.value:
        return Tile(
            title="WebSockets", level="off", word="Disabled", text="New connections get 4003."
        )
    if not view.accepts_connections:
        return Tile(
            title="WebSockets", level="danger", word="Blocked", text="No connection is let in."
        )
    return Tile(
        title="WebSockets", level="ok", word="Enabled", text="New connections are accepted."
    )


def tiles_of(view: SoketiView) -> tuple[Tile, ...]:
    """What soketi does with the app, one tile a way in or out."""
    return (
        state_of(view),
        _http_tile(view),
        _client_events_tile(view),
        _authentication_tile(view),
        _webhooks_tile(view),
    )


def _http_tile(view: SoketiView) -> Tile:
    if not view.http.found:
        same = view.http.reason == view.websocket.reason
        text = "For the same reason: 404." if same else view.http.reason
        return Tile(title="HTTP API", level="danger", word="Not found", text=text)
    if view.secret_state is SecretState.CRASHES:
        return Tile(
            title="HTTP API",
            level="danger",
            word="Crashes soketi",
            text="The secret is not text: any request, even unsigned, can end the server.",
        )
    if view.secret_state is SecretState.DEFAULT:
        return Tile(
            title="HTTP API",
            level="danger",
            word="Open to anybody",
            text="Without a secret soketi takes the public text app-secret.",
        )
    text = "Also while the app is disabled." if not view.enabled.value else ""
    return Tile(title="HTTP API", level="ok", word="Open to the secret's holders", text=text)


def _client_events_tile(view: SoketiView) -> Tile:
    if view.client_messages.value:
        return Tile(title="Client events", level="ok", word="Allowed")
    return Tile(title="Client events", level="off", word="Refused", text="Clients get 4301.")


def _authentication_tile(view: SoketiView) -> Tile:
    if view.user_authentication.value:
        return Tile(
            title="User sign-in",
            level="info",
            word="Required",
            text="Clients that do not sign in are closed after 30 s (4009).",
        )
    return Tile(title="User sign-in", level="off", word="Not required")


def _webhooks_tile(view: SoketiView) -> Tile:
    counts = {
        verdict: sum(1 for each in view.webhooks if each.verdict is verdict) for verdict in Verdict
    }
    if counts[Verdict.LETHAL]:
        return Tile(title="Webhooks", level="danger", word=f"{counts[Verdict.LETHAL]} lethal")
    if view.webhooks_dropped:
        return Tile(
            title="Webhooks", level="warning", word="All ignored", text=view.webhooks_dropped
        )
    if not view.webhooks:
        return Tile(title="Webhooks", level="off", word="None")
    ignored = counts[Verdict.IGNORED]
    return Tile(
        title="Webhooks",
        level="warning" if ignored else "ok",
        word=f"{counts[Verdict.KEPT]} active",
        text=f"{ignored} ignored by soketi." if ignored else "",
    )


def limit_rows(view: SoketiView) -> tuple[LimitRow, ...]:
    """Every limit, in soketi's order."""
    return tuple(_limit_row(limit, view.limits[limit]) for limit in Limit)


def _limit_row(limit: Limit, effective: EffectiveLimit) -> LimitRow:
    rule = LIMITS[limit]
    level = "neutral"
    if effective.value == BLOCKED:
        level = "danger"
    elif effective.source not in {RECORD_SOURCE, DEFAULT_SOURCE}:
        level = "warning"
    return LimitRow(
        label=rule.label,
        unit=_unit_beside(effective.value, rule),
        meaning=rule.meaning,
        value=limit_text(effective.value),
        level=level,
        source=_source_text(effective.source, effective.stored, rule.attribute),
        variable=rule.environment_variable if effective.source == DEFAULT_SOURCE else "",
        is_default=effective.source == DEFAULT_SOURCE,
    )


def _unit_beside(value: Decimal | str, rule: LimitRule) -> str:
    """The unit of a number, where the label does not name what is counted."""
    unit = rule.unit.split()[0]
    return unit if isinstance(value, Decimal) and unit not in rule.label.lower() else ""


def limit_text(value: Decimal | str) -> str:
    """A limit as people read it."""
    if value == UNLIMITED:
        return "Unlimited"
    if value == BLOCKED:
        return "Blocks everything"
    return f"{value:,}"


def flag_rows(view: SoketiView) -> list[dict[str, Any]]:
    """The three switches as soketi takes them, and where from."""
    labels = {
        Flag.ENABLED: "Enabled",
        Flag.CLIENT_MESSAGES: "Client messages",
        Flag.USER_AUTHENTICATION: "User authentication",
    }
    return [
        {
            "label": label,
            "word": "On" if view.flag(flag).value else "Off",
            "level": "ok" if view.flag(flag).value else "off",
            "source": _flag_source(view.flag(flag), FLAGS[flag].attribute),
        }
        for flag, label in labels.items()
    ]


def _flag_source(flag: EffectiveFlag, attribute: str) -> str:
    source = RECORD_SOURCE if flag.source == attribute else flag.source
    return _source_text(source, flag.stored, attribute)


def _source_text(source: str, stored: str, attribute: str) -> str:
    kind = TYPE_NAMES.get(stored, stored)
    if source == DEFAULT_SOURCE:
        return "server default"
    if source == RECORD_SOURCE:
        return f"{attribute}, stored as {kind}"
    return f"alias {source}, stored as {kind}, wins over {attribute}"


def webhook_rows(app: App) -> list[WebhookRow]:
    """Each webhook of the list with soketi's verdict."""
    parsed = parse_webhooks(app.webhooks_text) or []
    return [
        _webhook_row(each, parsed[each.index] if each.index < len(parsed) else None)
        for each in app.view.webhooks
    ]


def _webhook_row(effective: EffectiveWebhook, webhook: Any) -> WebhookRow:
    levels = {Verdict.KEPT: "ok", Verdict.IGNORED: "warning", Verdict.LETHAL: "danger"}
    words = {Verdict.KEPT: "Active", Verdict.IGNORED: "Ignored", Verdict.LETHAL: "Lethal"}
    return WebhookRow(
        number=effective.index + 1,
        target=target_of(webhook),
        events=tuple(event.value for event in effective.events),
        filter=_filter_of(webhook),
        level=levels[effective.verdict],
        word=words[effective.verdict],
        reason=effective.reason,
    )


def target_of(webhook: Any) -> str:
    """Where a webhook goes, without anything secret that its address may carry."""
    if not isinstance(webhook, dict):
        return json.dumps(webhook)[:60]
    url = webhook.get("url")
    if isinstance(url, str) and url:
        return address_without_secrets(url)
    if webhook.get("lambda_function"):
        return f"Lambda {webhook['lambda_function']}"
    return "no target"


def address_without_secrets(url: str) -> str:
    """Scheme, host and path; a name, password, query or fragment only as "…"."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url[:200]
    place, mark, _query = rest.partition("?")
    place, hash_mark, _fragment = place.partition("#")
    host, slash, path = place.partition("/")
    userinfo, at, name = host.rpartition("@")
    shown = f"{scheme}://{'…@' if at and userinfo else ''}{name}{slash}{path}"
    return (shown + ("?…" if mark else "") + ("#…" if hash_mark else ""))[:300]


def _filter_of(webhook: Any) -> str:
    filters = webhook.get("filter") if isinstance(webhook, dict) else None
    if not isinstance(filters, dict):
        return ""
    words = (("channel_name_starts_with", "starts with"), ("channel_name_ends_with", "ends with"))
    return " and ".join(f"{word} {filters[name]}" for name, word in words if filters.get(name))


def attribute_rows(app: App, names: Iterable[str]) -> list[dict[str, str]]:
    """Unknown attributes by name and type; their values are in the raw item."""
    return [
        {"name": name, "type": TYPE_NAMES.get(next(iter(app.item.attributes[name]), ""), "")}
        for name in sorted(names)
    ]
