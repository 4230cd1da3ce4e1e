"""Invitations and new password links: signed, kept as a hash, good once, for three days."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import Grant
from apps_admin.domain.errors import ConflictError, DeniedError, NotFoundError
from apps_admin.models import AuditEntry, Invitation, Membership, Person
from apps_admin.services.accounts import actor_of
from apps_admin.services.invitations import (
    accept_invitation,
    find_invitation,
    invite_person,
    invite_to_new_password,
)
from tests.accounts.cast import PASSWORD
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db

CHOSEN = {"password1": "an orange in the rain", "password2": "an orange in the rain"}
OPERATOR = {"production": Grant(role=Role.OPERATOR)}


def open_and_accept(client: Client, code: str) -> str:
    """What the last page says; empty when the password was saved."""
    opened = client.post(reverse("invitation-open"), {"code": code})
    if opened.status_code != 302:
        return opened.content.decode()
    answer = client.post(reverse("invitation-accept"), CHOSEN, follow=True)
    return "" if "Your password is saved" in answer.content.decode() else answer.content.decode()


def test_the_link_of_the_page_makes_somebody_new(client: Client, alice: Person) -> None:
    sign_in(client, alice)
    page = client.post(
        reverse("person-invite"),
        {"username": "newcomer", "connection": "*", "role": "viewer"},
    ).content.decode()
    code = page.split("/invitation/#")[1].split("<")[0]

    assert open_and_accept(Client(), code) == ""

    newcomer = Client()
    newcomer.post(reverse("account_login"), {"login": "newcomer", "password": CHOSEN["password1"]})
    assert newcomer.get(reverse("account-show")).status_code == 200
    membership = Person.objects.get(username="newcomer").memberships.get()
    assert (membership.connection, membership.role) == ("*", "viewer")


def test_a_link_works_once(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)

    assert open_and_accept(Client(), issued.code) == ""
    assert "not valid" in open_and_accept(Client(), issued.code)


def test_of_two_at_the_same_time_one_gets_it(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    first, second = find_invitation(issued.code), find_invitation(issued.code)

    accept_invitation(first, CHOSEN["password1"])

    with pytest.raises(NotFoundError):
        accept_invitation(second, "another password here")


def test_an_expired_link_is_refused_in_the_same_words_as_a_made_up_one(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
        opened = Client()
        opened.post(reverse("invitation-open"), {"code": issued.code})
        clock.shift(timedelta(days=3, seconds=1))
        for code in (issued.code, "made:up", issued.code[:-1] + "x"):
            assert "This link is not valid. It may have been used" in open_and_accept(
                Client(), code
            )

        assert opened.post(reverse("invitation-accept"), CHOSEN).status_code == 302
    assert not Person.objects.filter(username="newcomer").exists()


def test_a_withdrawn_link_is_refused(client: Client, alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    sign_in(client, alice)

    client.post(reverse("invitation-withdraw", args=[issued.invitation.pk]))

    assert "not valid" in open_and_accept(Client(), issued.code)


def test_a_link_dies_with_the_rights_of_who_made_it(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    Membership.objects.filter(person=alice).update(role=Role.VIEWER)

    assert "not valid" in open_and_accept(Client(), issued.code)


def test_who_can_read_sql_cannot_rebuild_the_link(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    token = issued.code.partition(":")[0]
    row = Invitation.objects.get()

    assert token not in str(vars(row))
    assert "not valid" in open_and_accept(Client(), row.token_hash)


def test_who_can_write_sql_cannot_make_a_link(alice: Person) -> None:
    import hashlib

    Invitation.objects.create(
        token_hash=hashlib.sha256(b"known-to-the-attacker").hexdigest(),
        username="intruder",
        grants={"*": {"role": "administrator", "reveals_secrets": True}},
        invited_by="nobody",
        expires_at=timezone.now() + timedelta(days=1),
    )
    forged = signing.Signer(key="guessed", salt="console.invitation").sign("known-to-the-attacker")

    assert "not valid" in open_and_accept(Client(), "known-to-the-attacker")
    assert "not valid" in open_and_accept(Client(), forged)


def test_the_code_is_in_no_address_and_no_entry(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    client = Client()
    opened = client.post(reverse("invitation-open"), {"code": issued.code})

    assert issued.code not in opened.headers["Location"]
    assert issued.code not in client.get(reverse("invitation-accept")).content.decode()
    assert issued.code.partition(":")[0] not in str(list(AuditEntry.objects.values()))


def test_an_administrator_of_one_connection_invites_only_there(alice: Person, bob: Person) -> None:
    Membership.objects.filter(person=bob).update(role=Role.ADMINISTRATOR)
    bob_actor = actor_of(Person.objects.get(pk=bob.pk))

    assert invite_person(bob_actor, "newcomer", OPERATOR).invitation.username == "newcomer"
    for elsewhere in ("*", "staging"):
        with pytest.raises(DeniedError):
            invite_person(bob_actor, "intruder", {elsewhere: Grant(role=Role.VIEWER)})
    with pytest.raises(DeniedError):
        invite_to_new_password(bob_actor, alice)


def test_a_new_password_link_ends_sessions_and_keeps_the_second_factor(
    alice: Person, bob: Person
) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(bob, "JBSWY3DPEHPK3PXP")
    stolen = Client()
    sign_in(stolen, bob)
    issued = invite_to_new_password(actor_of(alice), bob)

    assert open_and_accept(Client(), issued.code) == ""

    assert stolen.get(reverse("account-show")).status_code == 302
    answer = Client().post(
        reverse("account_login"), {"login": "bob", "password": CHOSEN["password1"]}
    )
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    old = Client().post(reverse("account_login"), {"login": "bob", "password": PASSWORD})
    assert old.status_code == 200


def test_a_new_link_makes_the_one_before_useless(alice: Person, bob: Person) -> None:
    first = invite_to_new_password(actor_of(alice), bob)
    invite_to_new_password(actor_of(alice), bob)

    assert "not valid" in open_and_accept(Client(), first.code)


def test_a_bad_password_is_explained_and_uses_nothing_up(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    client = Client()
    client.post(reverse("invitation-open"), {"code": issued.code})

    page = client.post(
        reverse("invitation-accept"), {"password1": "password1234", "password2": "password1234"}
    )

    assert "too common" in page.content.decode()
    assert open_and_accept(Client(), issued.code) == ""


def test_a_name_that_is_taken_meanwhile_is_told(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    Person.objects.create_user("Newcomer")

    assert "Somebody has this username already." in open_and_accept(Client(), issued.code)


def test_more_than_the_password_cannot_be_set(alice: Person) -> None:
    issued = invite_person(actor_of(alice), "newcomer", OPERATOR)
    client = Client()
    client.post(reverse("invitation-open"), {"code": issued.code})

    client.post(
        reverse("invitation-accept"),
        {**CHOSEN, "username": "alice2", "grants": '{"*": {}}', "role": "administrator"},
    )

    person = Person.objects.get(username="newcomer")
    assert [(m.connection, m.role) for m in person.memberships.all()] == [
        ("production", "operator")
    ]


def test_who_signs_in_elsewhere_gets_no_password_here(
    alice: Person, bob: Person, settings: object
) -> None:
    from allauth.socialaccount.models import SocialAccount

    settings.OIDC_SERVER_URL = "https://login.example"  # type: ignore[attr-defined]
    SocialAccount.objects.create(user=bob, provider="sso", uid="1")

    with pytest.raises(ConflictError):
        invite_to_new_password(actor_of(alice), bob)
