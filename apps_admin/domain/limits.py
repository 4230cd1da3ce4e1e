"""The eleven limits of an app: what they mean, what soketi takes when they are absent, what may be stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from apps_admin.domain.errors import ValidationError

UNLIMITED: Final = Decimal(-1)
# JavaScript's largest safe integer; far beyond it `parseInt(1e21)` is 1.
LARGEST: Final = Decimal(9007199254740991)
_DECIMAL_PLACES: Final = 6
# A little over one byte: anything smaller would block everything.
_SMALLEST_SIZE: Final = Decimal("0.001")


class Limit(StrEnum):
    """The limits by their names in the API."""

    MAX_CONNECTIONS = "max_connections"
    MAX_BACKEND_EVENTS_PER_SECOND = "max_backend_events_per_second"
    MAX_CLIENT_EVENTS_PER_SECOND = "max_client_events_per_second"
    MAX_READ_REQUESTS_PER_SECOND = "max_read_requests_per_second"
    MAX_PRESENCE_MEMBERS_PER_CHANNEL = "max_presence_members_per_channel"
    MAX_PRESENCE_MEMBER_SIZE_IN_KB = "max_presence_member_size_in_kb"
    MAX_CHANNEL_NAME_LENGTH = "max_channel_name_length"
    MAX_EVENT_CHANNELS_AT_ONCE = "max_event_channels_at_once"
    MAX_EVENT_NAME_LENGTH = "max_event_name_length"
    MAX_EVENT_PAYLOAD_IN_KB = "max_event_payload_in_kb"
    MAX_EVENT_BATCH_SIZE = "max_event_batch_size"


@dataclass(frozen=True, kw_only=True)
class LimitRule:
    """Everything there is to know about one limit.

    `server_default` is what soketi takes when the attribute is absent (None: unlimited), unless the server sets
    `environment_variable`. `names` are the attributes soketi reads, weakest first. `at_zero` and `when_not_a_number`
    say what soketi 1.6.1 does at the edges.
    """

    limit: Limit
    attribute: str
    names: tuple[str, ...]
    label: str
    unit: str
    meaning: str
    server_default: Decimal | None
    allows_unlimited: bool
    allows_decimals: bool
    minimum: Decimal
    maximum: Decimal
    environment_variable: str
    at_zero: str
    when_not_a_number: str

    @property
    def aliases(self) -> tuple[str, ...]:
        """The other attribute names soketi reads for this limit."""
        return tuple(name for name in self.names if name != self.attribute)

    @property
    def is_rate(self) -> bool:
        """Whether this limits something per second."""
        return self.limit in RATE_LIMITS


RATE_LIMITS: Final = frozenset(
    {
        Limit.MAX_BACKEND_EVENTS_PER_SECOND,
        Limit.MAX_CLIENT_EVENTS_PER_SECOND,
        Limit.MAX_READ_REQUESTS_PER_SECOND,
    }
)


def _unlimited(limit: Limit, attribute: str, names: str, **words: str) -> LimitRule:
    """A limit that knows -1 as unlimited: connections and the three rates."""
    return LimitRule(
        limit=limit,
        attribute=attribute,
        names=tuple(names.split()),
        server_default=None,
        allows_unlimited=True,
        allows_decimals=False,
        minimum=UNLIMITED,
        maximum=LARGEST,
        environment_variable="",
        **words,
    )


def _bounded(
    limit: Limit,
    attribute: str,
    alias: str,
    default: int,
    environment_variable: str,
    *,
    decimals: bool = False,
    **words: str,
) -> LimitRule:
    """One of the seven limits for which 0 and -1 block everything."""
    return LimitRule(
        limit=limit,
        attribute=attribute,
        names=(attribute[0].lower() + attribute[1:], attribute, alias),
        server_default=Decimal(default),
        allows_unlimited=False,
        allows_decimals=decimals,
        minimum=_SMALLEST_SIZE if decimals else Decimal(1),
        maximum=LARGEST,
        environment_variable=environment_variable,
        when_not_a_number="no limit at all",
        **words,
    )


_RULES = (
    _unlimited(
        Limit.MAX_CONNECTIONS,
        "MaxConnections",
        "maxConnections MaxConnections max_connections",
        label="Connections",
        unit="connections",
        meaning="WebSocket connections at the same time, over all soketi servers. "
        "One more is refused with 4100.",
        at_zero="unlimited, the same as -1",
        when_not_a_number="unlimited",
    ),
    _unlimited(
        Limit.MAX_BACKEND_EVENTS_PER_SECOND,
        "MaxBackendEventsPerSecond",
        "maxBackendEventsPerSecond MaxBackendEventsPerSecond max_backend_events_per_sec",
        label="Backend events per second",
        unit="events per second",
        meaning="Events published over the HTTP API, counted once per channel. "
        "More are refused with 429.",
        at_zero="no event is accepted over the HTTP API",
        when_not_a_number="4 per second",
    ),
    _unlimited(
        Limit.MAX_CLIENT_EVENTS_PER_SECOND,
        "MaxClientEventsPerSecond",
        "maxClientEventsPerSecond MaxClientEventsPerSecond max_client_events_per_sec",
        label="Client events per second",
        unit="events per second and connection",
        meaning="Client events from one connection. More are refused with 4301.",
        at_zero="no client event is accepted",
        when_not_a_number="4 per second",
    ),
    _unlimited(
        Limit.MAX_READ_REQUESTS_PER_SECOND,
        "MaxReadRequestsPerSecond",
        "maxReadRequestsPerSecond MaxReadRequestsPerSecond max_read_req_per_sec",
        label="Read requests per second",
        unit="requests per second",
        meaning="GET requests to the HTTP API (channels, users). More are refused with 429.",
        at_zero="every GET request is refused",
        when_not_a_number="4 per second",
    ),
    _bounded(
        Limit.MAX_PRESENCE_MEMBERS_PER_CHANNEL,
        "MaxPresenceMembersPerChannel",
        "max_presence_members_per_channel",
        100,
        "SOKETI_PRESENCE_MAX_MEMBERS",
        label="Presence members per channel",
        unit="members",
        meaning="Members of one presence channel. One more is refused with 4100.",
        at_zero="nobody can join a presence channel",
    ),
    _bounded(
        Limit.MAX_PRESENCE_MEMBER_SIZE_IN_KB,
        "MaxPresenceMemberSizeInKb",
        "max_presence_member_size_in_kb",
        2,
        "SOKETI_PRESENCE_MAX_MEMBER_SIZE",
        decimals=True,
        label="Presence member size",
        unit="KB (1024 bytes)",
        meaning="Size of one member's user_info. A larger one is refused with 4301.",
        at_zero="nobody can join a presence channel",
    ),
    _bounded(
        Limit.MAX_CHANNEL_NAME_LENGTH,
        "MaxChannelNameLength",
        "max_channel_name_length",
        200,
        "SOKETI_CHANNEL_LIMITS_MAX_NAME_LENGTH",
        label="Channel name length",
        unit="characters",
        meaning="Length of a channel's name. Subscribing to a longer one is refused with 4009.",
        at_zero="nobody can subscribe to any channel",
    ),
    _bounded(
        Limit.MAX_EVENT_CHANNELS_AT_ONCE,
        "MaxEventChannelsAtOnce",
        "max_event_channels_at_once",
        100,
        "SOKETI_EVENT_MAX_CHANNELS_AT_ONCE",
        label="Channels per event",
        unit="channels",
        meaning="Channels one published event may name. More are refused with 400.",
        at_zero="no event is accepted over the HTTP API",
    ),
    _bounded(
        Limit.MAX_EVENT_NAME_LENGTH,
        "MaxEventNameLength",
        "max_event_name_length",
        200,
        "SOKETI_EVENT_MAX_NAME_LENGTH",
        label="Event name length",
        unit="characters",
        meaning="Length of an event's name. A longer one is refused with 400 (HTTP) or 4301.",
        at_zero="no event is accepted",
    ),
    _bounded(
        Limit.MAX_EVENT_PAYLOAD_IN_KB,
        "MaxEventPayloadInKb",
        "max_event_payload_in_kb",
        100,
        "SOKETI_EVENT_MAX_SIZE_IN_KB",
        decimals=True,
        label="Event payload",
        unit="KB (1024 bytes)",
        meaning="Size of an event's data. More is refused with 413 (HTTP) or 4301.",
        at_zero="no event with data is accepted",
    ),
    _bounded(
        Limit.MAX_EVENT_BATCH_SIZE,
        "MaxEventBatchSize",
        "max_event_batch_size",
        10,
        "SOKETI_EVENT_MAX_BATCH_SIZE",
        label="Events per batch",
        unit="events",
        meaning="Events in one batch over the HTTP API. More are refused with 400.",
        at_zero="no batch is accepted",
    ),
)

LIMITS: Final[Mapping[Limit, LimitRule]] = MappingProxyType({rule.limit: rule for rule in _RULES})


def check_limit(limit: Limit, value: Decimal | None) -> list[str]:
    """Why this value cannot be stored, in sentences; empty when it can. None is the server's default."""
    rule = LIMITS[limit]
    if value is None:
        return []
    if not value.is_finite():
        return [f"{rule.label}: type a number, or choose the server's default."]
    if value > rule.maximum:
        return [f"{rule.label}: the largest number soketi reads exactly is {rule.maximum}."]
    if value < rule.minimum:
        return [_too_small(rule)]
    if not rule.allows_decimals and value != value.to_integral_value():
        return [f"{rule.label}: soketi cuts off decimals here. Type a whole number."]
    if value != round(value, _DECIMAL_PLACES):
        return [f"{rule.label}: at most {_DECIMAL_PLACES} decimal places."]
    return []


def _too_small(rule: LimitRule) -> str:
    if rule.allows_unlimited:
        return f"{rule.label}: type a whole number from 0 up, or -1 for unlimited."
    return (
        f"{rule.label}: with 0 or less soketi would do this: {rule.at_zero}. "
        f"Type {'a number above 0' if rule.allows_decimals else 'a whole number from 1 up'}, "
        "or choose the server's default."
    )


def parse_limit(limit: Limit, text: str) -> Decimal | None:
    """What an operator typed: empty is the server's default, `unlimited` is -1 where soketi knows that.

    Raises:
        ValidationError: not a number, or one that cannot be stored; the field is the limit's name.
    """
    text = text.strip()
    rule = LIMITS[limit]
    if not text:
        return None
    if text.lower() == "unlimited" and rule.allows_unlimited:
        return UNLIMITED
    try:
        value = Decimal(text) if len(text) <= 40 and text.isascii() else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    problems = check_limit(limit, value)
    if problems:
        raise ValidationError({limit.value: problems})
    return value


def number_attribute_text(value: Decimal) -> str:
    """A number as DynamoDB gives it back: no exponent, no trailing zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
