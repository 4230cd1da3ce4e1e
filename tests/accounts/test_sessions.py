"""Sessions: how long they last, how they end, and what a stolen one is good for."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps_admin.models import AuditEntry, Person, Session
from apps_admin.models.session import hash_session_key
from apps_admin.services.sessions import list_sessions
from tests.accounts.cast import PASSWORD
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db

ACCOUNT = "/account/"


def signed_in(person: Person) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    assert client.get(ACCOUNT).status_code == 200
    return client


def session_of(client: Client) -> Session:
    key = client.session.session_key
    assert key is not None
    return Session.objects.get(pk=hash_session_key(key))


def test_a_session_ends_after_an_hour_without_use(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = signed_in(alice)
        clock.shift(timedelta(minutes=61))

        assert client.get(ACCOUNT).status_code == 302


def test_use_keeps_a_session_alive_for_twelve_hours_at_most(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = signed_in(alice)
        for _ in range(14):
            clock.shift(timedelta(minutes=50))
            assert client.get(ACCOUNT).status_code == 200
        clock.shift(timedelta(minutes=30))

        assert client.get(ACCOUNT).status_code == 302


def test_signing_in_again_starts_the_twelve_hours_anew(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = signed_in(alice)
        clock.shift(timedelta(minutes=50))
        client.post(reverse("account_logout"))
        client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})

        assert session_of(client).created_at == timezone.now()


def test_expired_sessions_are_removed_when_somebody_signs_in(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        signed_in(alice)
        clock.shift(timedelta(hours=13))
        signed_in(alice)

        assert Session.objects.count() == 1


def test_signing_out_ends_the_session_on_the_server(alice: Person) -> None:
    client = signed_in(alice)
    stolen = client.cookies["session"].value

    client.post(reverse("account_logout"))

    thief = Client()
    thief.cookies["session"] = stolen
    assert thief.get(ACCOUNT).status_code == 302
    assert not list_sessions(alice)


def test_the_account_page_lists_the_sessions_and_ends_one(alice: Person) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)

    here.post(reverse("session-end", args=[session_of(elsewhere).pk]))

    assert elsewhere.get(ACCOUNT).status_code == 302
    assert here.get(ACCOUNT).status_code == 200
    assert AuditEntry.objects.filter(action="session.end", target="alice").exists()


def test_the_session_of_somebody_else_cannot_be_ended(alice: Person, bob: Person) -> None:
    victim = signed_in(alice)
    attacker = signed_in(bob)

    attacker.post(reverse("session-end", args=[session_of(victim).pk]))

    assert victim.get(ACCOUNT).status_code == 200


def test_all_others_end_at_once(alice: Person) -> None:
    here, phone, laptop = signed_in(alice), signed_in(alice), signed_in(alice)

    here.post(reverse("session-end-others"))

    assert [one.get(ACCOUNT).status_code for one in (here, phone, laptop)] == [200, 302, 302]


def test_changing_the_password_ends_the_other_sessions(alice: Person) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)

    here.post(
        reverse("account_change_password"),
        {
            "current_password": PASSWORD,
            "password1": "an orange in the rain",
            "password2": "an orange in the rain",
        },
    )

    assert here.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 302


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"current_password": "not this one"}, "This is not your present password."),
        ({"password2": "something else entirely"}, "The two passwords differ."),
        ({"password1": "short", "password2": "short"}, "at least 12 characters"),
        ({"password1": "804571290653", "password2": "804571290653"}, "entirely numeric"),
        ({"password1": PASSWORD, "password2": PASSWORD}, "differs from the one you have"),
    ],
)
def test_a_bad_change_of_password_says_why_and_changes_nothing(
    alice: Person, fields: dict[str, str], words: str
) -> None:
    good = {
        "current_password": PASSWORD,
        "password1": "an orange in the rain",
        "password2": "an orange in the rain",
    }
    client = signed_in(alice)

    answer = client.post(reverse("account_change_password"), {**good, **fields})

    assert words in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_closed_account_is_out_at_the_next_click(alice: Person, bob: Person) -> None:
    client = signed_in(bob)
    admin = Client()
    sign_in(admin, alice)

    admin.post(reverse("person-remove", args=[bob.pk]))

    assert client.get(ACCOUNT).status_code == 302
    assert not list_sessions(bob)


def test_a_planted_session_is_worth_nothing_after_the_sign_in(alice: Person) -> None:
    attacker = Client()
    attacker.get(reverse("invitation-accept"))
    session = attacker.session
    session["planted"] = True
    session.save()
    victim = Client()
    victim.cookies["session"] = attacker.cookies["session"].value
    victim.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    assert victim.get(ACCOUNT).status_code == 200

    assert attacker.get(ACCOUNT).status_code == 302


def test_a_key_that_nobody_gave_out_is_not_adopted(alice: Person) -> None:
    victim = Client()
    victim.cookies["session"] = "chosenbytheattacker0123456789abc"

    victim.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})

    assert victim.cookies["session"].value != "chosenbytheattacker0123456789abc"


def test_with_the_table_of_sessions_nobody_can_sign_in(alice: Person) -> None:
    session_id = session_of(signed_in(alice)).pk
    thief = Client()
    thief.cookies["session"] = session_id

    assert thief.get(ACCOUNT).status_code == 302


def test_a_session_whose_key_is_gone_is_signed_out(alice: Person, settings: object) -> None:
    client = signed_in(alice)
    settings.VAULT_KEYS = ["another-key"]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another-secret-key-" * 3  # type: ignore[attr-defined]

    assert client.get(ACCOUNT).status_code == 302
