"""The commands about people."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from apps_admin.models import AuditEntry, Person
from apps_admin.services.sessions import list_sessions
from tests.accounts.cast import PASSWORD
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_create_operator_prints_a_one_time_password_that_works(client: Client) -> None:
    told = run("create_operator", "olga", "--grant", "production=operator+secrets")

    one_time = told.split("One-time password: ")[1].split()[0]
    answer = client.post(reverse("account_login"), {"login": "olga", "password": one_time})
    assert answer.headers["Location"] == reverse("account_new_password")
    grant = Person.objects.get(username="olga").memberships.get()
    assert (grant.connection, grant.role, grant.reveals_secrets) == ("production", "operator", True)


def test_create_operator_makes_an_operator_of_every_connection_by_default() -> None:
    run("create_operator", "olga")

    grant = Person.objects.get(username="olga").memberships.get()
    assert (grant.connection, grant.role, grant.reveals_secrets) == ("*", "operator", False)


def test_create_operator_takes_the_password_from_standard_input(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a lamp under water\n"))

    told = run("create_operator", "olga", "--password-stdin")

    assert "One-time" not in told
    answer = client.post(
        reverse("account_login"), {"login": "olga", "password": "a lamp under water"}
    )
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["alice"], "Somebody has this username already"),
        (["ALICE"], "username"),
        (["not a name"], "username"),
        (["olga", "--grant", "production=king"], "the role is one of viewer, operator"),
        (["olga", "--grant", "operator"], "is not CONNECTION=ROLE"),
    ],
)
def test_create_operator_says_what_is_wrong(
    alice: Person, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run("create_operator", *arguments)

    assert Person.objects.count() == 1


def test_list_sessions_shows_who_is_signed_in_and_ends_it(alice: Person, bob: Person) -> None:
    browser = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0"})
    browser.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    sign_in(Client(), bob)

    assert "alice\tFirefox on Linux\t127.0.0.1" in run("list_sessions")
    assert run("list_sessions", "alice", "--end").endswith("1 session ended.\n")

    assert browser.get(reverse("account-show")).status_code == 302
    assert not list_sessions(alice)
    assert len(list_sessions(bob)) == 1


def test_every_command_leaves_an_entry(alice: Person) -> None:
    run("create_operator", "olga")
    run("reset_second_factor", "olga")
    run("list_sessions", "olga", "--end")

    entries = AuditEntry.objects.order_by("sequence").values_list("action", "target", "actor_kind")
    assert list(entries) == [
        ("person.create", "olga", "command"),
        ("second_factor.update", "olga", "command"),
    ]


def test_nobody_is_told_about_a_name_that_nobody_has() -> None:
    with pytest.raises(CommandError, match="Nobody here is called nobody"):
        run("reset_second_factor", "nobody")
