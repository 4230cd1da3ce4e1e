"""The OpenAPI document: as committed, valid, and every request it allows answered as it says."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from openapi_spec_validator import OpenAPIV31SpecValidator
from pytest_django.fixtures import Settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps_admin.api.application import api
from apps_admin.api.document import FILE, make_openapi, openapi
from apps_admin.domain.actions import Role
from tests.api.client import Program
from tests.api.conftest import MakeProgram
from tests.golden_files import ROOT, GoldenFiles

COMMITTED = FILE.relative_to(ROOT)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
)
OPERATIONS = sorted(
    (operation["tags"][0], path, method)
    for path, item in openapi()["paths"].items()
    for method, operation in item.items()
)


def test_the_document_that_is_served_tells_of_the_operations_as_they_are(
    golden: GoldenFiles, db: None
) -> None:
    golden.check(COMMITTED, make_openapi())

    served = Program(token="").get("/api/v1/openapi.json")
    assert served["Content-Type"] == "application/json"
    assert served.json() == openapi()


def test_the_document_is_valid_openapi_3_1() -> None:
    document = openapi()

    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    operations = [each for item in openapi()["paths"].values() for each in item.values()]

    assert len({each["operationId"] for each in operations}) == len(operations)
    assert [each["operationId"] for each in operations if not each.get("description")] == []
    assert api.docs_url is None


@pytest.fixture
def ada(make_program: MakeProgram, settings: Settings) -> Program:
    """Who may do everything, as often as they like."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.WEBHOOK_TESTS_PER_MINUTE = 1_000_000
    return make_program("ada", Role.ADMINISTRATOR)


@pytest.fixture
def call(ada: Program) -> Callable[[Any], None]:
    """Sends a generated request and holds the answer against the document."""
    ada.create("shop")

    def send(case: Any) -> None:
        case.call_and_validate(
            headers={"Authorization": f"Bearer {ada.token}"}, checks=list(CHECKS)
        )

    return send


def _at_what_is_there(case: Any) -> Any:
    """Two of three requests that fit the document go to a connection and an app that exist."""
    there = {"connection": "default", "app_id": "shop"}
    for name, value in case.path_parameters.items():
        if zlib.crc32(str(value).encode()) % 3:
            case.path_parameters[name] = there.get(name, value)
    return case


@cache
def served_schema() -> Any:
    """The document as schemathesis reads it."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.mark.parametrize("tag", sorted({tag for tag, *_ in OPERATIONS}))
def test_whatever_is_sent_is_answered_as_documented(
    call: Callable[[Any], None], tag: str, subtests: pytest.Subtests
) -> None:
    for path, method in (each[1:] for each in OPERATIONS if each[0] == tag):
        with subtests.test(f"{method} {path}"):
            _walk(served_schema()[path][method.upper()], call)


def _walk(operation: Any, call: Callable[[Any], None]) -> None:
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    misfits = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @hypothesis.given(case=fitting.map(_at_what_is_there) | misfits)
    @hypothesis.settings(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        # What fails is told as it is: making it smaller takes longer than all that passes.
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def walk(case: Any) -> None:
        call(case)

    walk()
