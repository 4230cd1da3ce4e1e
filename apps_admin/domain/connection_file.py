"""The connections of a deployment declared in one TOML file (`CONNECTIONS_FILE`).

[connections.production]
label = "Production"
table = "apps"
region = "eu-west-1"
protected = true

[connections.production.credentials]
mode = "assume-role"
role_arn = "arn:aws:iam::123456789012:role/console"
external_id_file = "/run/secrets/external-id"
base = { mode = "container-or-instance" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from apps_admin.domain.connection import (
    Connection,
    ConnectionSource,
    CredentialMode,
    Credentials,
)
from apps_admin.domain.connection_rules import require_valid
from apps_admin.domain.errors import ConnectionsFileError, ValidationError

FILE_SUFFIX = "_file"
SECRET_FIELDS = ("secret_access_key", "session_token", "external_id")
NOT_IN_FILE = frozenset({"slug", "source", "credentials"})


def parse_connections(text: str, *, read_secret: Callable[[str], str]) -> tuple[Connection, ...]:
    """The connections of the file, in its order. `read_secret` reads what a `..._file` names.

    Raises ConnectionsFileError, which names the connection and the field but no value.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConnectionsFileError(f"CONNECTIONS_FILE is not TOML: {error}.") from None
    tables = document.pop("connections", {})
    if document or not isinstance(tables, dict):
        raise ConnectionsFileError(
            "CONNECTIONS_FILE may hold only tables named [connections.SLUG]."
        )
    return tuple(_connection(slug, table, read_secret) for slug, table in tables.items())


def _connection(slug: str, table: object, read_secret: Callable[[str], str]) -> Connection:
    if not isinstance(table, dict):
        raise _fault(slug, "must be a table")
    given = dict(table)
    credentials = _credentials(slug, given.pop("credentials", {}), read_secret)
    _check_types(slug, given, Connection, NOT_IN_FILE)
    connection = Connection(
        slug=slug, source=ConnectionSource.FILE, credentials=credentials, **given
    )
    try:
        require_valid(connection)
    except ValidationError as error:
        field, messages = next(iter(error.errors.items()))
        raise _fault(slug, f"{field}: {messages[0]}") from None
    return connection


def _credentials(slug: str, table: object, read_secret: Callable[[str], str]) -> Credentials:
    if not isinstance(table, dict):
        raise _fault(slug, "credentials must be a table")
    given: dict[str, Any] = dict(table)
    base = given.pop("base", None)
    mode = given.pop("mode", CredentialMode.DEFAULT_CHAIN.value)
    for name in SECRET_FIELDS:
        path = given.pop(name + FILE_SUFFIX, None)
        if path is not None:
            given[name] = _read(slug, name, path, read_secret)
    _check_types(slug, given, Credentials, frozenset({"mode", "base"}))
    if mode not in list(CredentialMode):
        raise _fault(slug, f"credentials.mode must be one of {', '.join(CredentialMode)}")
    return Credentials(
        mode=CredentialMode(mode),
        base=None if base is None else _credentials(slug, base, read_secret),
        **given,
    )


def _read(slug: str, name: str, path: object, read_secret: Callable[[str], str]) -> str:
    try:
        return read_secret(str(path)).strip()
    except OSError as error:
        raise _fault(slug, f"{name}_file cannot be read ({error.strerror})") from None


def _check_types(slug: str, given: Mapping[str, Any], kind: type, left_out: frozenset[str]) -> None:
    wanted = {field.name: str(field.type) for field in fields(kind) if field.name not in left_out}
    for name, value in given.items():
        if name not in wanted:
            raise _fault(slug, f"{name!r} is not a setting of a connection")
        if type(value).__name__ != wanted[name]:
            raise _fault(slug, f"{name} must be of type {wanted[name]}")


def _fault(slug: str, what: str) -> ConnectionsFileError:
    return ConnectionsFileError(
        f"CONNECTIONS_FILE, connection {slug[:100]!r}: {what.rstrip('.')}.",
        hint="Mend the file; it is read again at once.",
    )
