"""Load balancers ask these without signing in."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client


def test_it_is_alive_without_a_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_it_is_ready_when_sql_answers(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_it_is_not_ready_when_sql_is_down(client: Client) -> None:
    def refuse(*_arguments: object) -> object:
        from django.db import OperationalError

        raise OperationalError("down")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert b"database does not answer" in response.content
