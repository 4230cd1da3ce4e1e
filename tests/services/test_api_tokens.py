"""Tokens for programs."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, ActorKind, Grant
from apps_admin.domain.errors import DeniedError, TokenRefusedError, ValidationError
from apps_admin.models import ApiToken, AuditEntry, Membership, Person
from apps_admin.services.accounts import actor_of, add_person, command_actor
from apps_admin.services.api_tokens import (
    ROTATION_OVERLAP,
    Narrowing,
    actor_of_token,
    create_token,
    list_tokens,
    revoke_token,
    rotate_token,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(db: None) -> Person:
    return add_person("olga", {"production": Grant(role=Role.OPERATOR)}, "correct horse battery")


@pytest.fixture
def ada(db: None) -> Person:
    everything = {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)}
    return add_person("ada", everything, "correct horse battery")


def test_a_token_acts_as_its_owner_may(olga: Person) -> None:
    issued = create_token(actor_of(olga), olga, name="ci")

    actor = actor_of_token(issued.text)

    assert actor.kind is ActorKind.TOKEN
    assert actor.name == "ci (token of olga)"
    assert actor.may(Action.APP_CREATE, "production")
    assert not actor.may(Action.APP_CREATE, "staging")
    assert not actor.may(Action.APP_REVEAL_SECRET, "production")


def test_only_the_hash_of_a_token_is_kept(olga: Person) -> None:
    issued = create_token(actor_of(olga), olga, name="ci")

    row = ApiToken.objects.values().get()
    assert row["token_hash"] == hashlib.sha256(issued.text.encode()).hexdigest()
    assert issued.text not in repr(row)
    assert issued.text not in repr(issued)
    assert issued.text not in repr(list(AuditEntry.objects.values()))
    assert issued.text.startswith("sdc_")
    assert len(issued.text) >= 4 + 43


def test_a_token_is_narrowed_to_actions_and_connections(ada: Person) -> None:
    narrowing = Narrowing(
        actions=frozenset({Action.APP_VIEW, Action.APP_DISABLE}), connections=frozenset({"staging"})
    )
    actor = actor_of_token(create_token(actor_of(ada), ada, name="ci", narrowing=narrowing).text)

    assert actor.may(Action.APP_DISABLE, "staging")
    assert not actor.may(Action.APP_DISABLE, "production")
    assert not actor.may(Action.APP_DELETE, "staging")


def test_a_token_never_exceeds_what_its_owner_is_now(olga: Person) -> None:
    narrowing = Narrowing(connections=frozenset({"production", "staging"}))
    issued = create_token(actor_of(olga), olga, name="ci", narrowing=narrowing)
    assert actor_of_token(issued.text).may(Action.APP_CREATE, "production")

    Membership.objects.filter(person=olga).update(role=Role.VIEWER)

    actor = actor_of_token(issued.text)
    assert not actor.may(Action.APP_CREATE, "production")
    assert actor.may(Action.APP_VIEW, "production")
    assert not actor.may(Action.APP_VIEW, "staging")


def test_a_token_expires_after_ninety_days_unless_said_otherwise(olga: Person) -> None:
    issued = create_token(actor_of(olga), olga, name="ci")

    with time_machine.travel(timezone.now() + timedelta(days=89), tick=False):
        actor_of_token(issued.text)
    with (
        time_machine.travel(timezone.now() + timedelta(days=91), tick=False),
        pytest.raises(TokenRefusedError),
    ):
        actor_of_token(issued.text)


def test_only_the_command_line_makes_a_token_that_never_expires(olga: Person) -> None:
    with pytest.raises(ValidationError) as refused:
        create_token(actor_of(olga), olga, name="ci", lifetime=None)
    assert "lifetime" in refused.value.errors

    issued = create_token(command_actor(), olga, name="ci", lifetime=None)
    assert issued.row.expires_at is None


@pytest.mark.parametrize("text", ["", "sdc_", "sdc_" + "a" * 43, "\x00", "\ud800", "x" * 100_000])
def test_an_unknown_token_is_refused(olga: Person, text: str) -> None:
    create_token(actor_of(olga), olga, name="ci")

    with pytest.raises(TokenRefusedError):
        actor_of_token(text)


def test_a_revoked_token_is_refused_at_once_and_the_revocation_is_audited(olga: Person) -> None:
    issued = create_token(actor_of(olga), olga, name="ci")

    revoke_token(actor_of(olga), issued.row.public_id)

    with pytest.raises(TokenRefusedError):
        actor_of_token(issued.text)
    assert AuditEntry.objects.filter(
        action=Action.TOKEN_REVOKE, target=issued.row.public_id
    ).exists()


def test_the_tokens_of_a_closed_account_are_refused(olga: Person) -> None:
    issued = create_token(actor_of(olga), olga, name="ci")

    Person.objects.filter(pk=olga.pk).update(is_active=False)

    with pytest.raises(TokenRefusedError):
        actor_of_token(issued.text)


def test_rotation_gives_a_successor_and_lets_the_old_one_work_for_a_day(olga: Person) -> None:
    narrowing = Narrowing(actions=frozenset({Action.APP_VIEW}))
    old = create_token(actor_of(olga), olga, name="ci", narrowing=narrowing)

    new = rotate_token(actor_of(olga), old.row.public_id)

    assert new.text != old.text
    assert actor_of_token(old.text).scopes == frozenset({Action.APP_VIEW})
    assert actor_of_token(new.text).scopes == frozenset({Action.APP_VIEW})
    later = timezone.now() + ROTATION_OVERLAP + timedelta(minutes=1)
    with time_machine.travel(later, tick=False):
        assert actor_of_token(new.text)
        with pytest.raises(TokenRefusedError):
            actor_of_token(old.text)


def test_rotation_never_makes_the_old_token_last_longer(olga: Person) -> None:
    old = create_token(actor_of(olga), olga, name="ci", lifetime=timedelta(hours=1))

    rotate_token(actor_of(olga), old.row.public_id)

    row = ApiToken.objects.get(pk=old.row.pk)
    assert row.expires_at == old.row.expires_at


def test_a_revoked_token_cannot_be_rotated(olga: Person) -> None:
    issued = create_token(actor_of(olga), olga, name="ci")
    revoke_token(actor_of(olga), issued.row.public_id)

    with pytest.raises(ValidationError):
        rotate_token(actor_of(olga), issued.row.public_id)


def test_nobody_makes_or_rotates_a_token_of_somebody_else(olga: Person, ada: Person) -> None:
    with pytest.raises(DeniedError):
        create_token(actor_of(ada), olga, name="ci")
    issued = create_token(actor_of(olga), olga, name="ci")
    with pytest.raises(DeniedError):
        rotate_token(actor_of(ada), issued.row.public_id)


def test_an_administrator_sees_and_revokes_everybodys_tokens_and_nobody_else_does(
    olga: Person, ada: Person
) -> None:
    of_olga = create_token(actor_of(olga), olga, name="ci")
    of_ada = create_token(actor_of(ada), ada, name="deploy")

    with pytest.raises(DeniedError):
        list_tokens(actor_of(olga))
    with pytest.raises(DeniedError):
        revoke_token(actor_of(olga), of_ada.row.public_id)
    assert {row.name for row in list_tokens(actor_of(ada))} == {"ci", "deploy"}
    assert [row.name for row in list_tokens(actor_of(olga), olga)] == ["ci"]
    revoke_token(actor_of(ada), of_olga.row.public_id)
    with pytest.raises(TokenRefusedError):
        actor_of_token(of_olga.text)


def test_a_token_cannot_make_tokens(olga: Person) -> None:
    actor = actor_of_token(create_token(actor_of(olga), olga, name="ci").text)

    with pytest.raises(DeniedError):
        create_token(actor, olga, name="another")


def test_the_last_use_is_written_once_a_minute(olga: Person) -> None:
    issued = create_token(actor_of(olga), olga, name="ci")
    start = timezone.now()

    with time_machine.travel(start, tick=False):
        actor_of_token(issued.text, address="192.0.2.1")
    with time_machine.travel(start + timedelta(seconds=30), tick=False):
        actor_of_token(issued.text, address="192.0.2.2")
    assert ApiToken.objects.get().last_used_address == "192.0.2.1"
    with time_machine.travel(start + timedelta(seconds=61), tick=False):
        actor_of_token(issued.text, address="192.0.2.3")
    assert ApiToken.objects.get().last_used_address == "192.0.2.3"


@pytest.mark.parametrize(
    ("name", "narrowing", "days", "field"),
    [
        ("", Narrowing(), 90, "name"),
        ("n" * 101, Narrowing(), 90, "name"),
        ("ci", Narrowing(actions=frozenset()), 90, "actions"),
        ("ci", Narrowing(connections=frozenset()), 90, "connections"),
        ("ci", Narrowing(), 0, "lifetime"),
        ("ci", Narrowing(), 367, "lifetime"),
    ],
)
def test_a_bad_wish_names_its_field(
    olga: Person, name: str, narrowing: Narrowing, days: int, field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        create_token(
            actor_of(olga), olga, name=name, narrowing=narrowing, lifetime=timedelta(days=days)
        )

    assert list(refused.value.errors) == [field]
    assert not ApiToken.objects.exists()
