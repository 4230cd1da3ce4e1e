"""soketi's default app as environment variables: `SOKETI_DEFAULT_APP_ID=...`, one a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from apps_admin.domain.limits import LIMITS
from apps_admin.domain.transfer.plain import record_of
from apps_admin.domain.transfer.record import Format, ImportedRecord, lines_of

PREFIX = "SOKETI_DEFAULT_APP_"
_LINE = re.compile(r"\s*(?:export\s+|-\s+)?(\w+)\s*[=:]\s*(.*?)\s*$")
_QUOTED = re.compile(r"""(["'])(.*)\1(?:\s+#.*)?""")
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
NAMES = {
    "ID": "AppId",
    "KEY": "AppKey",
    "SECRET": "AppSecret",
    "WEBHOOKS": "Webhooks",
    "ENABLED": "Enabled",
    "ENABLE_CLIENT_MESSAGES": "EnableClientMessages",
    "USER_AUTHENTICATION": "EnableUserAuthentication",
    "ENABLE_USER_AUTHENTICATION": "EnableUserAuthentication",
    "MAX_CONNS": "MaxConnections",
    "MAX_CONNECTIONS": "MaxConnections",
    "MAX_BACKEND_EVENTS_PER_SEC": "MaxBackendEventsPerSecond",
    "MAX_CLIENT_EVENTS_PER_SEC": "MaxClientEventsPerSecond",
    "MAX_READ_REQ_PER_SEC": "MaxReadRequestsPerSecond",
    **{
        rule.environment_variable.removeprefix(PREFIX): rule.attribute
        for rule in LIMITS.values()
        if rule.environment_variable.startswith(PREFIX)
    },
}


def _read(stream: TextIO) -> Iterator[ImportedRecord]:
    fields: dict[str, str] = {}
    problems = []
    for number, line in enumerate(lines_of(stream), 1):
        found = _LINE.match(line)
        if not found or not found[1].startswith(PREFIX):
            continue
        name = found[1].removeprefix(PREFIX)
        if name not in NAMES:
            problems.append(f"line {number}: soketi has no variable {found[1]}")
            continue
        fields[NAMES[name]] = _unquoted(found[2])
    record = record_of(fields, "environment")
    yield ImportedRecord(
        place=record.place, item=record.item, problems=(*record.problems, *problems)
    )


def _unquoted(text: str) -> str:
    """The value without its quotes, or without the comment behind it."""
    found = _QUOTED.fullmatch(text)
    return found[2] if found else _COMMENT.sub("", text)


SOKETI_ENVIRONMENT = Format(
    name="soketi-environment",
    label="soketi environment (SOKETI_DEFAULT_APP_…)",
    extension="env",
    matches=lambda head: bool(
        re.search(rf"^\W*(export\s+)?{PREFIX}\w+\s*[=:]", head, re.MULTILINE)
    ),
    read=_read,
)
