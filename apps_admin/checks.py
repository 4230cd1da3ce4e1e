"""What Django's own checks cannot know: whether the console's settings mean what they should."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from apps_admin.services.single_sign_on import parse_group_roles


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


@register(Tags.security, deploy=True)
def check_keys(*_: Sequence[AppConfig] | None, **__: Any) -> list[CheckMessage]:
    """Second factors and sessions are encrypted with keys that are not the signing key."""
    if settings.VAULT_KEYS:
        return []
    return [
        checks.Warning(
            "VAULT_KEYS is not set: sessions and second factors are encrypted with SECRET_KEY instead, and undo of a "
            "delete or a rotation is not offered.",
            hint="Set VAULT_KEYS (or VAULT_KEYS_FILE).",
            id="console.W104",
        )
    ]
