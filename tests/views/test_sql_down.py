"""When the console's own database is down nothing is written, and the page says how to disable the app without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from apps_admin.models import AuditHead, OperationPlan
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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="fills up SQLite")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", range(1, 9))  # pages; each lets another step be the first to fail
def test_a_full_disk_loses_neither_a_change_nor_its_record(
    bob: Client, shop: str, stored: Stored, room: int
) -> None:
    bob.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # pages freed by earlier tests would be room to write in
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + room}")
    try:
        for number in range(200):
            before = stored(shop)
            action = "app-enable" if number % 2 else "app-disable"
            answer = bob.post(url(action), {"reason": "x" * 500})
            if answer.status_code == 503:
                break
            assert answer.status_code == 302
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert answer.status_code == 503
    is_written = "The change is in DynamoDB" in text_of(answer)
    assert is_written or "Nothing was written" in text_of(answer)
    assert (stored(shop) != before) == is_written
    assert OperationPlan.objects.exists() == is_written


def test_another_audit_key_is_said_to_be_one_and_writes_nothing(
    bob: Client, shop: str, stored: Stored, settings: Settings
) -> None:
    bob.post(url("app-enable"))
    settings.AUDIT_KEY = "not-the-key-that-made-this-log-0123456789"
    answer = bob.post(url("app-disable"))
    page = text_of(answer)
    assert answer.status_code == 503
    assert "AUDIT_KEY does not fit" in page
    assert "Put the former AUDIT_KEY back" in page
    assert stored("shop") == SHOP


def test_an_altered_head_of_the_log_is_said_to_be_one(
    bob: Client, shop: str, stored: Stored
) -> None:
    bob.post(url("app-enable"))
    AuditHead.objects.update(hash="0" * 64)
    answer = bob.post(url("app-disable"))
    assert answer.status_code == 503
    assert "The audit log was altered" in text_of(answer)
    assert stored("shop") == SHOP
