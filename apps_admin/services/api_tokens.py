"""Tokens for programs: issued once, narrowed, expiring, rotated with overlap, revoked at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind, Grant
from apps_admin.domain.errors import (
    DeniedError,
    NotFoundError,
    TokenRefusedError,
    ValidationError,
)
from apps_admin.models.api_token import ApiToken, find_bearer
from apps_admin.models.person import Person
from apps_admin.services.accounts import as_grants, grants_of
from apps_admin.services.audit import Origin, record_event

PREFIX = "sdc_"  # findable by secret scanners
TOKEN_BYTES = 32
NAME_LENGTH = 100
HINT_LENGTH = len(PREFIX) + 6
DEFAULT_LIFETIME = timedelta(days=90)
LONGEST_LIFETIME = timedelta(days=366)
ROTATION_OVERLAP = timedelta(hours=24)
# Its last use is written down at most this often, so that reading through the API does not write SQL each time.
USE_RECORDED_EVERY = timedelta(minutes=1)
REFUSED = "The API token is not valid: unknown, expired or revoked."
REFUSED_HINT = "Send `Authorization: Bearer <token>` with a token from the page API tokens."


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A new token. `text` is shown once, and kept nowhere."""

    text: str = field(repr=False)
    row: ApiToken


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """What a token may do of what its owner may; None means all of it."""

    actions: frozenset[Action] | None = None
    connections: frozenset[str] | None = None


def create_token(
    actor: Actor,
    person: Person,
    *,
    name: str,
    narrowing: Narrowing = Narrowing(),
    lifetime: timedelta | None = DEFAULT_LIFETIME,
    origin: Origin | None = None,
) -> IssuedToken:
    """Issue a token in a person's name. `lifetime` None never expires: only the command line may ask for that.

    Raises DeniedError for a token in somebody else's name, ValidationError.
    """
    _authorize(actor, Action.TOKEN_CREATE, person)
    _validate(actor, name, narrowing, lifetime)
    with transaction.atomic():
        issued = _issue(
            person,
            name=name.strip(),
            narrowing=narrowing,
            expires_at=None if lifetime is None else timezone.now() + lifetime,
            has_second_factor=actor.has_second_factor,
        )
        _record(Action.TOKEN_CREATE, actor, issued.row, origin)
    return issued


def list_tokens(actor: Actor, person: Person | None = None) -> list[ApiToken]:
    """A person's tokens, newest first; everybody's for an administrator who names nobody."""
    tokens = ApiToken.objects.select_related("person")
    if person is not None and (_is_own(actor, person) or _administrates(actor)):
        return list(tokens.filter(person=person))
    if person is None and _administrates(actor):
        return list(tokens)
    raise DeniedError(
        f"{actor.name} may not see these tokens.", hint="Your own are on the page API tokens."
    )


def rotate_token(actor: Actor, public_id: str, *, origin: Origin | None = None) -> IssuedToken:
    """Issue a successor with the same rights and lifetime; the old one works for another 24 hours at most."""
    with transaction.atomic():
        old = _locked(actor, Action.TOKEN_ROTATE, public_id)
        now = timezone.now()
        if not is_valid(old, now):
            raise ValidationError(
                {"token": ["This token has expired or was revoked. Create another one."]}
            )
        lifetime = None if old.expires_at is None else old.expires_at - old.created_at
        issued = _issue(
            old.person,
            name=old.name,
            narrowing=narrowing_of(old),
            expires_at=None if lifetime is None else now + lifetime,
            has_second_factor=old.has_second_factor and actor.has_second_factor,
        )
        overlap_ends_at = now + ROTATION_OVERLAP
        old.expires_at = min(old.expires_at or overlap_ends_at, overlap_ends_at)
        old.save(update_fields=["expires_at"])
        _record(Action.TOKEN_ROTATE, actor, issued.row, origin, replaces=old.public_id)
    return issued


def revoke_token(actor: Actor, public_id: str, *, origin: Origin | None = None) -> ApiToken:
    """End a token at once. Revoking one that is revoked changes nothing."""
    with transaction.atomic():
        row = _locked(actor, Action.TOKEN_REVOKE, public_id)
        if row.revoked_at is None:
            row.revoked_at = timezone.now()
            row.save(update_fields=["revoked_at"])
            _record(Action.TOKEN_REVOKE, actor, row, origin)
    return row


def actor_of_token(text: str, *, address: str = "") -> Actor:
    """Who a request with this token acts as. Raises TokenRefusedError, the same for every reason."""
    found = find_bearer(_hash(text))
    now = timezone.now()
    if found is None or not is_valid(found.token, now):
        raise TokenRefusedError(REFUSED, hint=REFUSED_HINT)
    _record_use(found.token, now, address)
    return _actor(found.token, as_grants(found.memberships))


def actor_of_row(row: ApiToken) -> Actor:
    """The actor a token stands for now: never more than its owner is at this moment."""
    return _actor(row, grants_of(row.person))


def _actor(row: ApiToken, grants: dict[str, Grant]) -> Actor:
    narrowing = narrowing_of(row)
    if narrowing.connections is not None:
        everywhere = grants.get(EVERY_CONNECTION)
        owned = {slug: grants.get(slug) or everywhere for slug in narrowing.connections}
        grants = {slug: grant for slug, grant in owned.items() if grant}
    return Actor(
        kind=ActorKind.TOKEN,
        id=row.public_id,
        name=f"{row.name} (token of {row.person.username})",
        grants=grants,
        scopes=narrowing.actions,
        has_second_factor=row.has_second_factor,
    )


def is_valid(row: ApiToken, now: datetime) -> bool:
    """Whether a token is accepted at this moment."""
    return (
        row.person.is_active
        and not row.person.must_change_password
        and row.revoked_at is None
        and (row.expires_at is None or row.expires_at > now)
    )


def narrowing_of(row: ApiToken) -> Narrowing:
    """A token's narrowing as a value. An action this version does not know is none it may do."""
    return Narrowing(
        actions=None
        if row.actions is None
        else frozenset(Action(action) for action in row.actions if action in set(Action)),
        connections=None if row.connections is None else frozenset(row.connections),
    )


def _issue(
    person: Person,
    *,
    name: str,
    narrowing: Narrowing,
    expires_at: datetime | None,
    has_second_factor: bool,
) -> IssuedToken:
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = ApiToken.objects.create(
        public_id=f"tok-{secrets.token_hex(8)}",
        person=person,
        name=name,
        hint=text[:HINT_LENGTH],
        token_hash=_hash(text),
        actions=_sorted(narrowing.actions),
        connections=_sorted(narrowing.connections),
        has_second_factor=has_second_factor,
        expires_at=expires_at,
    )
    return IssuedToken(text=text, row=row)


def _sorted(values: Collection[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _validate(actor: Actor, name: str, narrowing: Narrowing, lifetime: timedelta | None) -> None:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= NAME_LENGTH:
        errors["name"] = ["Name the program that will use the token (1 to 100 characters)."]
    if narrowing.actions is not None and not narrowing.actions:
        errors["actions"] = ["Choose at least one action, or all of them."]
    if narrowing.connections is not None and not narrowing.connections:
        errors["connections"] = ["Choose at least one connection, or all of them."]
    if lifetime is None and actor.kind is not ActorKind.COMMAND:
        errors["lifetime"] = ["A token made here expires; the command line can make others."]
    if lifetime is not None and not timedelta(0) < lifetime <= LONGEST_LIFETIME:
        errors["lifetime"] = [f"A token lasts 1 to {LONGEST_LIFETIME.days} days."]
    if errors:
        raise ValidationError(errors)


def _authorize(actor: Actor, action: Action, person: Person) -> None:
    """A person acts on their own tokens; administrators end those of others, and only commands make them."""
    is_allowed = actor.kind is ActorKind.COMMAND or _is_own(actor, person)
    if action is Action.TOKEN_REVOKE:
        is_allowed = is_allowed or _administrates(actor)
    if not is_allowed:
        raise DeniedError(
            f"{actor.name} may not do {action} for {person.username}.",
            hint="Tokens are made and rotated by the person in whose name they act.",
        )


def _is_own(actor: Actor, person: Person) -> bool:
    return actor.kind is ActorKind.PERSON and actor.id == str(person.pk)


def _administrates(actor: Actor) -> bool:
    return actor.may(Action.PERSON_UPDATE, EVERY_CONNECTION)


def _locked(actor: Actor, action: Action, public_id: str) -> ApiToken:
    row = (
        ApiToken.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise NotFoundError(f"There is no token {public_id[:40]!r}.")
    _authorize(actor, action, row.person)
    return row


def _record(
    action: Action, actor: Actor, row: ApiToken, origin: Origin | None, *, replaces: str = ""
) -> None:
    record_event(
        actor,
        action,
        target=row.public_id,
        after={
            "name": row.name,
            "owner": row.person.username,
            "actions": row.actions,
            "connections": row.connections,
            "expires_at": row.expires_at and row.expires_at.isoformat(),
            **({"replaces": replaces} if replaces else {}),
        },
        origin=origin,
    )


def _record_use(row: ApiToken, now: datetime, address: str) -> None:
    """Remember the last use. Two requests at once write it once."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_RECORDED_EVERY)
    if row.last_used_at is None or row.last_used_at < now - USE_RECORDED_EVERY:
        ApiToken.objects.filter(stale, pk=row.pk).update(
            last_used_at=now, last_used_address=address[:64]
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
