"""What base.html needs on every page: where we are, the places to go, the theme, the nonce."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.connection import Connection, ConnectionSource
from apps_admin.domain.errors import ConsoleError
from apps_admin.services.accounts import actor_of
from apps_admin.services.connections import ConnectionName, connection_names
from apps_admin.services.workspace import Workspace

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
# An action as templates name it.
ACTIONS = {action.value.replace(".", "_"): action for action in Action}

Entry: TypeAlias = tuple[str, str, str, bool]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry of the rail. `url_name` is where it leads, `prefixes` the URL names for which it is current."""

    label: str
    icon: str
    url_name: str
    prefixes: tuple[str, ...]
    action: Action
    in_connection: bool = True


# A place is shown when its URL exists and the actor may do its action.
PLACES = (
    Place(label="Overview", icon="gauge", url_name="overview", prefixes=("overview",),
          action=Action.APP_VIEW),
    Place(label="Apps", icon="layout-list", url_name="app-list",
          prefixes=("app-", "deleted-app-", "delivery-", "webhook-"),
          action=Action.APP_VIEW),
    Place(label="Doctor", icon="stethoscope", url_name="doctor", prefixes=("doctor",),
          action=Action.APP_VIEW),
    Place(label="Import and export", icon="switch-horizontal", url_name="transfer-list",
          prefixes=("transfer-",), action=Action.APP_EXPORT),
    Place(label="Jobs", icon="list-check", url_name="job-list", prefixes=("job-",),
          action=Action.JOB_VIEW),
    Place(label="Table", icon="table", url_name="table-record", prefixes=("table-",),
          action=Action.TABLE_VIEW),
    Place(label="Audit log", icon="history", url_name="audit-list", prefixes=("audit-",),
          action=Action.AUDIT_VIEW),
    Place(label="Connection", icon="plug-connected", url_name="connection-record",
          prefixes=("connection-record", "connection-test", "connection-environment"),
          action=Action.CONNECTION_VIEW),
    Place(label="Connections", icon="server-2", url_name="connection-list", prefixes=("connection-list",),
          action=Action.CONNECTION_VIEW, in_connection=False),
    Place(label="Schemas and policies", icon="file-code", url_name="generator-list",
          prefixes=("generator-",), action=Action.TABLE_VIEW, in_connection=False),
    Place(label="Audit log of everything", icon="history", url_name="audit-all-list",
          prefixes=("audit-all",), action=Action.AUDIT_VIEW, in_connection=False),
    Place(label="People", icon="users", url_name="person-list", prefixes=("person-",),
          action=Action.PERSON_VIEW, in_connection=False),
    Place(label="API tokens", icon="key", url_name="token-list", prefixes=("token-",),
          action=Action.TOKEN_CREATE, in_connection=False),
)  # fmt: skip

# What stands in the menu under the person's name: label, icon and URL name.
ACCOUNT_LINKS = (
    ("Your account", "user", "account-show"),
    ("API tokens", "key", "token-list"),
    ("Second factors", "fingerprint", "mfa_index"),
)


@dataclass(frozen=True, kw_only=True)
class ShownConnection:
    """What the rail says of the connection of a page."""

    slug: str
    name: str
    table: str
    region: str
    endpoint: str
    protected: bool
    read_only: bool


@dataclass(frozen=True, kw_only=True)
class Rail:
    """Where one can go from a page: `here` are the entries of its connection, `elsewhere` those of the console.

    An entry is its label, icon, address, and whether it is the page's own. `connections` are those to switch to.
    """

    connection: ShownConnection | None
    connections: tuple[ConnectionName, ...]
    here: tuple[Entry, ...]
    elsewhere: tuple[Entry, ...]


class Permissions(dict[str, bool]):
    """Which buttons a page shows: `may.app_disable` in a template. Each is judged when it is first asked."""

    def __init__(self, workspace: Workspace | None) -> None:
        super().__init__()
        self._workspace = workspace

    def __missing__(self, name: str) -> bool:
        """Whether the action of this name may be done. Raises KeyError for a name that is no action's."""
        is_allowed = self._workspace is not None and self._workspace.may(ACTIONS[name])
        self[name] = is_allowed
        return is_allowed


def console(request: HttpRequest) -> dict[str, Any]:
    """The context of base.html."""
    workspace = getattr(request, "workspace", None)
    connection: Connection | None = workspace.connection if workspace else None
    actor: Actor | None = workspace.actor if workspace else _actor_of(request)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        # django-htmx and the scripts read this name; django-csp's own processor says CSP_NONCE.
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "theme": theme if theme in THEMES else "auto",
        "connection": connection,
        "actor": actor,
        "may": Permissions(workspace),
        "embedded_engine": (
            connection.source is ConnectionSource.EMBEDDED
            if connection
            else settings.EMBEDDED_ENGINE
        ),
        "account_links": _account_links() if actor else (),
        "sign_out_url": _address("account_logout"),
        # Called by the template that shows it: pages without a rail ask nothing.
        "rail": partial(rail_of, request, connection, actor),
    }


def _actor_of(request: HttpRequest) -> Actor | None:
    """Who is signed in; None on the pages before that."""
    user = getattr(request, "user", None)
    return actor_of(request) if user is not None and user.is_authenticated else None


def rail_of(request: HttpRequest, connection: Connection | None, actor: Actor | None) -> Rail:
    """The rail of a page."""
    name = getattr(request.resolver_match, "url_name", None) or ""
    entries: dict[bool, list[Entry]] = {True: [], False: []}
    for place, url in _reachable(connection.slug if connection else None):
        if actor is None or not _may(actor, place, connection):
            continue
        is_current = name == place.url_name or name.startswith(place.prefixes)
        entries[place.in_connection].append((place.label, place.icon, url, is_current))
    return Rail(
        connection=_shown(connection) if connection else None,
        connections=_connections_of(actor),
        here=tuple(entries[True]),
        elsewhere=tuple(entries[False]),
    )


def _shown(connection: Connection) -> ShownConnection:
    return ShownConnection(
        slug=connection.slug,
        name=connection.name,
        table=connection.table,
        region=connection.region,
        endpoint=connection.endpoint,
        protected=connection.protected,
        read_only=connection.read_only,
    )


def _connections_of(actor: Actor | None) -> tuple[ConnectionName, ...]:
    """The connections to switch to; none when they cannot be read, which other pages tell."""
    try:
        return connection_names(actor) if actor else ()
    except ConsoleError:
        return ()


def _may(actor: Actor, place: Place, connection: Connection | None) -> bool:
    """In a connection, there; elsewhere, on any connection."""
    slugs = [connection.slug] if place.in_connection and connection else list(actor.grants)
    return any(actor.may(place.action, slug) for slug in slugs)


@functools.lru_cache(maxsize=256)
def _reachable(slug: str | None) -> tuple[tuple[Place, str], ...]:
    """The places and their addresses; without a connection, those of the console alone."""
    found = []
    for place in PLACES:
        if place.in_connection and slug is None:
            continue
        try:
            url = reverse(place.url_name, args=[slug] if place.in_connection else [])
        except NoReverseMatch:
            continue
        found.append((place, url))
    return tuple(found)


@functools.cache
def _account_links() -> tuple[tuple[str, str, str], ...]:
    """Label, icon and address of each."""
    return tuple((label, icon, _address(url_name)) for label, icon, url_name in ACCOUNT_LINKS)


@functools.cache
def _address(url_name: str) -> str:
    """The address of a page there is one of."""
    return reverse(url_name)
