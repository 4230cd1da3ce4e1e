"""Nobody learns who has an account: neither from the words nor from the time it takes."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps_admin.models import Person
from tests.accounts.cast import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that is run through the slow hash, which is what takes the time."""
    seen: list[str] = []
    hasher = hashers.get_hasher()
    original = hasher.encode

    def encode(password: str, salt: str, *args: object) -> str:
        seen.append(password)
        return original(password, salt, *args)

    monkeypatch.setattr(hasher, "encode", encode)
    return seen


def refuse(username: str) -> str:
    answer = Client().post(
        reverse("account_login"), {"login": username, "password": "a wrong guess"}
    )
    assert answer.status_code == 200
    return answer.content.decode().replace(username, "NAME")


@pytest.fixture
def everybody(alice: Person, bob: Person, charlie: Person) -> dict[str, str]:
    Person.objects.filter(pk=bob.pk).update(is_active=False)
    charlie.set_unusable_password()
    charlie.save()
    return {
        "somebody": "alice",
        "somebody whose account is closed": "bob",
        "somebody without a password": "charlie",
        "nobody": "zelda",
    }


def test_each_refusal_hashes_exactly_once(everybody: dict[str, str], hashed: list[str]) -> None:
    counts = {}
    for who, username in everybody.items():
        hashed.clear()
        refuse(username)
        counts[who] = len(hashed)

    assert counts == dict.fromkeys(everybody, 1)


def test_each_refusal_says_the_same(everybody: dict[str, str]) -> None:
    pages = {
        re.sub(r'(nonce|value|content)="[^"]*"|"X-CSRFToken": "[^"]*"', "", refuse(name))
        for name in everybody.values()
    }

    assert len(pages) == 1


def test_each_refusal_asks_sql_the_same(
    everybody: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Once in so many writes the cache removes what expired, whoever asks.
    monkeypatch.setattr("apps_admin.models.cache.CULL_EVERY", 10**9)
    refuse("warm-up")
    counts = set()
    for username in everybody.values():
        with CaptureQueriesContext(connection) as queries:
            refuse(username)
        counts.add(len(queries))

    assert len(counts) == 1


def test_a_closed_account_is_told_only_to_who_knows_its_password(
    everybody: dict[str, str],
) -> None:
    answer = Client().post(reverse("account_login"), {"login": "bob", "password": PASSWORD})

    assert answer.headers["Location"] == reverse("account_inactive")
