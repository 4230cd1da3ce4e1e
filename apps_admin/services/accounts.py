"""People: who may do what where, who joins, who leaves."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Iterable, Mapping

from django.contrib.auth import password_validation
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError as FieldValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind, Grant
from apps_admin.domain.errors import DeniedError, ValidationError
from apps_admin.models.person import Membership, MembershipSource, Person, memberships_of
from apps_admin.services.account_log import record_account_action
from apps_admin.services.sessions import has_second_factor

FULL_ACCESS: Mapping[str, Grant] = {
    EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
}
# Characters that cannot be mistaken for one another when a password is typed from a terminal.
PASSWORD_ALPHABET = "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRSTUVWXYZ2345679"  # noqa: S105
FIRST_ADMINISTRATOR = "admin"


def actor_of(source: HttpRequest | AbstractBaseUser | AnonymousUser) -> Actor:
    """Who does what this request, or this person, asks for.

    Nobody, or somebody deactivated, gets an actor that may do nothing. Only a request can prove a second factor.
    """
    request = source if isinstance(source, HttpRequest) else None
    person = source.user if isinstance(source, HttpRequest) else source
    if not isinstance(person, Person) or not person.is_active:
        return Actor(kind=ActorKind.PERSON, id="", name="anonymous")
    return Actor(
        kind=ActorKind.PERSON,
        id=str(person.pk),
        name=person.username,
        grants=as_grants(memberships_of(person.pk)),
        has_second_factor=request is not None and has_second_factor(request),
    )


def command_actor() -> Actor:
    """Somebody at the server's own command line, who may do everything."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = "unknown"
    return Actor(
        kind=ActorKind.COMMAND,
        id=account,
        name=f"{account} (command line)",
        grants=FULL_ACCESS,
        has_second_factor=True,
    )


def grants_of(person: Person) -> dict[str, Grant]:
    """What a person is on which connection."""
    return as_grants(person.memberships.all())


def as_grants(memberships: Iterable[Membership]) -> dict[str, Grant]:
    """What memberships make their person on which connection."""
    return {
        membership.connection: Grant(
            role=Role(membership.role), reveals_secrets=membership.reveals_secrets
        )
        for membership in memberships
    }


def create_first_administrator(
    username: str | None = None, password: str | None = None
) -> tuple[str, str | None]:
    """Make sure somebody can administrate everything; returns their name and a one-time password.

    The password is None when it was given, or when there is an administrator already: nothing is created then.
    A one-time password only lets its person choose another.
    """
    name = username or FIRST_ADMINISTRATOR
    existing = administrators().order_by("pk").first()
    if existing is not None:
        return existing.username, None
    try:
        person, one_time = create_operator(command_actor(), name, FULL_ACCESS, password=password)
    except IntegrityError:
        return name, None  # another process, starting at the same moment, was faster
    return person.username, one_time


def create_operator(
    actor: Actor, username: str, grants: Mapping[str, Grant], *, password: str | None = None
) -> tuple[Person, str | None]:
    """A new person with these grants, and the one-time password where none was given.

    Raises DeniedError, or ValidationError for a bad or taken username or a weak password.
    """
    authorize(actor, Action.PERSON_CREATE, grants)
    one_time = None if password else generate_password()
    with transaction.atomic():
        person = add_person(username, grants, password or one_time, must_change=not password)
        record_account_action(
            Action.PERSON_CREATE, actor, target=person.username, after=describe_grants(grants)
        )
    return person, one_time


def authorize(actor: Actor, action: Action, connections: Iterable[str]) -> None:
    """Raises DeniedError unless the actor may do this on each connection; on every one when none is named."""
    for connection in list(connections) or [EVERY_CONNECTION]:
        if not actor.may(action, connection):
            place = "every connection" if connection == EVERY_CONNECTION else connection
            raise DeniedError(
                f"{actor.name} may not do {action} on {place}.",
                hint="Ask an administrator of that connection.",
            )


def administrators() -> QuerySet[Person]:
    """The active people who administrate every connection."""
    return Person.objects.filter(
        is_active=True,
        memberships__connection=EVERY_CONNECTION,
        memberships__role=Role.ADMINISTRATOR,
    )


def describe_grants(grants: Mapping[str, Grant]) -> dict[str, str]:
    """Grants as the audit log keeps them: {"production": "operator, reveals secrets"}."""
    return {
        connection: grant.role.value + (", reveals secrets" if grant.reveals_secrets else "")
        for connection, grant in sorted(grants.items())
    }


def generate_password() -> str:
    """A one-time password: 5 groups of 4 characters, about 113 bits."""
    return "-".join("".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(4)) for _ in range(5))


def add_person(
    username: str, grants: Mapping[str, Grant], password: str | None, *, must_change: bool = False
) -> Person:
    """Store a new person. Raises ValidationError; authorizing and auditing are the caller's."""
    person = Person(username=Person.normalize_username(username), must_change_password=must_change)
    validate_person(person, password)
    person.set_password(password)
    person.save()
    store_grants(person, grants)
    return person


def validate_person(person: Person, password: str | None) -> None:
    """Raises ValidationError with what is wrong about a username or a chosen password."""
    errors: dict[str, list[str]] = {}
    try:
        person.full_clean(exclude=["password"])
    except FieldValidationError as error:
        errors |= {
            "username" if field == "__all__" else field: texts
            for field, texts in error.message_dict.items()
        }
    if password is not None:
        try:
            password_validation.validate_password(password, person)
        except FieldValidationError as error:
            errors["password"] = error.messages
    if errors:
        raise ValidationError(errors)


def store_grants(
    person: Person,
    grants: Mapping[str, Grant],
    source: MembershipSource = MembershipSource.PEOPLE,
) -> None:
    """Replace the memberships of this source by these grants."""
    person.memberships.filter(source=source).exclude(connection__in=grants).delete()
    for connection, grant in grants.items():
        Membership.objects.update_or_create(
            person=person,
            connection=connection,
            defaults={
                "role": grant.role,
                "reveals_secrets": grant.reveals_secrets,
                "source": source,
            },
        )
