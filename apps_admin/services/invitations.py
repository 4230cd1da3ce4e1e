"""Links by which somebody joins, or sets a new password: signed, kept only as a hash, good once, for three days."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind, Grant
from apps_admin.domain.errors import ConflictError, DeniedError, NotFoundError
from apps_admin.models.person import Invitation, Person
from apps_admin.services.account_log import record_account_action
from apps_admin.services.accounts import (
    actor_of,
    add_person,
    authorize,
    describe_grants,
    validate_person,
)
from apps_admin.services.sessions import end_sessions
from apps_admin.services.single_sign_on import has_identity_provider

VALID_FOR = timedelta(days=3)
SALT = "console.invitation"
NOT_VALID = "This link is not valid. It may have been used, withdrawn or expired."


@dataclass(frozen=True, kw_only=True)
class IssuedInvitation:
    """An invitation and its code, which is shown once and kept nowhere."""

    invitation: Invitation
    code: str


def invite_person(
    actor: Actor,
    username: str,
    grants: Mapping[str, Grant],
    *,
    request: HttpRequest | None = None,
) -> IssuedInvitation:
    """Invite somebody new. Raises DeniedError where the actor does not administrate, ValidationError for the name."""
    authorize(actor, Action.PERSON_INVITE, grants)
    name = Person.normalize_username(username)
    validate_person(Person(username=name), None)
    return _issue(
        actor,
        Invitation(username=name, grants=grants_to_json(grants)),
        Action.PERSON_INVITE,
        request,
    )


def invite_to_new_password(
    actor: Actor, person: Person, *, request: HttpRequest | None = None
) -> IssuedInvitation:
    """A link by which somebody who is here sets a new password. Their second factor stays.

    Raises ConflictError for who signs in by the identity provider: a password would outlive their account there.
    """
    authorize(actor, Action.PERSON_UPDATE, [EVERY_CONNECTION])
    if has_identity_provider(person):
        raise ConflictError(
            f"{person.username} signs in by the identity provider and has no password here.",
            hint="Reset their password there.",
        )
    Invitation.objects.filter(person=person, used_at=None).delete()
    return _issue(
        actor, Invitation(person=person, username=person.username), Action.PERSON_UPDATE, request
    )


def open_invitations() -> QuerySet[Invitation]:
    """The invitations that still work, the newest first."""
    return Invitation.objects.filter(used_at=None, expires_at__gt=timezone.now())


def withdraw_invitation(
    actor: Actor, invitation_id: int, *, request: HttpRequest | None = None
) -> Invitation:
    """Make a link useless. Raises NotFoundError when it was used or has expired."""
    invitation = open_invitations().filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFoundError("This invitation was used, withdrawn or has expired.")
    authorize(actor, Action.PERSON_INVITE, grants_from_json(invitation.grants))
    with transaction.atomic():
        record_account_action(
            Action.PERSON_INVITE,
            actor,
            target=invitation.username,
            after={"invitation": "withdrawn"},
            request=request,
        )
        Invitation.objects.filter(pk=invitation.pk).delete()
    return invitation


def find_invitation(code: str) -> Invitation:
    """The invitation this code belongs to. Raises NotFoundError, in the same words whatever is wrong with it."""
    try:
        token = signing.Signer(salt=SALT).unsign(code.strip())
    except signing.BadSignature as error:
        raise NotFoundError(NOT_VALID, hint="Ask for a new one.") from error
    return _valid(open_invitations().filter(token_hash=_hash(token)).first())


def get_invitation(invitation_id: int) -> Invitation:
    """An invitation whose code was shown before. Raises NotFoundError."""
    return _valid(open_invitations().filter(pk=invitation_id).first())


def accept_invitation(
    invitation: Invitation, password: str, *, request: HttpRequest | None = None
) -> Person:
    """Create the person, or set their new password. Raises NotFoundError when somebody was faster, ValidationError."""
    with transaction.atomic():
        used = open_invitations().filter(pk=invitation.pk).update(used_at=timezone.now())
        if not used:
            raise NotFoundError(NOT_VALID, hint="Ask for a new one.")
        if invitation.person is not None:
            return _set_new_password(invitation.person, password, invitation, request)
        grants = grants_from_json(invitation.grants)
        person = add_person(invitation.username, grants, password)
        record_account_action(
            Action.PERSON_CREATE,
            actor_of(person),
            target=person.username,
            after=describe_grants(grants),
            reason=f"invited by {invitation.invited_by}",
            request=request,
        )
    return person


def grants_to_json(grants: Mapping[str, Grant]) -> dict[str, dict[str, object]]:
    """Grants as an invitation keeps them."""
    return {
        connection: {"role": grant.role.value, "reveals_secrets": grant.reveals_secrets}
        for connection, grant in grants.items()
    }


def grants_from_json(stored: Mapping[str, Mapping[str, object]]) -> dict[str, Grant]:
    """The grants of an invitation."""
    return {
        connection: Grant(
            role=Role(str(grant["role"])), reveals_secrets=grant["reveals_secrets"] is True
        )
        for connection, grant in stored.items()
    }


def _issue(
    actor: Actor, invitation: Invitation, action: Action, request: HttpRequest | None
) -> IssuedInvitation:
    token = secrets.token_urlsafe(32)
    invitation.token_hash = _hash(token)
    invitation.invited_by = actor.name
    invitation.invited_by_id = actor.id if actor.kind is ActorKind.PERSON else ""
    invitation.expires_at = timezone.now() + VALID_FOR
    with transaction.atomic():
        invitation.save()
        record_account_action(
            action,
            actor,
            target=invitation.username,
            after=describe_grants(grants_from_json(invitation.grants))
            or {"new password link": "issued"},
            request=request,
        )
    return IssuedInvitation(invitation=invitation, code=signing.Signer(salt=SALT).sign(token))


def _valid(invitation: Invitation | None) -> Invitation:
    """The invitation, if whoever issued it could still do so."""
    if invitation is None or not _inviter_still_may(invitation):
        raise NotFoundError(NOT_VALID, hint="Ask for a new one.")
    return invitation


def _inviter_still_may(invitation: Invitation) -> bool:
    if not invitation.invited_by_id:
        return True
    inviter = Person.objects.filter(pk=invitation.invited_by_id, is_active=True).first()
    if inviter is None:
        return False
    connections = grants_from_json(invitation.grants) or [EVERY_CONNECTION]
    try:
        authorize(actor_of(inviter), Action.PERSON_INVITE, connections)
    except DeniedError:
        return False
    return True


def _set_new_password(
    person: Person, password: str, invitation: Invitation, request: HttpRequest | None
) -> Person:
    if not person.is_active:
        raise NotFoundError(NOT_VALID, hint="Ask for a new one.")
    validate_person(person, password)
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    end_sessions(person)
    record_account_action(
        Action.PERSON_UPDATE,
        actor_of(person),
        target=person.username,
        after={"password": "changed"},
        reason=f"by a link from {invitation.invited_by}",
        request=request,
    )
    return person


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
