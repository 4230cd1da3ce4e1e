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
from typing import Any, Final, Literal, TypeAlias

from apps_admin.domain.fields import (
    DEFAULT_ID,
    DEFAULT_KEY,
    DEFAULT_SECRET,
    FLAG_DEFAULTS,
    FLAGS,
    ID,
    KEY,
    SECRET,
    WEBHOOKS,
    Flag,
    StoredField,
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
    unmarshall_map,
)
from apps_admin.domain.limits import LIMITS, RATE_LIMITS, Limit, LimitRule
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
            and self.limits[Limit.MAX_CONNECTIONS].value != BLOCKED
        )

    def flag(self, flag: Flag) -> EffectiveFlag:
        """One of the three switches by its name."""
        return {
            Flag.ENABLED: self.enabled,
            Flag.CLIENT_MESSAGES: self.client_messages,
            Flag.USER_AUTHENTICATION: self.user_authentication,
        }[flag]

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


@dataclass(frozen=True)
class _Extracted:
    """What `extractFromPassedKeys` picked. `name` is empty when it took the default."""

    value: Any
    name: str = ""


def soketi_view(item: RawItem) -> SoketiView:
    """What soketi 1.6.1 does with this item."""
    try:
        record = unmarshall_map(item.attributes)
    except JavaScriptError as exc:
        return _view_of_unreadable(str(exc))
    _coerce(record)
    limits, problem = _limits(item, record)
    chosen = _extract(record, WEBHOOKS, "[]")
    hooks = _to_array(chosen.value)
    webhooks = judge_webhooks(hooks or [])
    if not problem:
        problem = _lethal_reason(webhooks)
    secret = _extract(record, SECRET, DEFAULT_SECRET)
    return SoketiView(
        http=Lookup(found=not problem, reason=problem),
        websocket=_websocket_lookup(item, problem),
        id=_extract(record, ID, DEFAULT_ID).value,
        key=_extract(record, KEY, DEFAULT_KEY).value,
        secret=secret.value,
        secret_state=_secret_state(secret),
        secret_source=secret.name or DEFAULT_SOURCE,
        enabled=_flag(item, record, Flag.ENABLED),
        client_messages=_flag(item, record, Flag.CLIENT_MESSAGES),
        user_authentication=_flag(item, record, Flag.USER_AUTHENTICATION),
        limits=limits,
        webhooks=webhooks,
        webhooks_source=chosen.name or DEFAULT_SOURCE,
        webhooks_dropped=_dropped_reason(item, hooks),
    )


def _coerce(record: dict[str, Any]) -> None:
    """The only two coercions of `unmarshallItem`."""
    if isinstance(record.get("EnableClientMessages"), bytes):
        record["EnableClientMessages"] = boolean_of_text(to_text(record["EnableClientMessages"]))
    if isinstance(record.get("Webhooks"), str):
        try:
            record["Webhooks"] = json_parse(record["Webhooks"])
        except JavaScriptError:
            record["Webhooks"] = []


def _extract(record: Mapping[str, Any], stored: StoredField, default: Any) -> _Extracted:
    for name in reversed(stored.names):
        value = record.get(name)
        if value is not None and not (isinstance(value, str) and not value):
            return _Extracted(value, name)
    return _Extracted(default)


def _flag(item: RawItem, record: Mapping[str, Any], flag: Flag) -> EffectiveFlag:
    chosen = _extract(record, FLAGS[flag], FLAG_DEFAULTS[flag])
    if not chosen.name:
        return EffectiveFlag(value=FLAG_DEFAULTS[flag])
    return EffectiveFlag(
        value=truthy(chosen.value), source=chosen.name, stored=stored_type(item, chosen.name)
    )


def stored_type(item: RawItem, name: str) -> str:
    """The DynamoDB type of an attribute, empty when it is absent."""
    return next(iter(item.attributes.get(name, {})), "")


def _limits(item: RawItem, record: Mapping[str, Any]) -> tuple[dict[Limit, EffectiveLimit], str]:
    limits: dict[Limit, EffectiveLimit] = {}
    problem = ""
    for limit, rule in LIMITS.items():
        chosen = _extract(record, _stored(rule), None)
        if not chosen.name:
            limits[limit] = _DEFAULT_LIMITS[limit]
            continue
        value: LimitValue
        try:
            number = (parse_float if rule.allows_decimals else parse_int)(chosen.value)
            value = _enforced(limit, number)
        except JavaScriptError:
            number, value = math.nan, BLOCKED
            # Connections are parsed at connect, where the error is caught and means "no".
            if limit is not Limit.MAX_CONNECTIONS:
                problem = problem or f"{chosen.name} is a map that cannot be read as a number."
        source = RECORD_SOURCE if chosen.name == rule.attribute else chosen.name
        limits[limit] = EffectiveLimit(
            value=value, source=source, stored=stored_type(item, chosen.name), number=number
        )
    return limits, problem


_STORED_LIMITS: Final = {
    limit: StoredField(name=limit.value, attribute=rule.attribute, names=rule.names)
    for limit, rule in LIMITS.items()
}


_DEFAULT_LIMITS: Final = {
    limit: EffectiveLimit(value=UNLIMITED, number=-1.0)
    if rule.server_default is None
    else EffectiveLimit(value=rule.server_default, number=float(rule.server_default))
    for limit, rule in LIMITS.items()
}


def _stored(rule: LimitRule) -> StoredField:
    return _STORED_LIMITS[rule.limit]


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
    return Lookup(found=True)


def _secret_state(secret: _Extracted) -> SecretState:
    if not secret.name:
        return SecretState.DEFAULT
    # Node's createHmac takes text and bytes as a key and throws on everything else.
    if isinstance(secret.value, str | bytes):
        return SecretState.STORED
    return SecretState.CRASHES


def _dropped_reason(item: RawItem, hooks: list[Any] | None) -> str:
    """Why soketi silently works with no webhooks although something is stored; empty when it does not."""
    stored = item.attributes.get("Webhooks") or item.attributes.get("webhooks")
    if stored is None or "NULL" in stored:
        return ""
    text = stored.get("S")
    if isinstance(text, str) and hooks == [] and "Webhooks" in item.attributes:
        try:
            parsed = json_parse(text)
        except JavaScriptError:
            return "Webhooks is not JSON, so soketi takes it as no webhooks at all."
        return "" if parsed is None or _to_array(parsed) is not None else _NOT_A_LIST
    return _NOT_A_LIST if hooks is None else ""


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
        enabled=EffectiveFlag(value=FLAG_DEFAULTS[Flag.ENABLED]),
        client_messages=EffectiveFlag(value=FLAG_DEFAULTS[Flag.CLIENT_MESSAGES]),
        user_authentication=EffectiveFlag(value=FLAG_DEFAULTS[Flag.USER_AUTHENTICATION]),
        limits=_limits(RawItem(attributes={}), {})[0],
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
