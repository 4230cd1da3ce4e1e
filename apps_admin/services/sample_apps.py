"""Sample apps that show the range of what stands in real tables, with random keys and secrets.

They are items as other programs write them, not what this console would save: some are faulty on purpose.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from itertools import count, islice

from apps_admin.domain.item import AttributeValue, RawItem

Attributes = dict[str, AttributeValue]


def sample_items(number: int) -> tuple[RawItem, ...]:
    """The first `number` sample items; after the dozen that show something come plain numbered ones.

    Ids are the same every time, keys and secrets are new.
    """
    items: dict[str, RawItem] = {}
    numbered = (f"tenant-{position:04d}" for position in count(1))
    named: Mapping[str, Callable[[], Attributes]] = dict(list(_SAMPLES.items())[: max(number, 0)])
    for app_id, attributes in named.items():
        items[app_id] = RawItem(attributes=_base(app_id) | attributes())
    for app_id in islice(numbered, max(number - len(items), 0)):
        items[app_id] = RawItem(attributes=_base(app_id) | _modern())
    if "chat-copy" in items:
        # Two apps with one key: which of them soketi finds is up to the index.
        key = items["chat"].attributes["AppKey"]
        items["chat-copy"] = items["chat-copy"].with_attribute("AppKey", key)
    return tuple(items.values())


def _base(app_id: str) -> Attributes:
    return {
        "AppId": {"S": app_id},
        "AppKey": {"S": secrets.token_hex(16)},
        "AppSecret": {"S": secrets.token_hex(32)},
    }


def _switches(*, enabled: bool = True, client_messages: bool = False) -> Attributes:
    return {
        "Enabled": {"BOOL": enabled},
        "EnableClientMessages": {"BOOL": client_messages},
        "EnableUserAuthentication": {"BOOL": False},
    }


def _webhooks(*webhooks: Mapping[str, object]) -> Attributes:
    return {"Webhooks": {"S": json.dumps(webhooks)}}


def _modern() -> Attributes:
    return _switches()


def _chat() -> Attributes:
    return {
        **_switches(client_messages=True),
        "MaxConnections": {"N": "500"},
        "MaxClientEventsPerSecond": {"N": "10"},
        **_webhooks(
            {
                "url": "https://chat.example.com/hooks/soketi",
                "event_types": ["member_added", "member_removed"],
                "headers": {"X-Environment": "production"},
                "filter": {"channel_name_starts_with": "presence-"},
            }
        ),
    }


def _documented() -> Attributes:
    """The encoding of soketi's own documentation: binary flags, which soketi takes for true (contract, table 1)."""
    return {
        "Enabled": {"B": b"true"},
        "EnableClientMessages": {"B": b"false"},
        "EnableUserAuthentication": {"B": b"false"},
        "MaxConnections": {"N": "-1"},
        "MaxBackendEventsPerSecond": {"N": "-1"},
        "MaxClientEventsPerSecond": {"N": "-1"},
        "MaxReadRequestsPerSecond": {"N": "-1"},
        "Webhooks": {"S": "[]"},
    }


def _thought_disabled() -> Attributes:
    return {"Enabled": {"B": b"false"}, "EnableClientMessages": {"BOOL": False}}


def _text_flags() -> Attributes:
    return {"Enabled": {"S": "false"}, "EnableClientMessages": {"S": "0"}}


def _lethal() -> Attributes:
    """No `event_types`: soketi 1.6.1 `src/app.ts:203` throws, and the app is "not found"."""
    return {
        **_switches(),
        **_webhooks({"url": "https://billing.example.com/hooks"}),
    }


def _lambda() -> Attributes:
    return {
        **_switches(),
        **_webhooks(
            {
                "lambda_function": "on-channel-event",
                "lambda": {"async": True, "region": "eu-west-1"},
                "event_types": ["channel_occupied", "channel_vacated"],
            }
        ),
    }


def _limits() -> Attributes:
    return {
        **_switches(client_messages=True),
        "MaxConnections": {"N": "2000"},
        "MaxBackendEventsPerSecond": {"N": "200"},
        "MaxClientEventsPerSecond": {"N": "20"},
        "MaxReadRequestsPerSecond": {"N": "50"},
        "MaxPresenceMembersPerChannel": {"N": "250"},
        "MaxPresenceMemberSizeInKb": {"N": "1.5"},
        "MaxChannelNameLength": {"N": "120"},
        "MaxEventChannelsAtOnce": {"N": "20"},
        "MaxEventNameLength": {"N": "80"},
        "MaxEventPayloadInKb": {"N": "64"},
        "MaxEventBatchSize": {"N": "5"},
    }


def _unknown_attributes() -> Attributes:
    return {
        **_switches(),
        "Owner": {"M": {"team": {"S": "Growth"}, "on_call": {"SS": ["ana", "bo"]}}},
        "CreatedBy": {"S": "terraform"},
        "LicenseNumber": {"N": "12345678901234567890123456789012345678"},
    }


def _blocked() -> Attributes:
    return {**_switches(), "MaxPresenceMembersPerChannel": {"N": "-1"}}


def _alias() -> Attributes:
    """The alias in snake case wins over the documented attribute in soketi."""
    return {**_switches(), "MaxConnections": {"N": "1000"}, "max_connections": {"N": "5"}}


_SAMPLES: Mapping[str, Callable[[], Attributes]] = {
    "shop": _modern,
    "chat": _chat,
    "from-the-docs": _documented,
    "billing": _lethal,
    "chat-copy": _modern,
    "crm": _unknown_attributes,
    "legacy-off": _thought_disabled,
    "paused": lambda: _switches(enabled=False),
    "trading": _limits,
    "serverless": _lambda,
    "text-flags": _text_flags,
    "aliased": _alias,
    "presence-blocked": _blocked,
}
