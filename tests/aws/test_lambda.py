"""Invoking the function of a webhook: over real HTTP against a receiver that answers as AWS Lambda does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from apps_admin.aws.lambda_ import LARGEST_ANSWER, invoke_function, make_lambda_client
from apps_admin.domain.connection import Connection, CredentialMode, Credentials
from apps_admin.domain.delivery import Exchange
from apps_admin.domain.errors import ValidationError

PATH = "/2015-03-31/functions/receiver/invocations"
PAYLOAD = b'{"payload":{"time_ms":1,"events":[]},"headers":{"Accept":"application/json"}}'
CONNECTION = Connection(
    slug="tests",
    credentials=Credentials(
        mode=CredentialMode.STATIC, access_key_id="AKIATESTS", secret_access_key="tests"
    ),
)


@pytest.fixture
def client(httpserver: HTTPServer) -> Any:
    """A client as the console makes it, pointed at the receiver."""
    made: Any = make_lambda_client(CONNECTION, "eu-west-1")
    made.meta.events.register("before-sign.lambda", _send_to(httpserver))
    return made


def _send_to(httpserver: HTTPServer) -> Any:
    def change(request: Any, **_: Any) -> None:
        request.url = httpserver.url_for(request.url.split("amazonaws.com", 1)[1])

    return change


def invoke(client: Any, *, is_async: bool = False, dry_run: bool = False) -> Exchange:
    return invoke_function(
        client, function="receiver", payload=PAYLOAD, is_async=is_async, dry_run=dry_run
    )


def failing(code: str, status: int) -> Response:
    return Response(
        json.dumps({"Message": "no"}), status=status, headers={"x-amzn-ErrorType": code}
    )


@pytest.mark.parametrize(
    ("is_async", "kind", "status"), [(True, "Event", 202), (False, "RequestResponse", 200)]
)
def test_it_sends_the_payload_as_soketi_does(
    client: Any, httpserver: HTTPServer, is_async: bool, kind: str, status: int
) -> None:
    httpserver.expect_request(
        PATH, method="POST", headers={"X-Amz-Invocation-Type": kind}, data=PAYLOAD
    ).respond_with_data(b'"done"', status=status)
    exchange = invoke(client, is_async=is_async)
    assert (exchange.status, exchange.body, exchange.failure) == (status, b'"done"', "")
    assert exchange.request == PAYLOAD
    assert exchange.succeeded


def test_a_function_that_fails_shows_its_own_error(client: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_data(
        b'{"errorMessage":"boom"}', headers={"X-Amz-Function-Error": "Unhandled"}
    )
    exchange = invoke(client)
    assert (exchange.reason, exchange.body) == ("Unhandled", b'{"errorMessage":"boom"}')
    assert not exchange.succeeded


def test_a_denied_call_becomes_a_dry_run(client: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_response(failing("AccessDeniedException", 403))
    exchange = invoke(client)
    assert exchange.is_dry_run
    assert "lambda:InvokeFunction" in exchange.failure
    assert exchange.request == PAYLOAD


def test_a_dry_run_runs_nothing(client: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH, headers={"X-Amz-Invocation-Type": "DryRun"}).respond_with_data(
        b"", status=204
    )
    exchange = invoke(client, dry_run=True)
    assert (exchange.status, exchange.is_dry_run) == (204, True)


def test_a_missing_function_is_said(client: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_response(failing("ResourceNotFoundException", 404))
    assert invoke(client).failure == "There is no function receiver."


def test_it_tries_once(client: Any, httpserver: HTTPServer) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return failing("ServiceException", 500)

    httpserver.expect_request(PATH).respond_with_handler(answer)
    assert "ServiceException" in invoke(client).failure
    assert len(seen) == 1


def test_at_most_64_kb_of_the_answer_are_kept(client: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_data(b"x" * (LARGEST_ANSWER + 5))
    exchange = invoke(client)
    assert len(exchange.body) == LARGEST_ANSWER
    assert exchange.body_is_cut


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="not a region"):
        make_lambda_client(CONNECTION, "evil.example.com/")
