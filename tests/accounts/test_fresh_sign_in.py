"""What matters needs a sign-in no older than ten minutes; what was typed survives it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.models import Membership, Person
from tests.accounts.cast import PASSWORD
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def role_url(vera: Person) -> str:
    return reverse("person-update-role", args=[vera.pk])


ROLE = {"connection": "*", "role": "operator", "reveals_secrets": "on"}


def test_a_fresh_sign_in_goes_straight_through(
    client: Client, alice: Person, vera: Person, role_url: str
) -> None:
    sign_in(client, alice, minutes_ago=9)

    client.post(role_url, ROLE)

    assert vera.memberships.get(connection="*").role == "operator"


def test_what_was_typed_survives_the_confirmation(
    client: Client, alice: Person, vera: Person, role_url: str
) -> None:
    sign_in(client, alice, minutes_ago=11)

    asked = client.post(role_url, ROLE)
    assert not Membership.objects.filter(person=vera, connection="*").exists()
    confirm_url = asked.headers["Location"]
    assert confirm_url.startswith(reverse("account_reauthenticate"))
    answer = client.post(confirm_url, {"password": PASSWORD}, follow=True)

    page = answer.content.decode()
    assert f'action="{role_url}"' in page
    assert '<input type="hidden" name="role" value="operator">' in page
    client.post(role_url, ROLE)
    assert vera.memberships.get(connection="*").reveals_secrets


def test_a_wrong_password_confirms_nothing(client: Client, alice: Person, role_url: str) -> None:
    sign_in(client, alice, minutes_ago=11)
    confirm_url = client.post(role_url, ROLE).headers["Location"]

    client.post(confirm_url, {"password": "not this one"})

    assert client.post(role_url, ROLE).status_code == 302


def test_htmx_is_sent_to_the_page_that_confirms(
    client: Client, alice: Person, role_url: str
) -> None:
    sign_in(client, alice, minutes_ago=11)

    answer = client.post(role_url, ROLE, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"].startswith(reverse("account_reauthenticate"))


def test_the_kept_form_is_offered_to_nobody_else(
    client: Client, alice: Person, bob: Person, role_url: str
) -> None:
    sign_in(client, alice, minutes_ago=11)
    kept = client.post(role_url, ROLE).headers["Location"].partition("next=")[2]
    sign_in(client, bob)

    answer = client.get(kept.replace("%2F", "/"))

    assert answer.status_code == 410


def test_confirming_changes_the_session_key(client: Client, alice: Person, role_url: str) -> None:
    sign_in(client, alice, minutes_ago=11)
    confirm_url = client.post(role_url, ROLE).headers["Location"]
    before = client.session.session_key

    client.post(confirm_url, {"password": PASSWORD})

    assert client.session.session_key != before
