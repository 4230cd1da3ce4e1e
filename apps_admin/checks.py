"""What Django's own checks cannot know: whether the console's settings mean what they should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import Error as SqlError
from django.db import connection

from apps_admin.domain.connection import DEFAULT_REGION, DEFAULT_TABLE, Connection
from apps_admin.domain.connection_rules import require_valid
from apps_admin.domain.errors import RecordsUnavailableError, ValidationError
from apps_admin.models import AuditHead, VaultEntry
from apps_admin.services.audit import require_audit_key
from apps_admin.services.single_sign_on import parse_group_roles
from apps_admin.services.vault import require_vault_keys
from apps_admin.soketi.guard import parse_networks

SHORTEST_AUDIT_KEY = 32
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAKE_AUDIT_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
MAKE_VAULT_KEY = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


@register(Tags.security)
def check_identity_provider(*_: Sequence[AppConfig] | None, **__: Any) -> list[CheckMessage]:
    """The provider is asked over https, and its groups mean something."""
    found: list[CheckMessage] = []
    try:
        roles = parse_group_roles(settings.OIDC_GROUP_ROLES)
    except ValueError as error:
        return [Error(f"OIDC_GROUP_ROLES: {error}", id="console.E101")]
    if not settings.OIDC_SERVER_URL:
        return found
    if urlsplit(settings.OIDC_SERVER_URL).scheme != "https" and not settings.LOCAL_RUN:
        found.append(
            Error(
                "OIDC_SERVER_URL is not an https address: whoever listens could sign in as anybody.",
                hint="Use the provider's https address.",
                id="console.E102",
            )
        )
    if not roles:
        found.append(
            checks.Warning(
                "OIDC_GROUP_ROLES is empty, so nobody new can come in by the identity provider.",
                hint='For example "ops=operator@production;chiefs=administrator@*+secrets".',
                id="console.W103",
            )
        )
    return found


@register(Tags.security)
def check_audit_key(*_: Sequence[AppConfig] | None, **__: Any) -> list[CheckMessage]:
    """AUDIT_KEY is there and long enough."""
    key = str(settings.AUDIT_KEY)
    if not key:
        return [
            Error(
                "AUDIT_KEY is not set: nothing can be audited, so nothing can be changed.",
                hint=f"Make one with {MAKE_AUDIT_KEY} and keep it for ever.",
                id="console.E201",
            )
        ]
    if len(key) < SHORTEST_AUDIT_KEY:
        return [
            checks.Warning(
                f"AUDIT_KEY is shorter than {SHORTEST_AUDIT_KEY} characters.",
                hint=f"Before the first entry is written, make a longer one with {MAKE_AUDIT_KEY}.",
                id="console.W202",
            )
        ]
    return []


@register(Tags.security)
def check_vault_keys(*_: Sequence[AppConfig] | None, **__: Any) -> list[CheckMessage]:
    """Every one of VAULT_KEYS is a key, and there is one."""
    found: list[CheckMessage] = []
    for number, key in enumerate(settings.VAULT_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            found.append(
                Error(
                    f"Key {number} of VAULT_KEYS is not 32 bytes in URL-safe base64.",
                    hint=f"Make one with {MAKE_VAULT_KEY}.",
                    id="console.E203",
                )
            )
    if not settings.VAULT_KEYS:
        found.append(
            checks.Warning(
                "VAULT_KEYS is not set: sessions and second factors are encrypted with SECRET_KEY instead, and undo "
                "of a delete or a rotation is not offered.",
                hint=f"Make one with {MAKE_VAULT_KEY} and set VAULT_KEYS (or VAULT_KEYS_FILE).",
                id="console.W104",
            )
        )
    return found


@register(Tags.security)
def check_serving(*_: Sequence[AppConfig] | None, **__: Any) -> list[CheckMessage]:
    """What is open, to whom, and whether the processes fit the database."""
    found: list[CheckMessage] = []
    if settings.DEBUG and not settings.LOCAL_RUN:
        found.append(
            Error(
                "DEBUG is on: error pages show settings and variables to everybody.",
                hint="Leave DEBUG unset on a server; the log has the tracebacks.",
                id="console.E301",
            )
        )
    if settings.LOCAL_RUN and settings.HOST not in LOOPBACK:
        found.append(
            checks.Warning(
                f"The local run listens on {settings.HOST}, without TLS: passwords can be overheard.",
                hint="Listen on 127.0.0.1, or set it up as docs/production.md says.",
                id="console.W302",
            )
        )
    if not settings.LOCAL_RUN and "*" in settings.ALLOWED_HOSTS:
        found.append(
            checks.Warning(
                "ALLOWED_HOSTS is *: links in messages can be made to lead elsewhere.",
                hint="Name the hosts the console is reached by.",
                id="console.W303",
            )
        )
    if settings.WEB_WORKERS > 1 and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(
            checks.Warning(
                f"{settings.WEB_WORKERS} web processes share one SQLite file: writes wait for one another.",
                hint="Leave WEB_WORKERS at 1 (threads do the work), or set DATABASE_URL to PostgreSQL.",
                id="console.W304",
            )
        )
    return found


@register(Tags.security)
def check_default_connection(*_: Sequence[AppConfig] | None, **__: Any) -> list[CheckMessage]:
    """The default connection's settings can mean a table."""
    found: list[CheckMessage] = []
    if (settings.DYNAMODB_TABLE or "").isdigit():
        found.append(
            checks.Warning(
                f"The table is named {settings.DYNAMODB_TABLE}: soketi reads that as a number and fails.",
                hint="Give the table a name with a letter in it.",
                id="console.W305",
            )
        )
    try:
        require_valid(
            Connection(
                slug="default",
                table=DEFAULT_TABLE if settings.DYNAMODB_TABLE is None else settings.DYNAMODB_TABLE,
                region=settings.DYNAMODB_REGION or DEFAULT_REGION,
                endpoint=settings.DYNAMODB_ENDPOINT or "",
            )
        )
    except ValidationError as error:
        for field, problems in error.errors.items():
            name = f"SOKETI_APP_MANAGER_DYNAMODB_{field.upper()}"
            found += [Error(f"{name}: {problem}", id="console.E306") for problem in problems]
    return found


@register(Tags.database)
def check_keys_in_use(
    *_: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **__: Any
) -> list[CheckMessage]:
    """The keys are those that the audit log and the vault were made with. Also run by `migrate`, before it begins."""
    if "default" not in (databases or ()) or not settings.AUDIT_KEY:
        return []
    try:
        tables = connection.introspection.table_names()
        head = AuditHead.objects.first() if AuditHead._meta.db_table in tables else None
        has_vault = VaultEntry._meta.db_table in tables
        found: list[CheckMessage] = []
        if head is not None:
            found += _refused("console.E204", lambda: require_audit_key(head, settings.AUDIT_KEY))
        if has_vault:
            found += _refused("console.E205", require_vault_keys)
    except SqlError:
        return []  # whether the database answers is not what is checked here
    return found


def _refused(check_id: str, require: Callable[[], None]) -> list[CheckMessage]:
    try:
        require()
    except RecordsUnavailableError as error:
        return [Error(error.message, hint=error.hint, id=check_id)]
    return []


@register(Tags.security)
def check_webhook_networks(*_: Sequence[AppConfig] | None, **__: Any) -> list[CheckMessage]:
    """The networks that test deliveries may reach are networks."""
    try:
        parse_networks(settings.WEBHOOK_ALLOWED_NETWORKS)
    except ValueError as error:
        return [
            Error(
                f"WEBHOOK_ALLOWED_NETWORKS: {error}.",
                hint="Networks in CIDR form, separated by commas, for example 10.20.0.0/16,fd12:3456::/32.",
                id="console.E301",
            )
        ]
    return []
