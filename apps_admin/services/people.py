"""What administrators do to people: roles, second factors, removal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.http import HttpRequest

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, Grant
from apps_admin.domain.errors import ConflictError, DeniedError, NotFoundError
from apps_admin.models.person import Membership, MembershipSource, Person
from apps_admin.services.account_log import record_account_action
from apps_admin.services.accounts import (
    actor_of,
    administrators,
    authorize,
    describe_grants,
    grants_of,
)
from apps_admin.services.second_factor import remove_second_factors
from apps_admin.services.sessions import current_session_id, end_session, end_sessions

LAST_ADMINISTRATOR = "Nobody else administrates every connection, so this would lock everybody out."


def list_people(actor: Actor) -> list[Person]:
    """Everybody, by name. Raises DeniedError for who administrates nothing."""
    _authorize_somewhere(actor, Action.PERSON_VIEW)
    return list(Person.objects.prefetch_related("memberships"))


def get_person(actor: Actor, person_id: int) -> Person:
    """One person. Raises NotFoundError, DeniedError."""
    _authorize_somewhere(actor, Action.PERSON_VIEW)
    person = Person.objects.prefetch_related("memberships").filter(pk=person_id).first()
    if person is None:
        raise NotFoundError("There is no such person.", hint="They may have been removed.")
    return person


def find_person(username: str) -> Person:
    """The person of this name, whatever its case; for commands. Raises NotFoundError."""
    person = Person.objects.filter(username__iexact=username).first()
    if person is None:
        raise NotFoundError(f"Nobody here is called {username}.")
    return person


def set_grant(
    actor: Actor,
    person: Person,
    connection: str,
    grant: Grant,
    *,
    request: HttpRequest | None = None,
) -> None:
    """Make a person this on a connection. Raises DeniedError, ConflictError for the last administrator."""
    _authorize_roles(actor, person, connection)
    with transaction.atomic(), _keeping_an_administrator():
        before = describe_grants(grants_of(person))
        Membership.objects.update_or_create(
            person=person,
            connection=connection,
            defaults={
                "role": grant.role,
                "reveals_secrets": grant.reveals_secrets,
                "source": MembershipSource.PEOPLE,
            },
        )
        _finish_roles(actor, person, connection, before, request)


def remove_grant(
    actor: Actor, person: Person, connection: str, *, request: HttpRequest | None = None
) -> None:
    """Take what a person is on a connection away. Raises DeniedError, NotFoundError, ConflictError."""
    _authorize_roles(actor, person, connection)
    with transaction.atomic(), _keeping_an_administrator():
        before = describe_grants(grants_of(person))
        removed, _ = Membership.objects.filter(person=person, connection=connection).delete()
        if not removed:
            raise NotFoundError(f"{person.username} has no role on {connection}.")
        _finish_roles(actor, person, connection, before, request)


def remove_person(actor: Actor, person: Person, *, request: HttpRequest | None = None) -> None:
    """Close an account and end its sessions at once. The name stays, so that the audit log stays readable."""
    authorize(actor, Action.PERSON_REMOVE, [EVERY_CONNECTION])
    with transaction.atomic(), _keeping_an_administrator():
        Person.objects.filter(pk=person.pk).update(is_active=False)
        person.is_active = False
        ended = end_sessions(person)
        record_account_action(
            Action.PERSON_REMOVE,
            actor,
            target=person.username,
            before={"account": "open"},
            after={"account": "closed", "sessions ended": ended},
            request=request,
        )


def restore_person(actor: Actor, person: Person, *, request: HttpRequest | None = None) -> None:
    """Open a closed account again, with the roles it had."""
    authorize(actor, Action.PERSON_UPDATE, [EVERY_CONNECTION])
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(is_active=True)
        person.is_active = True
        record_account_action(
            Action.PERSON_UPDATE,
            actor,
            target=person.username,
            before={"account": "closed"},
            after={"account": "open"},
            request=request,
        )


def reset_second_factor(actor: Actor, person: Person, *, request: HttpRequest | None = None) -> int:
    """Remove all second factors of somebody who lost theirs, and end their sessions. Returns how many there were."""
    authorize(actor, Action.PERSON_UPDATE, [EVERY_CONNECTION])
    with transaction.atomic():
        removed = remove_second_factors(person)
        end_sessions(person)
        record_account_action(
            Action.SECOND_FACTOR_UPDATE,
            actor,
            target=person.username,
            after={"second factors": f"{removed} removed"},
            request=request,
        )
    return removed


def end_sessions_of(actor: Actor, person: Person, *, request: HttpRequest | None = None) -> int:
    """End every session of somebody. Returns how many there were."""
    if actor.id != str(person.pk):
        authorize(actor, Action.PERSON_UPDATE, [EVERY_CONNECTION])
    with transaction.atomic():
        ended = end_sessions(person)
        record_account_action(
            Action.SESSION_END,
            actor,
            target=person.username,
            after={"sessions ended": ended},
            request=request,
        )
    return ended


def may_administrate(actor: Actor, connection: str) -> bool:
    """Whether this actor may say who is what on a connection; who administrates everything may everywhere."""
    return any(actor.may(Action.PERSON_UPDATE, place) for place in (connection, EVERY_CONNECTION))


def _authorize_roles(actor: Actor, person: Person, connection: str) -> None:
    administrates_all = actor.may(Action.PERSON_UPDATE, EVERY_CONNECTION)
    if not administrates_all:
        authorize(actor, Action.PERSON_UPDATE, [connection])
        if administrators().filter(pk=person.pk).exists():
            raise DeniedError(
                f"{person.username} administrates every connection; only others who do may change that.",
                hint="Ask an administrator of every connection.",
            )


def _authorize_somewhere(actor: Actor, action: Action) -> None:
    if not any(actor.may(action, connection) for connection in actor.grants):
        raise DeniedError(
            f"{actor.name} administrates no connection.",
            hint="People are for administrators. Ask one of them.",
        )


def _finish_roles(
    actor: Actor,
    person: Person,
    connection: str,
    before: dict[str, str],
    request: HttpRequest | None,
) -> None:
    fresh = Person.objects.get(pk=person.pk)
    record_account_action(
        Action.PERSON_UPDATE,
        actor,
        target=person.username,
        connection="" if connection == EVERY_CONNECTION else connection,
        before=before,
        after=describe_grants(grants_of(fresh)),
        request=request,
    )


@contextmanager
def _keeping_an_administrator() -> Iterator[None]:
    """Raises ConflictError when what happens within leaves nobody who administrates every connection."""
    had_one = administrators().exists()
    yield
    if had_one and not administrators().exists():
        raise ConflictError(
            LAST_ADMINISTRATOR,
            hint=f"Make somebody else {Role.ADMINISTRATOR.value} of every connection first.",
        )


def change_own_password(request: HttpRequest, person: Person, password: str) -> None:
    """Store a person's new password and end their other sessions."""
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        ended = end_sessions(person, but=current_session_id(request))
        record_account_action(
            Action.PERSON_UPDATE,
            actor_of(request),
            target=person.username,
            after={"password": "changed", "sessions ended": ended},
            request=request,
        )


def end_own_session(request: HttpRequest, person: Person, session_id: str) -> bool:
    """End one of one's own sessions; says whether there was one."""
    with transaction.atomic():
        ended = end_session(person, session_id)
        if ended:
            _record_ended(request, person, 1)
    return ended


def end_own_sessions(request: HttpRequest, person: Person) -> int:
    """End all of one's own sessions but this one; returns how many."""
    with transaction.atomic():
        ended = end_sessions(person, but=current_session_id(request))
        _record_ended(request, person, ended)
    return ended


def _record_ended(request: HttpRequest, person: Person, ended: int) -> None:
    record_account_action(
        Action.SESSION_END,
        actor_of(request),
        target=person.username,
        after={"sessions ended": ended},
        request=request,
    )
