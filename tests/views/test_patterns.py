"""The pattern page shows every component without any fault of its own."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, ActorKind, Grant
from apps_admin.views.patterns import pattern_list


def actor_with(role: Role) -> Actor:
    return Actor(
        kind=ActorKind.PERSON, id="1", name="alice", grants={EVERY_CONNECTION: Grant(role=role)}
    )


def test_an_administrator_sees_every_component(rf: RequestFactory) -> None:
    request = rf.get("/patterns/")
    request.actor = actor_with(Role.ADMINISTRATOR)  # type: ignore[attr-defined]
    page = pattern_list(request).content.decode()
    for heading in (
        "Buttons",
        "Callouts",
        "Findings",
        "Facts",
        "Progress",
        "Table",
        "Difference",
        "Form",
    ):
        assert f">{heading}</h2>" in page


def test_it_does_not_exist_for_an_operator(rf: RequestFactory) -> None:
    request = rf.get("/patterns/")
    request.actor = actor_with(Role.OPERATOR)  # type: ignore[attr-defined]
    with pytest.raises(Http404):
        pattern_list(request)


def test_debug_opens_it_for_everybody(rf: RequestFactory, settings: Settings) -> None:
    settings.DEBUG = True
    assert pattern_list(rf.get("/patterns/")).status_code == 200
