"""What base.html needs on every page: where we are, the places to go, the theme, the nonce."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, reverse_lazy
from django.utils.functional import SimpleLazyObject

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.connection import Connection, ConnectionSource
from apps_admin.domain.errors import ConsoleError
from apps_admin.services.accounts import actor_of
from apps_admin.services.connections import ConnectionName, connection_names

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


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

# What stands in the menu under the person's name.
ACCOUNT_LINKS = (
    {"label": "Your account", "icon": "user", "url": reverse_lazy("account-show")},
    {"label": "API tokens", "icon": "key", "url": reverse_lazy("token-list")},
    {"label": "Second factors", "icon": "fingerprint", "url": reverse_lazy("mfa_index")},
)


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
        "may": SimpleLazyObject(lambda: permissions_of(workspace)),
        "embedded_engine": (
            connection.source is ConnectionSource.EMBEDDED
            if connection
            else settings.EMBEDDED_ENGINE
        ),
        "account_links": ACCOUNT_LINKS if actor else (),
        "sign_out_url": reverse_lazy("account_logout"),
        "places": SimpleLazyObject(lambda: places_of(request, connection, actor)),
    }


def _actor_of(request: HttpRequest) -> Actor | None:
    """Who is signed in; None on the pages before that."""
    user = getattr(request, "user", None)
    return actor_of(request) if user is not None and user.is_authenticated else None


def permissions_of(workspace: Any) -> dict[str, bool]:
    """Which buttons a page shows: `may.app_disable` in a template."""
    if workspace is None:
        return {}
    return {action.value.replace(".", "_"): workspace.may(action) for action in Action}


def places_of(
    request: HttpRequest, connection: Connection | None, actor: Actor | None
) -> dict[str, Any]:
    """The entries of the rail: those of the connection, and those of the console."""
    name = getattr(request.resolver_match, "url_name", None) or ""
    entries: dict[bool, list[tuple[str, str, str, bool]]] = {True: [], False: []}
    for place, url in _reachable(connection.slug if connection else None):
        if actor is None or not _may(actor, place, connection):
            continue
        is_current = name == place.url_name or name.startswith(place.prefixes)
        entries[place.in_connection].append((place.label, place.icon, url, is_current))
    return {
        "connection": tuple(entries[True]),
        "console": tuple(entries[False]),
        "connections": _connections_of(actor),
    }


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
