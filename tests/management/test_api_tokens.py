"""The commands about API tokens."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import Grant
from apps_admin.domain.errors import TokenRefusedError
from apps_admin.models import ApiToken, Person
from apps_admin.services.accounts import add_person
from apps_admin.services.api_tokens import actor_of_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(db: None) -> Person:
    return add_person("olga", {"production": Grant(role=Role.OPERATOR)}, "correct horse battery")


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def answer_of(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json"))


def test_create_api_token_prints_a_token_that_works(olga: Person) -> None:
    answer = answer_of("create_api_token", "--user", "olga")

    assert actor_of_token(answer["token"]).may(Action.APP_CREATE, "production")
    assert answer["id"] == ApiToken.objects.get().public_id
    assert answer["expires_at"]


def test_create_api_token_narrows_to_scopes(olga: Person) -> None:
    scopes = ("--scope", "app.view@production", "--scope", "app.enable@production")
    answer = answer_of("create_api_token", "--user", "olga", *scopes)

    actor = actor_of_token(answer["token"])
    assert actor.scopes == frozenset({Action.APP_VIEW, Action.APP_ENABLE})
    assert list(actor.grants) == ["production"]


def test_create_api_token_makes_one_that_never_expires_only_when_told_so(olga: Person) -> None:
    assert (
        answer_of("create_api_token", "--user", "olga", "--expires-in", "0")["expires_at"] is None
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--user", "nobody"), 3),
        (("--user", "olga", "--scope", "app.fly"), 2),
        (("--user", "olga", "--scope", "app.view@a", "--scope", "app.enable@b"), 2),
        (("--user", "olga", "--expires-in", "-3"), 6),
    ],
)
def test_a_bad_wish_exits_with_its_code_and_makes_no_token(
    olga: Person, arguments: tuple[str, ...], code: int
) -> None:
    with pytest.raises(CommandError) as refused:
        run("create_api_token", *arguments)

    assert refused.value.returncode == code
    assert not ApiToken.objects.exists()


def test_list_api_tokens_shows_them_but_never_the_token(olga: Person) -> None:
    token = answer_of("create_api_token", "--user", "olga", "--name", "deploy")["token"]

    text = run("list_api_tokens")
    (listed,) = answer_of("list_api_tokens", "--user", "olga")

    assert "olga  deploy" in text
    assert listed["name"] == "deploy"
    assert token not in text + json.dumps(listed)


def test_revoke_api_token_ends_it_at_once(olga: Person) -> None:
    answer = answer_of("create_api_token", "--user", "olga")

    run("revoke_api_token", answer["id"])

    with pytest.raises(TokenRefusedError):
        actor_of_token(answer["token"])
    assert "ended" in run("list_api_tokens")
