"""Connections in SQL: create, change and delete them, audited; their secrets go through the vault alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from apps_admin.domain.connection import (
    Connection,
    ConnectionSource,
    CredentialMode,
    Credentials,
)
from apps_admin.models import StoredConnection
from apps_admin.services.vault import open_secret

SECRET_FIELDS = ("secret_access_key", "session_token", "external_id")
COLUMNS = tuple(
    field.name
    for field in fields(Connection)
    if field.name not in ("slug", "credentials", "source")
)


def connection_of(row: StoredConnection) -> Connection:
    """The connection a row describes, its secrets opened. Raises VaultKeyError when no key opens them."""
    secrets: Mapping[str, Any] = json.loads(open_secret(row.secrets)) if row.secrets else {}
    return Connection(
        slug=row.slug,
        source=ConnectionSource.SQL,
        credentials=_with_secrets(_credentials(row.credential_mode, row.credentials), secrets),
        **{name: getattr(row, name) for name in COLUMNS},
    )


def _credentials(mode: str, parts: Mapping[str, Any]) -> Credentials:
    given = {name: value for name, value in parts.items() if name not in ("mode", "base")}
    base = parts.get("base")
    return Credentials(
        mode=CredentialMode(mode),
        base=_credentials(base["mode"], base) if base else None,
        **given,
    )


def _with_secrets(credentials: Credentials, secrets: Mapping[str, Any]) -> Credentials:
    own = {name: secrets[name] for name in SECRET_FIELDS if name in secrets}
    base = credentials.base
    if base is not None:
        base = _with_secrets(base, secrets.get("base", {}))
    return replace(credentials, base=base, **own)


def public_parts(credentials: Credentials) -> dict[str, Any]:
    """Everything of the credentials but the mode and what is secret."""
    parts = {
        name: value
        for name, value in asdict(credentials).items()
        if name not in (*SECRET_FIELDS, "mode", "base")
    }
    if credentials.base is not None:
        parts["base"] = {"mode": credentials.base.mode.value, **public_parts(credentials.base)}
    return parts


def secret_parts(credentials: Credentials) -> dict[str, Any]:
    """What of the credentials belongs into the vault; empty when nothing does."""
    parts: dict[str, Any] = {
        name: getattr(credentials, name) for name in SECRET_FIELDS if getattr(credentials, name)
    }
    if credentials.base is not None and (inner := secret_parts(credentials.base)):
        parts["base"] = inner
    return parts
