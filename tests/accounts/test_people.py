"""What administrators do to people, and what they cannot."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.domain.errors import ConflictError, DeniedError
from apps_admin.models import AuditEntry, Membership, Person
from apps_admin.services.accounts import actor_of, create_first_administrator
from apps_admin.services.people import remove_grant, remove_person, set_grant
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(client: Client, alice: Person) -> Client:
    sign_in(client, alice)
    return client


def test_a_role_is_set_and_written_down_before_and_after(
    admin_client: Client, vera: Person, default_connection: str
) -> None:
    admin_client.post(
        reverse("person-update-role", args=[vera.pk]),
        {"connection": "default", "role": "operator", "reveals_secrets": "on"},
    )

    assert actor_of(vera).may(Action.APP_DELETE, "default")
    entry = AuditEntry.objects.get(action="person.update")
    assert (entry.actor_name, entry.target, entry.connection) == ("alice", "vera", "default")
    assert json.loads(entry.before) == {"production": "viewer"}
    assert json.loads(entry.after) == {
        "default": "operator, reveals secrets",
        "production": "viewer",
    }


def test_a_role_taken_away_counts_at_the_next_click(admin_client: Client, bob: Person) -> None:
    admin_client.post(reverse("person-remove-role", args=[bob.pk]), {"connection": "production"})

    assert not actor_of(bob).may(Action.APP_VIEW, "production")


@pytest.mark.parametrize(
    "form",
    [
        {"connection": "*", "role": "king"},
        {"connection": "made-up", "role": "viewer"},
        {"role": "viewer"},
        {},
    ],
)
def test_a_form_that_was_tampered_with_changes_nothing(
    admin_client: Client, vera: Person, form: dict[str, str]
) -> None:
    answer = admin_client.post(reverse("person-update-role", args=[vera.pk]), form)

    assert answer.status_code == 422
    assert [(m.connection, m.role) for m in vera.memberships.all()] == [("production", "viewer")]


def test_fields_that_the_form_does_not_have_are_ignored(admin_client: Client, vera: Person) -> None:
    admin_client.post(
        reverse("person-update-role", args=[vera.pk]),
        {
            "connection": "*",
            "role": "viewer",
            "person": "1",
            "person_id": "1",
            "source": "groups",
            "is_active": "",
            "password": "owned",
            "username": "owned",
        },
    )

    vera.refresh_from_db()
    membership = vera.memberships.get(connection="*")
    assert (membership.role, membership.source, vera.is_active) == ("viewer", "people", True)
    assert vera.username == "vera"


def test_the_last_administrator_cannot_leave(admin_client: Client, alice: Person) -> None:
    for name, form in (
        ("person-remove", {}),
        ("person-remove-role", {"connection": "*"}),
        ("person-update-role", {"connection": "*", "role": "viewer"}),
    ):
        answer = admin_client.post(reverse(name, args=[alice.pk]), form)
        assert answer.status_code == 409, name
        assert "lock everybody out" in answer.content.decode()

    assert actor_of(Person.objects.get(pk=alice.pk)).may(Action.PERSON_UPDATE, EVERY_CONNECTION)


def test_a_second_administrator_may_leave(alice: Person, bob: Person) -> None:
    set_grant(actor_of(alice), bob, EVERY_CONNECTION, Grant(role=Role.ADMINISTRATOR))

    remove_person(actor_of(alice), alice)

    assert not Person.objects.get(pk=alice.pk).is_active
    with pytest.raises(ConflictError):
        remove_person(actor_of(bob), bob)


def test_a_closed_account_can_be_opened_with_the_roles_it_had(
    admin_client: Client, bob: Person
) -> None:
    admin_client.post(reverse("person-remove", args=[bob.pk]))
    assert actor_of(Person.objects.get(pk=bob.pk)).grants == {}

    admin_client.post(reverse("person-restore", args=[bob.pk]))

    assert actor_of(Person.objects.get(pk=bob.pk)).may(Action.APP_CREATE, "production")


@pytest.fixture
def local_administrator(bob: Person) -> Person:
    """Bob administrates production and nothing else."""
    Membership.objects.filter(person=bob).update(role=Role.ADMINISTRATOR)
    return Person.objects.get(pk=bob.pk)


def test_an_administrator_of_one_connection_says_who_is_what_there(
    local_administrator: Person, vera: Person
) -> None:
    set_grant(actor_of(local_administrator), vera, "production", Grant(role=Role.OPERATOR))

    assert actor_of(vera).may(Action.APP_CREATE, "production")


@pytest.mark.parametrize("elsewhere", ["*", "staging"])
def test_and_nowhere_else_not_even_for_themselves(
    local_administrator: Person, vera: Person, elsewhere: str
) -> None:
    for person in (vera, local_administrator):
        with pytest.raises(DeniedError):
            set_grant(
                actor_of(local_administrator), person, elsewhere, Grant(role=Role.ADMINISTRATOR)
            )


def test_nor_about_who_administrates_everything(local_administrator: Person, alice: Person) -> None:
    with pytest.raises(DeniedError):
        set_grant(actor_of(local_administrator), alice, "production", Grant(role=Role.VIEWER))


def test_who_administrates_everything_cannot_be_shut_out_of_a_connection(
    alice: Person, local_administrator: Person
) -> None:
    Membership.objects.create(person=alice, connection="production", role=Role.VIEWER)
    actor = actor_of(Person.objects.get(pk=alice.pk))

    remove_grant(actor, alice, "production")

    assert actor_of(Person.objects.get(pk=alice.pk)).may(Action.PERSON_UPDATE, "production")


def test_the_first_administrator_is_made_once() -> None:
    name, one_time = create_first_administrator()
    assert one_time is not None
    assert len(one_time) == 24

    assert create_first_administrator() == (name, None)
    assert create_first_administrator("another", "an orange in the rain") == (name, None)
    assert Person.objects.count() == 1


def test_a_first_administrator_with_a_given_password_keeps_it() -> None:
    assert create_first_administrator("root", "an orange in the rain") == ("root", None)

    person = Person.objects.get()
    assert person.check_password("an orange in the rain")
    assert not person.must_change_password


def test_nobody_has_a_default_password() -> None:
    first = create_first_administrator()[1]
    Person.objects.all().delete()

    assert create_first_administrator()[1] != first


def test_of_two_that_start_at_once_one_makes_the_first_administrator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def faster(person: Person, _password: str | None) -> None:
        Person.objects.create_superuser(person.username)

    monkeypatch.setattr("apps_admin.services.accounts.validate_person", faster)

    assert create_first_administrator() == ("admin", None)
