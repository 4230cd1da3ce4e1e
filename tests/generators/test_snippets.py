"""Snippets are what their languages read, whatever an app's id and key hold."""

from __future__ import annotations

import ast
import json
import re

import pytest

from apps_admin.generators.snippets import AppAccess, app_snippets

ODD = 'it\'s "$HOME" \\ </script> ü\n#'
PLAIN = AppAccess(id="shop", key="shop-key", secret="s3cret", soketi_url="wss://ws.example.com")


def text_of(app: AppAccess, name: str) -> str:
    return next(snippet.text for snippet in app_snippets(app) if snippet.name == name)


def test_the_laravel_lines_name_host_port_and_scheme() -> None:
    lines = dict(line.split("=", 1) for line in text_of(PLAIN, "laravel").splitlines())
    assert lines["PUSHER_APP_ID"] == "shop"
    assert lines["PUSHER_APP_SECRET"] == "s3cret"
    assert lines["PUSHER_HOST"] == "ws.example.com"
    assert lines["PUSHER_PORT"] == "443"
    assert lines["PUSHER_SCHEME"] == "https"


def test_without_an_address_it_is_soketis_own_default() -> None:
    lines = dict(
        line.split("=", 1) for line in text_of(AppAccess(id="a", key="b"), "laravel").splitlines()
    )
    assert (lines["PUSHER_HOST"], lines["PUSHER_PORT"], lines["PUSHER_SCHEME"]) == (
        "127.0.0.1",
        "6001",
        "http",
    )


def test_browser_snippets_never_hold_the_secret() -> None:
    for snippet in app_snippets(PLAIN):
        assert ("s3cret" in snippet.text) == snippet.needs_secret


def test_the_python_snippet_is_python_that_says_the_same() -> None:
    tree = ast.parse(text_of(AppAccess(id=ODD, key=ODD, secret=ODD), "python"))
    values = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert ODD in values


@pytest.mark.parametrize("name", ["pusher-js", "laravel-echo", "node"])
def test_the_javascript_snippets_quote_what_they_are_given(name: str) -> None:
    text = text_of(AppAccess(id=ODD, key=ODD, secret=ODD), name)
    assert "</script>" not in text
    literals = [json.loads(found) for found in re.findall(r'"(?:[^"\\]|\\.)*"', text)]
    assert ODD in literals


def test_a_dotenv_value_with_spaces_or_quotes_is_quoted() -> None:
    line = text_of(AppAccess(id='a "b" $c', key="k"), "laravel").splitlines()[1]
    assert line == 'PUSHER_APP_ID="a \\"b\\" \\$c"'
