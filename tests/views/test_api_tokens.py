"""The pages of one's own API tokens."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.models import ApiToken, AuditEntry, Person
from apps_admin.services.accounts import add_person
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(default_connection: str) -> Person:
    return add_person("alice", {EVERY_CONNECTION: Grant(role=Role.OPERATOR)}, None)


@pytest.fixture
def alices(alice: Person) -> Client:
    client = Client()
    sign_in(client, alice, second_factor=True)
    return client


def make(alices: Client, **fields: object) -> str:
    """The page after making a token."""
    typed = {"name": "pipeline", "extent": "all", "days": "30", **fields}
    return str(alices.post(reverse("token-create"), typed).content.decode())


def token_on(page: str) -> str:
    found = re.search(r"sdc_[\w-]{43}", page)
    assert found, page[-2000:]
    return found.group()


def test_a_token_is_shown_once_and_works(alices: Client) -> None:
    token = token_on(make(alices))

    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["name"] == "pipeline (token of alice)"
    assert token not in alices.get(reverse("token-list")).content.decode()
    assert token not in str(list(AuditEntry.objects.values_list("after", flat=True)))


def test_by_default_a_token_only_looks(alices: Client) -> None:
    page = alices.get(reverse("token-create")).content.decode()

    assert re.search(r'value="look"[^>]*checked', page)
    make(alices, extent="look")
    assert "app.view" in (ApiToken.objects.get().actions or [])
    assert "app.update" not in (ApiToken.objects.get().actions or [])


def test_only_what_is_chosen_and_what_one_may_do_oneself_can_be_given(alices: Client) -> None:
    make(alices, extent="chosen", actions=["app.disable"], connections=["default"])
    refused = make(alices, extent="chosen", actions=["connection.create"])

    row = ApiToken.objects.get()
    assert (row.actions, row.connections) == (["app.disable"], ["default"])
    assert "connection.create is not one of the available choices" in refused


def test_choosing_nothing_makes_no_token(alices: Client) -> None:
    assert "Choose at least one action." in make(alices, extent="chosen")
    assert not ApiToken.objects.exists()


def test_rotating_shows_another_and_lets_the_old_one_work_on(alices: Client) -> None:
    old = token_on(make(alices))
    url = reverse("token-rotate", args=[ApiToken.objects.get().public_id])

    new = token_on(alices.post(url).content.decode())

    for token in (old, new):
        headers = {"Authorization": f"Bearer {token}"}
        assert Client().get("/api/v1/me", headers=headers).status_code == 200
    assert old != new


def test_a_revoked_token_is_refused_at_once(alices: Client) -> None:
    token = token_on(make(alices))

    answer = alices.post(
        reverse("token-revoke", args=[ApiToken.objects.get().public_id]), follow=True
    )

    assert "Requests with this token are refused now." in answer.content.decode()
    refused = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401


def test_somebody_elses_token_is_neither_listed_nor_revoked(alices: Client) -> None:
    make(alices)
    bob = add_person("bob", {EVERY_CONNECTION: Grant(role=Role.OPERATOR)}, None)
    other = Client()
    sign_in(other, bob, second_factor=True)
    url = reverse("token-revoke", args=[ApiToken.objects.get().public_id])

    assert "sdc_" not in other.get(reverse("token-list")).content.decode()
    assert other.post(url).status_code == 403
    assert ApiToken.objects.get().revoked_at is None


def test_the_reference_lists_every_operation(alices: Client) -> None:
    page = alices.get(reverse("api-reference")).content.decode()

    assert "POST /api/v1/connections/{connection}/apps/{app_id}:disable" in page
    assert reverse("api:openapi") in page
