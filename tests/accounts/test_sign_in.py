"""Signing in with a password."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.models import Person, Session
from apps_admin.services.accounts import create_first_administrator
from tests.accounts.cast import PASSWORD

pytestmark = pytest.mark.django_db


def test_it_signs_in_and_goes_where_the_person_wanted(client: Client, alice: Person) -> None:
    answer = client.post(
        reverse("account_login"),
        {"login": "alice", "password": PASSWORD, "next": "/connections/production/apps/"},
    )

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/connections/production/apps/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_wrong_password_is_refused_in_the_same_words_as_an_unknown_name(
    client: Client, alice: Person
) -> None:
    wrong = client.post(reverse("account_login"), {"login": "alice", "password": "not this one"})
    unknown = client.post(reverse("account_login"), {"login": "nobody", "password": "not this one"})

    words = "This username and password do not fit together."
    assert words in wrong.content.decode()
    assert words in unknown.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_one_time_password_only_lets_its_person_choose_another(client: Client) -> None:
    username, one_time = create_first_administrator()
    assert one_time is not None

    answer = client.post(reverse("account_login"), {"login": username, "password": one_time})

    assert answer.headers["Location"] == reverse("account_new_password")
    assert "_auth_user_id" not in client.session
    chosen = {"password1": "an orange in the rain", "password2": "an orange in the rain"}
    client.post(reverse("account_new_password"), chosen)
    assert client.session["_auth_user_id"] == str(Person.objects.get(username=username).pk)
    again = Client().post(reverse("account_login"), {"login": username, "password": one_time})
    assert again.status_code == 200


def test_the_session_key_changes_when_somebody_signs_in(client: Client, alice: Person) -> None:
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})

    assert client.session.session_key != planted
    assert not Client(headers={"cookie": f"sessionid={planted}"}).session.get("_auth_user_id")


def test_sql_holds_neither_the_session_key_nor_its_content(client: Client, alice: Person) -> None:
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    session = client.session
    session["typed"] = "a-secret-that-was-typed"
    session.save()

    row = Session.objects.get(person_id=alice.pk)

    assert session.session_key is not None
    assert row.pk != session.session_key
    assert session.session_key not in f"{row.pk}{row.session_data}"
    assert "typed" not in row.session_data
