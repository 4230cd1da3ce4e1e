"""Settings that decide who may do what, or what is kept, come from the environment: their changes are audited too."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor, ActorKind
from apps_admin.domain.connection import Connection, ConnectionSource
from apps_admin.models import AuditEntry, AuditHead
from apps_admin.services.audit import record_event, records_answering
from apps_admin.services.connections import all_connections

SETTINGS_ACTOR = Actor(kind=ActorKind.JOB, id="settings", name="settings at start")
POLICY_SETTINGS = (
    "ACCOUNT_REAUTHENTICATION_TIMEOUT",
    "ALLOWED_HOSTS",
    "API_REQUESTS_PER_MINUTE",
    "AUDIT_HEAD_FILE",
    "OIDC_GROUPS_CLAIM",
    "OIDC_GROUP_ROLES",
    "OIDC_HAS_SECOND_FACTOR",
    "OIDC_SERVER_URL",
    "SESSION_COOKIE_AGE",
    "SESSION_IDLE_TIME",
    "VERSION_DAYS",
    "WEBHOOK_ALLOWED_NETWORKS",
    "WEBHOOK_DELIVERY_DAYS",
    "WEBHOOK_TESTS_PER_MINUTE",
)
CONNECTION_FIELDS = (
    *("table", "region", "endpoint"),
    *("protected", "read_only", "without_secrets", "reason_required", "second_factor_required"),
)
DECLARED = frozenset({ConnectionSource.ENVIRONMENT, ConnectionSource.FILE})


def record_settings() -> None:
    """Add an entry when the settings are not what the log says they were; the first one tells all of them.

    Changes of connections in SQL are entries of their own. Raises RecordsUnavailableError, ConnectionsFileError.
    """
    now = policy_settings()
    with records_answering(), transaction.atomic():
        AuditHead.objects.select_for_update().first()  # two workers at once record it once
        known = recorded_settings()
        names = sorted(
            name for name in known.keys() | now.keys() if known.get(name) != now.get(name)
        )
        if not names:
            return
        record_event(
            SETTINGS_ACTOR,
            Action.SETTINGS_CHANGE,
            before={name: known[name] for name in names if name in known},
            after={name: now[name] for name in names if name in now},
        )


def policy_settings() -> dict[str, str]:
    """The settings as they are now, as text: {"VERSION_DAYS": "30", "production.protected": "True"}."""
    found = {name: _text(getattr(settings, name)) for name in POLICY_SETTINGS}
    for connection in all_connections():
        if connection.source in DECLARED:
            found |= _declared(connection)
    return found


def recorded_settings() -> dict[str, Any]:
    """The settings as the log tells them, entry after entry."""
    known: dict[str, Any] = {}
    entries = AuditEntry.objects.filter(action=Action.SETTINGS_CHANGE.value).order_by("sequence")
    for entry in (row.to_entry() for row in entries):
        for name in entry.before or {}:
            known.pop(name, None)
        known |= entry.after or {}
    return known


def _declared(connection: Connection) -> dict[str, str]:
    told = {name: _text(getattr(connection, name)) for name in CONNECTION_FIELDS}
    told["sign_in"] = connection.credentials.mode.value
    return {f"{connection.slug}.{name}": text for name, text in told.items()}


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
