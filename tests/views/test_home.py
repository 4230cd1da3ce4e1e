"""The first page: straight to the only connection, a choice among several, a word to those who have none."""

from __future__ import annotations

from pathlib import Path

from django.test import Client
from pytest_django.fixtures import Settings

from tests.views.conftest import text_of


def test_the_only_connection_is_opened(bob: Client) -> None:
    assert bob.get("/")["Location"] == "/connections/default/apps/"


def test_who_has_no_role_is_told_whom_to_ask(charlie: Client) -> None:
    page = text_of(charlie.get("/"))
    assert "No connection for you yet" in page


def test_several_connections_are_a_choice_by_name_color_and_words(
    alice: Client, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(
        '[connections.production]\nlabel = "Production"\ncolor = "red"\nprotected = true\ntable = "apps"\n'
    )
    settings.CONNECTIONS_FILE = str(file)
    page = text_of(alice.get("/"))
    assert "Production" in page
    assert "tint-red" in page
    assert "Protected" in page
    assert "/connections/default/apps/" in page
