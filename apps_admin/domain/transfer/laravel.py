"""The apps of Laravel Reverb and laravel-websockets: the `apps` part of their PHP configuration as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from apps_admin.domain.transfer.plain import record_of
from apps_admin.domain.transfer.record import Format, ImportedRecord, load_document, unreadable

# What has no meaning to soketi: left out, for it would only look like a setting.
WITHOUT_MEANING = frozenset(
    {"options", "allowed_origins", "ping_interval", "activity_timeout", "max_message_size", "path",
     "enable_statistics", "host", "accept_client_events_from", "rate_limiting", "useTLS"}
)  # fmt: skip
_MARKS = re.compile(
    r'"(?:allowed_origins|activity_timeout|ping_interval|max_message_size|enable_statistics|'
    r'accept_client_events_from|capacity)"'
)


def _apps(document: Any) -> Any:
    """Reverb: {"apps": {"provider": "config", "apps": [...]}}; websockets: {"apps": [...]}; or the list itself."""
    for _ in range(3):
        if isinstance(document, Mapping):
            document = document.get("apps")
    return document


def _read(stream: TextIO) -> Iterator[ImportedRecord]:
    apps = _apps(load_document(stream))
    if not isinstance(apps, list):
        raise unreadable("There is no list under apps.")
    for number, each in enumerate(apps, 1):
        place = f"record {number}"
        if not isinstance(each, Mapping):
            yield ImportedRecord(place=place, problems=(f"{place}: not an object",))
            continue
        fields = {name: value for name, value in each.items() if name not in WITHOUT_MEANING}
        if "max_connections" in each and each["max_connections"] is not None:
            fields["max_connections"] = each["max_connections"]
        if each.get("accept_client_events_from") in {"all", "members"}:
            fields["enable_client_messages"] = True
        yield record_of(fields, place)


LARAVEL = Format(
    name="laravel",
    label="Laravel Reverb or laravel-websockets (JSON)",
    extension="json",
    matches=lambda head: head.lstrip()[:1] in {"{", "["} and bool(_MARKS.search(head)),
    read=_read,
)
