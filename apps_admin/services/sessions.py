"""Sessions: how somebody signed in, how long ago, and how to end it."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from apps_admin.models.person import Person
from apps_admin.models.session import (
    ADDRESS_KEY,
    USER_AGENT_KEY,
    Session,
    SessionStore,
    hash_session_key,
)


def person_of(request: HttpRequest) -> Person:
    """Who is signed in; views behind the sign-in always have somebody."""
    assert isinstance(request.user, Person)  # noqa: S101 - LoginRequiredMiddleware stands before
    return request.user


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was signed in to with a second factor, here or at a trusted identity provider."""
    methods = {record.get("method") for record in _records(request)}
    if "mfa" in methods:
        return True
    return bool(settings.OIDC_HAS_SECOND_FACTOR) and "socialaccount" in methods


def is_fresh(request: HttpRequest) -> bool:
    """Whether who sits there proved who they are within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds."""
    times = [float(record.get("at", 0)) for record in _records(request)]
    return bool(times) and time.time() - max(times) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def start_session(request: HttpRequest, address: str, user_agent: str) -> None:
    """Note where a session that was just signed in to comes from, and count its age from now.

    Sessions that have expired are removed on the way.
    """
    SessionStore.clear_expired()
    request.session[ADDRESS_KEY] = address
    request.session[USER_AGENT_KEY] = user_agent
    if isinstance(request.session, SessionStore):
        request.session.restart()


def list_sessions(person: Person) -> list[Session]:
    """The person's live sessions, the newest use first."""
    return list(Session.objects.live().filter(person_id=person.pk).order_by("-last_seen_at"))


def current_session_id(request: HttpRequest) -> str:
    """The id of the session this request belongs to; empty without one."""
    key = request.session.session_key
    return hash_session_key(key) if key else ""


def end_session(person: Person, session_id: str) -> bool:
    """End one session of this person; says whether there was one."""
    return bool(Session.objects.filter(person_id=person.pk, session_key=session_id).delete()[0])


def end_sessions(person: Person, *, but: str = "") -> int:
    """End every session of this person, but one where named; returns how many."""
    return int(Session.objects.filter(person_id=person.pk).exclude(session_key=but).delete()[0])


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    if not isinstance(request.user, Person):
        return []
    return list(get_authentication_records(request, request.user))
