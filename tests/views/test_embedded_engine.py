"""Every page says that the apps are in the embedded engine, and no other connection's page does."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.views.conftest import text_of

SAYS = "<strong>Embedded engine.</strong>"


@pytest.fixture
def embedded(default_connection: str, settings: Settings) -> None:
    """The local run's default connection. Its engine is not asked by these pages."""
    settings.EMBEDDED_ENGINE = True


@pytest.mark.parametrize("address", ["/connections/", "/account/", "/people/", "/nothing/"])
def test_a_page_outside_any_connection_says_it(alice: Client, embedded: None, address: str) -> None:
    assert SAYS in text_of(alice.get(address))


def test_the_page_to_sign_in_says_it(embedded: None, db: None) -> None:
    assert SAYS in text_of(Client().get("/sign-in/"))


def test_a_page_of_another_connection_does_not(
    alice: Client, embedded: None, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "connections.toml"
    file.write_text('[connections.production]\nlabel = "Production"\ntable = "apps"\n')
    settings.CONNECTIONS_FILE = str(file)
    page = text_of(alice.get("/connections/production/apps/"))
    assert "Production" in page
    assert SAYS not in page


def test_no_page_says_it_of_a_real_table(alice: Client) -> None:
    assert SAYS not in text_of(alice.get("/account/"))
