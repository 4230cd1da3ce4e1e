"""What goes wrong with DynamoDB becomes a page with the next step; what was typed stays; nothing secret is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, NoCredentialsError
from django.test import Client
from pytest_django.fixtures import Settings

from tests.views.conftest import text_of, url


@contextmanager
def broken_dynamodb(error: Exception) -> Iterator[None]:
    def broken(self: Any, operation_name: str, parameters: Any) -> Any:
        raise error

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(BaseClient, "_make_api_call", broken)
        yield


def aws_error(code: str, message: str = "of AWS") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NoCredentialsError(), 502),
        (aws_error("ExpiredTokenException"), 502),
        (aws_error("UnrecognizedClientException"), 502),
        (aws_error("AccessDeniedException"), 502),
        (aws_error("ResourceNotFoundException"), 404),
        (aws_error("ProvisionedThroughputExceededException"), 503),
        (aws_error("ThrottlingException"), 503),
        (aws_error("SomethingNew"), 502),
    ],
)
def test_each_trouble_has_its_status_and_a_next_step(
    bob: Client, shop: str, error: Exception, status: int
) -> None:
    with broken_dynamodb(error):
        answer = bob.get(url("app-record"))
    page = text_of(answer)
    assert answer.status_code == status
    assert 'class="callout-body"' in page
    assert "Traceback" not in page
    assert (status == 503) == ("Retry-After" in answer)


def test_the_typed_change_survives_an_endpoint_that_is_down(
    bob: Client, shop: str, settings: Settings
) -> None:
    form = bob.get(url("app-edit"))
    base = form.context["base"]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.DYNAMODB_ENDPOINT = f"http://127.0.0.1:{closed.getsockname()[1]}"
        answer = bob.post(
            url("app-edit"),
            {
                "base": base,
                "max_connections_choice": "number",
                "max_connections_number": "4711",
                "step": "save",
            },
        )
    page = text_of(answer)
    assert answer.status_code == 503
    assert 'name="max_connections_number" value="4711"' in page
    assert f'name="base" value="{base}"' in page
    assert "Send again" in page


def test_a_form_from_an_older_session_is_kept_to_be_sent_again(bob: Client, shop: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = bob.cookies
    answer = strict.post(url("app-disable"), {"reason": "OPS-17"})
    assert answer.status_code == 403


def test_an_address_that_leads_nowhere_is_the_consoles_own_page(bob: Client) -> None:
    answer = bob.get("/connections/default/nothing/")
    assert answer.status_code == 404
    assert "leads nowhere" in text_of(answer)


def test_an_address_that_only_a_button_sends_to_leads_back(bob: Client, shop: str) -> None:
    answer = bob.get(url("delivery-send"))
    page = text_of(answer)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "a button sends to it" in page
    assert f'href="{url("app-record")}"' in page


def test_what_a_lone_button_sent_is_tried_again_by_a_button(bob: Client, shop: str) -> None:
    with broken_dynamodb(aws_error("SomethingNew")):
        answer = bob.post(url("app-enable"))
    page = text_of(answer)
    assert answer.status_code == 502
    assert f'<form method="post" action="{url("app-enable")}">' in page
    assert f'<a class="btn btn-primary" href="{url("app-enable")}">' not in page
