"""Guessing passwords: brakes for who guesses, none for who shares an address or owns the account."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps_admin.models import AuditEntry, CacheEntry, Person
from apps_admin.models.cache import JsonDatabaseCache
from tests.accounts.cast import PASSWORD

pytestmark = pytest.mark.django_db

TOO_MANY = "Too many attempts."
OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def attempt(
    username: str, password: str, address: str = OFFICE, client: Client | None = None
) -> str:
    """What the page says; empty when it signs in."""
    answer = (client or Client()).post(
        reverse("account_login"),
        {"login": username, "password": password},
        REMOTE_ADDR=address,
    )
    return "" if answer.status_code == 302 else answer.content.decode()


def guess(username: str, times: int, address: str = OFFICE) -> None:
    for _ in range(times):
        attempt(username, "a wrong guess", address)


def test_the_sixth_guess_at_an_account_is_refused_even_when_right(alice: Person) -> None:
    guess("alice", 5)

    assert TOO_MANY in attempt("alice", PASSWORD)


def test_the_limit_is_over_after_ten_minutes(alice: Person) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        guess("alice", 5)
        clock.shift(timedelta(minutes=10, seconds=1))

        assert attempt("alice", PASSWORD) == ""


def test_right_passwords_do_not_count(alice: Person) -> None:
    for _ in range(12):
        assert attempt("alice", PASSWORD) == ""


def test_a_neighbor_behind_the_same_address_gets_in(alice: Person, bob: Person) -> None:
    guess("alice", 30)

    assert attempt("bob", PASSWORD) == ""


def test_a_neighbor_gets_in_even_while_the_address_is_flooding(bob: Person) -> None:
    for number in range(70):
        attempt(f"name-{number}", "a wrong guess")

    assert attempt("bob", PASSWORD) == ""


def test_a_flooding_address_gets_one_guess_an_account(alice: Person) -> None:
    for number in range(70):
        attempt(f"name-{number}", "a wrong guess")

    assert TOO_MANY not in attempt("alice", "a wrong guess")
    assert TOO_MANY in attempt("alice", PASSWORD)


def test_many_addresses_together_do_not_guess_more_than_thirty_times(alice: Person) -> None:
    for number in range(30):
        guess("alice", 1, address=f"203.0.113.{number}")

    assert TOO_MANY in attempt("alice", PASSWORD, address="203.0.113.99")


def test_the_owner_gets_in_from_a_known_browser_while_strangers_guess(alice: Person) -> None:
    browser = Client()
    assert attempt("alice", PASSWORD, client=browser) == ""
    browser.post(reverse("account_logout"))
    for number in range(40):
        guess("alice", 1, address=f"203.0.113.{number}")

    assert attempt("alice", PASSWORD, client=browser) == ""


def test_a_stolen_browser_cookie_allows_ten_guesses_and_no_more(alice: Person) -> None:
    browser = Client()
    attempt("alice", PASSWORD, client=browser)
    browser.post(reverse("account_logout"))
    for _ in range(10):
        attempt("alice", "a wrong guess", client=browser)

    assert TOO_MANY in attempt("alice", PASSWORD, client=browser)


def test_a_made_up_browser_cookie_is_no_known_browser(alice: Person) -> None:
    guess("alice", 5)
    browser = Client()
    browser.cookies["browser"] = "made-up:cookie:value"

    assert TOO_MANY in attempt("alice", PASSWORD, client=browser)


def test_a_name_nobody_has_is_limited_in_the_same_way(alice: Person) -> None:
    guess("nobody", 5)

    assert TOO_MANY in attempt("nobody", "a wrong guess")


def test_writing_the_name_in_capitals_is_no_new_account_to_guess_at(alice: Person) -> None:
    guess("alice", 3)
    guess(" ALICE ", 2)

    assert TOO_MANY in attempt("Alice", PASSWORD)


def test_addresses_of_one_ipv6_network_count_together(alice: Person) -> None:
    for number in range(5):
        guess("alice", 1, address=f"2001:db8::{number}")

    assert TOO_MANY in attempt("alice", PASSWORD, address="2001:db8::ffff")


def test_a_forged_forwarded_address_changes_nothing(alice: Person) -> None:
    for number in range(5):
        Client().post(
            reverse("account_login"),
            {"login": "alice", "password": "a wrong guess"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
            REMOTE_ADDR=OFFICE,
        )

    assert TOO_MANY in attempt("alice", PASSWORD)


def test_the_counts_are_kept_where_every_process_sees_them(alice: Person) -> None:
    guess("alice", 5)

    key = CacheEntry.objects.get(key__contains=":account:").key
    assert len(JsonDatabaseCache("", {}).get(key.removeprefix(":1:"))) == 5


def test_a_flood_does_not_fill_the_audit_log(alice: Person) -> None:
    for number in range(130):
        attempt(f"name-{number}", "a wrong guess")

    assert AuditEntry.objects.filter(action="session.refuse").count() == 100


def test_refusals_are_written_down_without_what_was_typed(alice: Person) -> None:
    attempt("alice", "hunter2-guess")
    attempt("hunter2-in-the-wrong-field", "x")

    entries = AuditEntry.objects.order_by("sequence")
    assert [(entry.action, entry.outcome, entry.target, entry.address) for entry in entries] == [
        ("session.refuse", "denied", "alice", OFFICE),
        ("session.refuse", "denied", "an unknown name", OFFICE),
    ]
    assert not any("hunter2" in str(vars(entry)) for entry in entries)
