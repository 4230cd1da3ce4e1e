"""The connections there are: declared in the environment, embedded, declared in a file, or kept in SQL.

A slug declared in the environment or the file wins over one in SQL of the same name. Nothing is guessed: what is
declared and does not work fails with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps_admin.aws.embedded_engine import ensure_engine
from apps_admin.domain.actor import Actor
from apps_admin.domain.connection import (
    DEFAULT_REGION,
    DEFAULT_TABLE,
    Connection,
    ConnectionSource,
)
from apps_admin.domain.connection_file import parse_connections
from apps_admin.domain.errors import ConnectionNotFoundError, ConnectionsFileError
from apps_admin.models import StoredConnection
from apps_admin.models.connection import connections_to_name
from apps_admin.services.audit import records_answering
from apps_admin.services.stored_connections import connection_of

DEFAULT_SLUG = "default"


def list_connections(actor: Actor) -> tuple[Connection, ...]:
    """The connections this actor may see: declared ones first, then those in SQL by slug."""
    return tuple(connection for connection in all_connections() if actor.grant_on(connection.slug))


@dataclass(frozen=True, kw_only=True)
class ConnectionName:
    """What a list of connections to switch to shows of one."""

    slug: str
    name: str
    color: str


def connection_names(actor: Actor) -> tuple[ConnectionName, ...]:
    """The connections this actor may see, in the order of `list_connections`, without opening any secret."""
    with records_answering():
        stored = [(row.slug, row.label or row.slug, row.color) for row in connections_to_name()]
    by_slug: dict[str, ConnectionName] = {}
    for slug, name, color in (*((c.slug, c.name, c.color) for c in _declared()), *stored):
        by_slug.setdefault(slug, ConnectionName(slug=slug, name=name, color=color))
    return tuple(each for each in by_slug.values() if actor.grant_on(each.slug))


def second_factor_slugs() -> frozenset[str]:
    """The connections that ask for a second factor."""
    with records_answering():
        stored = dict(StoredConnection.objects.values_list("slug", "second_factor_required"))
    asking = stored | {each.slug: each.second_factor_required for each in _declared()}
    return frozenset(slug for slug, is_asking in asking.items() if is_asking)


def all_connections() -> tuple[Connection, ...]:
    """Every connection, whoever may see it; for commands and jobs."""
    with records_answering():
        stored = [connection_of(row) for row in StoredConnection.objects.select_related("secrets")]
    by_slug: dict[str, Connection] = {}
    for connection in (*_declared(), *stored):
        by_slug.setdefault(connection.slug, connection)
    return tuple(by_slug.values())


def get_connection(slug: str) -> Connection:
    """The connection with this slug. Raises ConnectionNotFoundError. Authorizes nobody: open a workspace for that."""
    for connection in _declared():
        if connection.slug == slug:
            return connection
    with records_answering():
        row = StoredConnection.objects.select_related("secrets").filter(slug=slug).first()
    if row is None:
        raise ConnectionNotFoundError(
            f"There is no connection {slug[:100]!r}.",
            hint="The list of connections shows those you may use.",
        )
    return connection_of(row)


def is_declared(slug: str) -> bool:
    """Whether a slug is taken by the environment or the file, so that SQL cannot have it."""
    return any(connection.slug == slug for connection in _declared())


def _declared() -> Iterator[Connection]:
    if settings.EMBEDDED_ENGINE:
        yield _embedded()
    elif _is_set_by_environment():
        yield Connection(
            slug=DEFAULT_SLUG,
            table=settings.DYNAMODB_TABLE or DEFAULT_TABLE,
            region=settings.DYNAMODB_REGION or DEFAULT_REGION,
            endpoint=settings.DYNAMODB_ENDPOINT or "",
            source=ConnectionSource.ENVIRONMENT,
        )
    if settings.CONNECTIONS_FILE:
        yield from _in_file(Path(settings.CONNECTIONS_FILE))


def _is_set_by_environment() -> bool:
    return any(
        value is not None
        for value in (
            settings.DYNAMODB_TABLE,
            settings.DYNAMODB_REGION,
            settings.DYNAMODB_ENDPOINT,
        )
    )


def _embedded() -> Connection:
    return Connection(
        slug=DEFAULT_SLUG,
        label="Embedded engine",
        endpoint=ensure_engine(settings.EMBEDDED_ENGINE_DIR).endpoint,
        source=ConnectionSource.EMBEDDED,
    )


def _in_file(path: Path) -> tuple[Connection, ...]:
    """What the file declares. It is read each time, so that it and the secret files it names may be replaced."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConnectionsFileError(
            f"CONNECTIONS_FILE cannot be read ({type(error).__name__}).",
            hint="Check the path, and that the user the console runs as may read it.",
        ) from error
    return parse_connections(text, read_secret=lambda name: Path(name).read_text())
