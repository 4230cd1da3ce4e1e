"""Whatever DynamoDB or the console's own database answers: a problem document with the next step, and no secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from tests.api.client import APPS, Program
from tests.aws.fault_server import (
    Answer,
    FaultServer,
    answers,
    answers_page,
    dropped,
    fault_server,
)

PROBLEM = "application/problem+json"
TOLD_BY_AWS = "what-AWS-says-about-arn:aws:iam::123456789012:user/ana"
TROUBLES: dict[str, tuple[Answer, int]] = {
    "table missing": (answers("ResourceNotFoundException", TOLD_BY_AWS), 404),
    "expired token": (answers("ExpiredTokenException", TOLD_BY_AWS), 502),
    "denied": (answers("AccessDeniedException", TOLD_BY_AWS), 502),
    "a code nobody knows": (answers("BrandNewException", TOLD_BY_AWS), 502),
    "a web page": (answers_page(502), 503),
    "dropped": (dropped, 503),
}


@pytest.fixture
def dynamodb(
    default_connection: str, dynamodb_endpoint: str, settings: Settings
) -> Iterator[FaultServer]:
    """DynamoDB as the console reaches it: the real engine until a test plans otherwise."""
    with fault_server(dynamodb_endpoint) as server:
        settings.DYNAMODB_ENDPOINT = server.url
        yield server


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_with_dynamodb_is_told_on_reads_and_writes(
    dynamodb: FaultServer, program: Program, trouble: str
) -> None:
    secret = program.create("shop")["secret"]
    dynamodb.always, status = TROUBLES[trouble]

    told = [
        program.get(f"{APPS}/shop"),
        program.post(f"{APPS}/shop:disable", If_Match="*"),
        program.post(APPS, {"id": "fresh"}, Idempotency_Key="once"),
        program.post("/api/v1/connections/default/apps:export", {"format": "jsonl"}),
    ]

    dynamodb.always = None
    assert [(each.status_code, each["Content-Type"]) for each in told] == [(status, PROBLEM)] * 4
    for answer in told:
        assert answer.json()["hint"] or answer.json()["detail"]
        assert TOLD_BY_AWS not in answer.content.decode()
        assert secret not in answer.content.decode()
        assert (status == 503) == ("Retry-After" in answer)
    assert program.get(f"{APPS}/shop").json()["enabled"] is True
    # Nothing was done under the key: it is free for another try.
    assert program.post(APPS, {"id": "fresh"}, Idempotency_Key="once").status_code == 201


def test_throttling_is_503_with_the_time_to_wait(dynamodb: FaultServer, program: Program) -> None:
    dynamodb.always = answers("ProvisionedThroughputExceededException", status=400)

    answer = program.get(f"{APPS}/shop")

    assert (answer.status_code, answer.json()["code"]) == (503, "throttled")
    assert int(answer["Retry-After"]) >= 1


def test_without_its_own_database_the_console_answers_503_and_writes_nothing(
    program: Program,
) -> None:
    program.create("shop")

    def refuse(*_arguments: Any) -> Any:
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(refuse):
        answers = [
            program.get(f"{APPS}/shop"),
            program.post(f"{APPS}/shop:disable", If_Match="*"),
        ]

    for answer in answers:
        assert (answer.status_code, answer["Content-Type"]) == (503, PROBLEM)
        assert answer["Retry-After"]
        assert "disk I/O" not in answer.content.decode()
    assert program.get(f"{APPS}/shop").json()["enabled"] is True
