"""The pattern page shows every component without any fault of its own."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.services.accounts import add_person
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


def sign_in_with(client: Client, role: Role) -> None:
    sign_in(client, add_person("alice", {EVERY_CONNECTION: Grant(role=role)}, None))


def test_an_administrator_sees_every_component(client: Client) -> None:
    sign_in_with(client, Role.ADMINISTRATOR)
    page = client.get("/patterns/").content.decode()
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


def test_it_does_not_exist_for_an_operator(client: Client) -> None:
    sign_in_with(client, Role.OPERATOR)
    assert client.get("/patterns/").status_code == 404


def test_debug_opens_it_for_everybody(client: Client, settings: Settings) -> None:
    sign_in_with(client, Role.VIEWER)
    settings.DEBUG = True
    assert client.get("/patterns/").status_code == 200
