"""What soketi 1.6.1 does with a stored item: a pure function from the raw item to soketi's own decisions.

Follows `src/app-managers/dynamodb-app-manager.ts` (unmarshallItem), `src/app.ts` (the constructor of App) and the
places that use the values. The tests hold it against the real classes. `webhook_verdicts` judges the webhooks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, TypeAlias

from apps_admin.domain.fields import (
    DEFAULT_ID,
    DEFAULT_KEY,
    DEFAULT_SECRET,
    FIELD_OF_ATTRIBUTE,
    FLAG_DEFAULTS,
    Flag,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.javascript import (
    JavaScriptError,
    boolean_of_text,
    json_parse,
    parse_float,
    parse_int,
    to_text,
    truthy,
    unmarshall,
)
from apps_admin.domain.limits import LIMITS, RATE_LIMITS, Limit
from apps_admin.domain.webhook_verdicts import EffectiveWebhook, Verdict, judge_webhooks

UNLIMITED: Final = "unlimited"
BLOCKED: Final = "blocked"
DEFAULT_SOURCE: Final = "default"
RECORD_SOURCE: Final = "record"
# rate-limiter-flexible takes 4 points when it is given NaN.
_RATE_FOR_NAN: Final = Decimal(4)

LimitValue: TypeAlias = Decimal | Literal["unlimited", "blocked"]


class SecretState(StrEnum):
    """What soketi signs with."""

    STORED = "stored"
    DEFAULT = "default"
    CRASHES = "crashes"


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Whether soketi finds the app one way, and why not."""

    found: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class EffectiveFlag:
    """A switch as soketi takes it. `source` is the attribute it comes from or `default`, `stored` its DynamoDB type."""

    value: bool
    source: str = DEFAULT_SOURCE
    stored: str = ""


@dataclass(frozen=True, kw_only=True)
class EffectiveLimit:
    """A limit as soketi enforces it.

    `source` is `record` (the attribute itself), `default` (the server's), or the alias it comes from. `number` is what
    soketi's `parseInt` or `parseFloat` made of it; NaN is possible.
    """

    value: LimitValue
    source: str = DEFAULT_SOURCE
    stored: str = ""
    number: float = math.nan

    @cached_property
    def enforced(self) -> float:
        """`value` as one number: unlimited is infinity, blocked is 0. Kept, because many apps share a limit."""
        if isinstance(self.value, Decimal):
            return float(self.value)
        return math.inf if self.value == UNLIMITED else 0.0


@dataclass(frozen=True, kw_only=True)
class SoketiView:
    """What soketi will do with one item.

    `http` is the look-up by id (HTTP API), `websocket` the one by key (connections and webhooks); `found` needs both.
    The other values hold for the side that does find the app.
    """

    http: Lookup
    websocket: Lookup
    id: Any
    key: Any
    secret: Any = field(repr=False)
    secret_state: SecretState
    secret_source: str
    enabled: EffectiveFlag
    client_messages: EffectiveFlag
    user_authentication: EffectiveFlag
    limits: Mapping[Limit, EffectiveLimit]
    webhooks: tuple[EffectiveWebhook, ...]
    webhooks_source: str
    webhooks_dropped: str
    unreadable: bool = False
    # The list itself as soketi reads it; headers in it may be secret.
    stored_webhooks: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def found(self) -> bool:
        """Whether soketi finds the app by id and by key."""
        return self.http.found and self.websocket.found

    @property
    def reason(self) -> str:
        """Why it is not found; empty when it is."""
        return self.http.reason or self.websocket.reason

    @property
    def accepts_connections(self) -> bool:
        """Whether a new WebSocket gets in."""
        return (
            self.websocket.found
            and self.enabled.value
            and self.limits[Limit.MAX_CONNECTIONS].enforced > 0
        )

    def flag(self, flag: Flag) -> EffectiveFlag:
        """One of the three switches by its name."""
        if flag is Flag.ENABLED:
            return self.enabled
        return self.client_messages if flag is Flag.CLIENT_MESSAGES else self.user_authentication

    def to_json(self) -> dict[str, Any]:
        """The API's shape; plain JSON values, nothing secret."""
        return {
            "found": self.found,
            "reason": self.reason,
            "accepts_connections": self.accepts_connections,
            "enabled": self.enabled.value,
            "client_messages": self.client_messages.value,
            "user_authentication": self.user_authentication.value,
            "limits": {
                limit.value: {"value": _plain_value(each.value), "source": each.source}
                for limit, each in self.limits.items()
            },
            "webhooks": [
                {"index": each.index, "verdict": each.verdict.value, "reason": each.reason}
                for each in self.webhooks
            ],
        }


def _plain_value(value: LimitValue) -> str | int | float:
    if isinstance(value, str):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def soketi_view(item: RawItem) -> SoketiView:
    """What soketi 1.6.1 does with this item."""
    try:
        record = _record(item)
    except JavaScriptError as exc:
        return _view_of_unreadable(str(exc))
    _coerce(record)
    chosen = _extract(record)
    limits, problem = _limits(item, record, chosen)
    hooks = _to_array(record[chosen["webhooks"]]) if "webhooks" in chosen else []
    webhooks = judge_webhooks(hooks or [])
    if not problem:
        problem = _lethal_reason(webhooks)
    secret_name = chosen.get("secret", "")
    secret = record[secret_name] if secret_name else DEFAULT_SECRET
    return SoketiView(
        http=Lookup(found=False, reason=problem) if problem else _FOUND,
        websocket=_websocket_lookup(item, problem),
        id=record[chosen["id"]] if "id" in chosen else DEFAULT_ID,
        key=record[chosen["key"]] if "key" in chosen else DEFAULT_KEY,
        secret=secret,
        secret_state=_secret_state(secret_name, secret),
        secret_source=secret_name or DEFAULT_SOURCE,
        enabled=_flag(item, record, chosen, Flag.ENABLED),
        client_messages=_flag(item, record, chosen, Flag.CLIENT_MESSAGES),
        user_authentication=_flag(item, record, chosen, Flag.USER_AUTHENTICATION),
        limits=limits,
        webhooks=webhooks,
        stored_webhooks=tuple(hooks or []),
        webhooks_source=chosen.get("webhooks", DEFAULT_SOURCE),
        webhooks_dropped=_dropped_reason(item, chosen.get("webhooks", ""), hooks),
    )


# For each name soketi reads: its field, and its strength among the names of that field.
_PLACES: Final = {
    name: (each.name, each.names.index(name)) for name, each in FIELD_OF_ATTRIBUTE.items()
}
_SCALARS: Final = frozenset({"S", "N", "B", "BOOL", "NULL"})


def _record(item: RawItem) -> dict[str, Any]:
    """The attributes soketi reads, converted; the others only as far as converting them could throw."""
    record: dict[str, Any] = {}
    for name, value in item.attributes.items():
        if name in _PLACES:
            record[name] = unmarshall(value)
        elif name != "__proto__" and not value.keys() <= _SCALARS:
            unmarshall(value)
    return record


def _coerce(record: dict[str, Any]) -> None:
    """The only two coercions of `unmarshallItem`."""
    if isinstance(record.get("EnableClientMessages"), bytes):
        record["EnableClientMessages"] = boolean_of_text(to_text(record["EnableClientMessages"]))
    if isinstance(record.get("Webhooks"), str):
        try:
            record["Webhooks"] = json_parse(record["Webhooks"])
        except JavaScriptError:
            record["Webhooks"] = []


def _extract(record: Mapping[str, Any]) -> dict[str, str]:
    """`extractFromPassedKeys` for every field: which name wins. A field without a present name is left out."""
    chosen: dict[str, str] = {}
    for name, value in record.items():
        if value is None or value == "":
            continue
        field_name, rank = _PLACES[name]
        if field_name not in chosen or rank > _PLACES[chosen[field_name]][1]:
            chosen[field_name] = name
    return chosen


def _flag(
    item: RawItem, record: Mapping[str, Any], chosen: Mapping[str, str], flag: Flag
) -> EffectiveFlag:
    name = chosen.get(flag)
    if name is None:
        return _DEFAULT_FLAGS[flag]
    return _effective_flag(truthy(record[name]), name, stored_type(item, name))


# Tables hold the same few flags and limits again and again.
@lru_cache(maxsize=256)
def _effective_flag(value: bool, name: str, stored: str) -> EffectiveFlag:
    return EffectiveFlag(value=value, source=name, stored=stored)


_DEFAULT_FLAGS: Final = {flag: EffectiveFlag(value=FLAG_DEFAULTS[flag]) for flag in Flag}


def stored_type(item: RawItem, name: str) -> str:
    """The DynamoDB type of an attribute, empty when it is absent."""
    for kind in item.attributes.get(name, ()):
        return kind
    return ""


_DEFAULT_LIMITS: Final = {
    limit: EffectiveLimit(value=UNLIMITED, number=-1.0)
    if rule.server_default is None
    else EffectiveLimit(value=rule.server_default, number=float(rule.server_default))
    for limit, rule in LIMITS.items()
}


def _limits(
    item: RawItem, record: Mapping[str, Any], chosen: Mapping[str, str]
) -> tuple[dict[Limit, EffectiveLimit], str]:
    limits = dict(_DEFAULT_LIMITS)
    unreadable = {}
    for field_name, name in chosen.items():
        limit = _LIMIT_OF_FIELD.get(field_name)
        if limit is None:
            continue
        value = record[name]
        try:
            judge = _effective_limit if isinstance(value, float | str) else _judge_limit
            limits[limit] = judge(limit, name, value, stored_type(item, name))
        except JavaScriptError:
            limits[limit] = EffectiveLimit(
                value=BLOCKED, source=_source_of(limit, name), stored=stored_type(item, name)
            )
            # Connections are parsed at connect, where the error is caught and means "no".
            if limit is not Limit.MAX_CONNECTIONS:
                unreadable[limit] = f"{name} is a map that cannot be read as a number."
    if not unreadable:
        return limits, ""
    return limits, next(unreadable[limit] for limit in LIMITS if limit in unreadable)


def _judge_limit(limit: Limit, name: str, value: Any, stored: str) -> EffectiveLimit:
    number = (parse_float if LIMITS[limit].allows_decimals else parse_int)(value)
    return EffectiveLimit(
        value=_enforced(limit, number),
        source=_source_of(limit, name),
        stored=stored,
        number=number,
    )


_LIMIT_OF_FIELD: Final = {limit.value: limit for limit in LIMITS}
_effective_limit: Final = lru_cache(maxsize=2048)(_judge_limit)


def _source_of(limit: Limit, name: str) -> str:
    return RECORD_SOURCE if name == LIMITS[limit].attribute else name


def _enforced(limit: Limit, number: float) -> LimitValue:
    """What the number means where soketi compares with it."""
    if limit is Limit.MAX_CONNECTIONS:
        # ws-handler.ts:746: parseInt(x) || -1, and below 0 is unlimited.
        return UNLIMITED if math.isnan(number) or number <= 0 else _decimal(number)
    if limit in RATE_LIMITS:
        if math.isnan(number):
            return _RATE_FOR_NAN
        if number < 0:
            return UNLIMITED
        return BLOCKED if number == 0 else _decimal(number)
    if math.isnan(number):
        return UNLIMITED
    return BLOCKED if number <= 0 else _decimal(number)


def _decimal(number: float) -> LimitValue:
    if math.isinf(number):
        return UNLIMITED
    return Decimal(int(number)) if number.is_integer() else Decimal(repr(number))


def _to_array(value: Any) -> list[Any] | None:
    """`transformPotentialJsonToArray`; None where it falls back to an empty array."""
    if isinstance(value, list):
        return value
    try:
        parsed = json_parse(to_text(value))
    except JavaScriptError:
        return None
    return parsed if isinstance(parsed, list) else None


def _lethal_reason(webhooks: tuple[EffectiveWebhook, ...]) -> str:
    for webhook in webhooks:
        if webhook.hides_app:
            return f"Webhook {webhook.index + 1} makes soketi fail while it reads the app: {webhook.reason}"
    return ""


def _websocket_lookup(item: RawItem, problem: str) -> Lookup:
    key = item.attributes.get("AppKey", {}).get("S", "")
    if problem:
        return Lookup(found=False, reason=problem)
    if not key:
        return Lookup(
            found=False,
            reason="The app has no AppKey text, so it is not in AppKeyIndex: WebSocket clients get 4001, "
            "only the HTTP API finds it.",
        )
    return _FOUND


_FOUND: Final = Lookup(found=True)


def _secret_state(name: str, secret: Any) -> SecretState:
    if not name:
        return SecretState.DEFAULT
    # Node's createHmac takes text and bytes as a key and throws on everything else.
    return SecretState.STORED if isinstance(secret, str | bytes) else SecretState.CRASHES


def _dropped_reason(item: RawItem, name: str, hooks: list[Any] | None) -> str:
    """Why soketi silently works with no webhooks although `name` stores something; empty when it does not."""
    if hooks is None:
        return _NOT_A_LIST
    text = item.attributes.get(name, {}).get("S")
    if hooks or name != "Webhooks" or not isinstance(text, str) or not text.strip():
        return ""
    # An empty list is also what soketi puts in place of text it cannot parse.
    try:
        json_parse(text)
    except JavaScriptError:
        return "Webhooks is not JSON, so soketi takes it as no webhooks at all."
    return ""


_NOT_A_LIST: Final = "Webhooks is not a list, so soketi takes it as no webhooks at all."


def _view_of_unreadable(reason: str) -> SoketiView:
    """The item that aws-sdk cannot even convert: nobody finds the app."""
    lookup = Lookup(found=False, reason=f"aws-sdk cannot read the item: {reason}.")
    return SoketiView(
        http=lookup,
        websocket=lookup,
        id=DEFAULT_ID,
        key=DEFAULT_KEY,
        secret=DEFAULT_SECRET,
        secret_state=SecretState.DEFAULT,
        secret_source=DEFAULT_SOURCE,
        enabled=_DEFAULT_FLAGS[Flag.ENABLED],
        client_messages=_DEFAULT_FLAGS[Flag.CLIENT_MESSAGES],
        user_authentication=_DEFAULT_FLAGS[Flag.USER_AUTHENTICATION],
        limits=_DEFAULT_LIMITS,
        webhooks=(),
        webhooks_source=DEFAULT_SOURCE,
        webhooks_dropped="",
        unreadable=True,
    )


__all__ = [
    "BLOCKED",
    "DEFAULT_SOURCE",
    "RECORD_SOURCE",
    "UNLIMITED",
    "EffectiveFlag",
    "EffectiveLimit",
    "EffectiveWebhook",
    "Lookup",
    "SecretState",
    "SoketiView",
    "Verdict",
    "soketi_view",
    "stored_type",
]
