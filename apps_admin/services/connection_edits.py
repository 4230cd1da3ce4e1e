"""Creating, changing and deleting connections: authorized, audited, their secrets through the vault alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction

from apps_admin.aws.session import CLIENTS
from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor
from apps_admin.domain.audit import Outcome
from apps_admin.domain.connection import (
    Connection,
    ConnectionSource,
    CredentialMode,
    Credentials,
)
from apps_admin.domain.connection_rules import require_valid
from apps_admin.domain.errors import (
    ConnectionConflictError,
    ConnectionNotFoundError,
    DeniedError,
    ValidationError,
)
from apps_admin.models import ConnectionTest, Membership, StoredConnection
from apps_admin.models.vault import VaultEntry, VaultPurpose
from apps_admin.services.audit import (
    Origin,
    record_event,
    records_answering,
    revision_key,
    secret_fingerprint,
)
from apps_admin.services.connections import is_declared
from apps_admin.services.stored_connections import (
    COLUMNS,
    connection_of,
    public_parts,
    secret_parts,
)
from apps_admin.services.vault import keep_secret

# What decides which records are reached, and as whom: only an administrator of every connection may choose it.
PLACE_FIELDS = ("table", "region", "endpoint", "credentials")


def create_connection(
    actor: Actor, connection: Connection, *, origin: Origin | None = None, dry_run: bool = False
) -> Connection:
    """Keep a new connection; with `dry_run`, only say what it would be.

    Raises DeniedError, or ValidationError (also for a slug that is taken).
    """
    _authorize(actor, Action.CONNECTION_CREATE, EVERY_CONNECTION, connection.slug, origin)
    connection = replace(connection, source=ConnectionSource.SQL)
    require_valid(connection)
    taken = ValidationError({"slug": [f"There is a connection {connection.slug!r} already."]})
    if is_declared(connection.slug):
        raise taken
    if dry_run:
        with records_answering():
            if StoredConnection.objects.filter(slug=connection.slug).exists():
                raise taken
        return connection
    try:
        with records_answering(), transaction.atomic():
            row = StoredConnection(slug=connection.slug)
            _fill(row, connection)
            row.save(force_insert=True)
            record_event(
                actor,
                Action.CONNECTION_CREATE,
                connection=connection.slug,
                target=connection.slug,
                after=describe_connection(connection),
                origin=origin,
            )
    except IntegrityError:
        raise taken from None
    return connection


def update_connection(
    actor: Actor,
    edited: Connection,
    *,
    origin: Origin | None = None,
    revision: str | None = None,
    dry_run: bool = False,
) -> Connection:
    """Change a connection in SQL; secrets left blank are kept. With `dry_run`, only say what it would be.

    `revision` is what `edited` was made from. Raises DeniedError, ValidationError, ConnectionNotFoundError,
    ConnectionConflictError.
    """
    _authorize(actor, Action.CONNECTION_UPDATE, edited.slug, edited.slug, origin)
    with records_answering(), transaction.atomic():
        row = _locked(edited.slug)
        before = connection_of(row)
        _require_revision(before, revision)
        after = replace(
            edited,
            source=ConnectionSource.SQL,
            credentials=with_kept_secrets(edited.credentials, before.credentials),
        )
        require_valid(after)
        if any(getattr(before, name) != getattr(after, name) for name in PLACE_FIELDS):
            _require_everywhere(actor, Action.CONNECTION_UPDATE)
        if before == after or dry_run:
            return after
        former = row.secrets
        _fill(row, after)
        row.save()
        if former is not None:
            former.delete()
        record_event(
            actor,
            Action.CONNECTION_UPDATE,
            connection=after.slug,
            target=after.slug,
            before=describe_connection(before),
            after=describe_connection(after),
            origin=origin,
        )
    CLIENTS.close(after.slug)
    return after


def delete_connection(
    actor: Actor,
    slug: str,
    *,
    confirmation: str,
    origin: Origin | None = None,
    revision: str | None = None,
    dry_run: bool = False,
) -> None:
    """Forget a connection: its secrets, its tests and people's roles on it. The table stays as it is.

    Raises DeniedError, ConnectionNotFoundError, ConnectionConflictError, or ValidationError when the confirmation is
    not the slug (a `dry_run` needs none).
    """
    _authorize(actor, Action.CONNECTION_DELETE, EVERY_CONNECTION, slug, origin)
    if confirmation != slug and not dry_run:
        raise ValidationError({"confirmation": [f"Type {slug} to confirm. Nothing was deleted."]})
    with records_answering(), transaction.atomic():
        row = _locked(slug)
        before = connection_of(row)
        _require_revision(before, revision)
        if dry_run:
            return
        former = row.secrets
        row.delete()
        if former is not None:
            former.delete()
        ConnectionTest.objects.filter(connection=slug).delete()
        # A later connection of the same name must not inherit anybody's role.
        Membership.objects.filter(connection=slug).delete()
        record_event(
            actor,
            Action.CONNECTION_DELETE,
            connection=slug,
            target=slug,
            before=describe_connection(before),
            origin=origin,
        )
    CLIENTS.close(slug)


def connection_revision(connection: Connection) -> str:
    """A keyed fingerprint of all that is kept of a connection, its secrets too: what If-Match carries."""
    described = json.dumps(describe_connection(connection), sort_keys=True)
    return hmac.new(revision_key(), described.encode(), hashlib.sha256).hexdigest()


def describe_connection(connection: Connection) -> dict[str, Any]:
    """A connection as the audit log keeps it: secrets as fingerprints."""
    described = {name: getattr(connection, name) for name in COLUMNS}
    described["credentials"] = {
        "mode": connection.credentials.mode.value,
        **public_parts(connection.credentials),
    }
    described["secrets"] = _fingerprints(secret_parts(connection.credentials))
    return described


def _fingerprints(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _fingerprints(part) if isinstance(part, dict) else secret_fingerprint(part)
        for name, part in parts.items()
    }


def with_kept_secrets(edited: Credentials, before: Credentials) -> Credentials:
    """The edited credentials, with each secret that was left blank as it was before.

    Raises ValidationError when a kept secret would belong to another key id.
    """
    base = edited.base
    if base is not None:
        base = with_kept_secrets(base, before.base or Credentials())
    if edited.mode is not CredentialMode.STATIC or before.mode is not CredentialMode.STATIC:
        return replace(edited, base=base)
    if edited.secret_access_key:
        return replace(edited, base=base)
    if edited.access_key_id != before.access_key_id:
        raise ValidationError(
            {"secret_access_key": ["Enter the secret that belongs to the new access key id."]}
        )
    return replace(
        edited,
        base=base,
        secret_access_key=before.secret_access_key,
        session_token=edited.session_token or before.session_token,
    )


def _require_revision(stored: Connection, revision: str | None) -> None:
    if revision is not None and revision != connection_revision(stored):
        raise ConnectionConflictError(
            f"{stored.name} was changed since you read it. Nothing was written.",
            hint="Read it again and decide anew.",
            stored=stored,
        )


def _fill(row: StoredConnection, connection: Connection) -> None:
    for name in COLUMNS:
        setattr(row, name, getattr(connection, name))
    row.credential_mode = connection.credentials.mode.value
    row.credentials = public_parts(connection.credentials)
    row.secrets = _kept(connection)


def _kept(connection: Connection) -> VaultEntry | None:
    """The secrets of a connection as a new entry of the vault. Raises VaultKeyError without keys."""
    secrets = secret_parts(connection.credentials)
    if not secrets:
        return None
    return keep_secret(
        json.dumps(secrets),
        VaultPurpose.CREDENTIALS,
        connection=connection.slug,
        subject="credentials",
    )


def _locked(slug: str) -> StoredConnection:
    row = StoredConnection.objects.select_for_update().filter(slug=slug).first()
    if row is None or is_declared(slug):
        raise ConnectionNotFoundError(
            f"There is no connection {slug[:100]!r} that can be changed here.",
            hint="Connections of the environment and of CONNECTIONS_FILE are changed there.",
        )
    return row


def _authorize(actor: Actor, action: Action, where: str, slug: str, origin: Origin | None) -> None:
    """Raises DeniedError, recorded, when the actor may not do this."""
    if actor.may(action, where):
        return
    record_event(
        actor,
        action,
        connection=slug[:100],
        target=slug[:100],
        outcome=Outcome.DENIED,
        origin=origin,
        error=DeniedError.code,
    )
    raise DeniedError(
        f"{actor.name} may not do {action.value}.", hint="Ask an administrator of every connection."
    )


def _require_everywhere(actor: Actor, action: Action) -> None:
    """Raises DeniedError unless the actor administrates every connection."""
    if not actor.may(action, EVERY_CONNECTION):
        raise DeniedError(
            "Only an administrator of every connection may choose table, region, endpoint or credentials.",
            hint="Ask one to make this change; the other settings of this connection are yours.",
        )
