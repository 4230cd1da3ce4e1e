"""What people did, for themselves and for administrators."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.models import Person
from tests.accounts.cast import PASSWORD
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def something_happened(alice: Person, bob: Person, vera: Person) -> None:
    Client().post(reverse("account_login"), {"login": "bob", "password": PASSWORD})
    Client().post(reverse("account_login"), {"login": "vera", "password": "a wrong guess"})
    admin = Client()
    sign_in(admin, alice)
    admin.post(
        reverse("person-update-role", args=[vera.pk]), {"connection": "*", "role": "operator"}
    )


def page_of(person: Person, name: str, *args: int) -> str:
    client = Client()
    sign_in(client, person)
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_sees_what_they_did_and_nothing_else(
    something_happened: None, bob: Person
) -> None:
    page = page_of(bob, "account-activity")

    assert "session.sign_in" in page
    assert "person.update" not in page
    assert "session.refuse" not in page


def test_an_administrator_sees_sign_ins_refusals_and_changes_of_roles(
    something_happened: None, alice: Person
) -> None:
    page = page_of(alice, "person-activity-list")

    for told in (
        "session.sign_in",
        "session.refuse",
        "wrong password",
        "every connection: nothing → operator",
    ):
        assert told in page
    assert "viewer → viewer" not in page


def test_an_administrator_sees_what_somebody_did(
    something_happened: None, alice: Person, bob: Person
) -> None:
    page = page_of(alice, "person-activity", bob.pk)

    assert "What bob did" in page
    assert "session.sign_in" in page
    assert "session.refuse" not in page


@pytest.mark.parametrize("before", ["1", "", "x", "-1", "9" * 30, "²"])
def test_any_position_in_the_list_is_answered(
    something_happened: None, alice: Person, before: str
) -> None:
    client = Client()
    sign_in(client, alice)

    assert client.get(reverse("person-activity-list"), {"before": before}).status_code == 200
