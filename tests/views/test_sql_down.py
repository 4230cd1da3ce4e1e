"""When the console's own database is down nothing is written, and the page says how to disable the app without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection
from django.test import Client

from tests.views.conftest import SHOP, Stored, text_of, url


@contextmanager
def sql_down() -> Iterator[None]:
    def refuse(*_arguments: Any) -> Any:
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(refuse):
        yield


def ask(client: Client, method: str, address: str, **typed: str) -> Any:
    client.raise_request_exception = False
    with sql_down():
        return getattr(client, method)(address, typed)


def test_nothing_is_written_and_the_command_is_there(
    bob: Client, shop: str, stored: Stored, apps_table: str
) -> None:
    bob.get(url("app-record"))
    answer = ask(bob, "post", url("app-disable"), reason="OPS-17")
    page = text_of(answer)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Nothing was written" in page
    assert "aws dynamodb update-item" in page
    assert apps_table in page
    assert "disk I/O" not in page
    assert stored("shop") == SHOP


def test_what_was_typed_is_kept(bob: Client, shop: str) -> None:
    page = text_of(ask(bob, "post", url("app-disable"), reason="OPS-17"))
    assert 'value="OPS-17"' in page


def test_a_stranger_gets_the_command_without_the_place(
    shop: str, default_connection: str, apps_table: str, db: None
) -> None:
    page = text_of(ask(Client(), "get", url("app-record")))
    assert apps_table not in page


def test_pages_without_an_app_say_it_too(bob: Client) -> None:
    answer = ask(bob, "get", "/connections/default/apps/")
    assert answer.status_code == 503
    assert "own database is down" in text_of(answer).replace("&#x27;", "'")
