"""Whatever goes wrong with DynamoDB, a form is answered by a page with the next step and all that was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import Settings

from apps_admin.domain.errors import ConsoleError
from apps_admin.services.app_index import refresh_index
from apps_admin.services.connections import get_connection
from tests.aws.fault_server import (
    Answer,
    FaultServer,
    answers,
    answers_json,
    answers_page,
    dropped,
    fault_server,
)
from tests.views.conftest import SHOP, StoreApp, Stored, text_of, url

TOLD_BY_AWS = "what-AWS-says-about-arn:aws:iam::123456789012:user/ana"


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form as somebody fills it in."""

    name: str
    typed: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True

    def address(self) -> str:
        return "/connections/default/new-app/" if self.name == "new" else url(self.name)


REASON = {"reason": "OPS-17 <b>said</b> so"}
FORMS = (
    Form(
        name="new",
        typed={
            "id": "fresh",
            "key": "a-key-of-mine",
            "max_connections_choice": "number",
            "max_connections_number": "4711",
            "webhooks": '[{"url": "https://example.com/<i>", "event_types": ["cache_miss"]}]',
            **REASON,
        },
    ),
    Form(name="app-edit", typed={"max_connections_number": "4711", **REASON}),
    Form(name="app-disable", typed=REASON),
    Form(name="app-enable", typed=REASON, enabled=False),
    Form(name="app-rotate-secret", typed=REASON),
    Form(name="app-cut-off", typed=REASON),
    Form(name="app-delete", typed={"confirmation": "shop", "is_drained": "on", **REASON}, enabled=False),
    Form(name="app-remove-attribute", typed={"name": "Team", **REASON}),
    Form(name="app-reveal-secret", typed=REASON),
)  # fmt: skip

TROUBLES: dict[str, tuple[Answer, int]] = {
    "table missing": (answers("ResourceNotFoundException", TOLD_BY_AWS), 404),
    "wrong region": (
        answers(
            "InvalidSignatureException", "Credential should be scoped to a valid region. " + TOLD_BY_AWS
        ),
        502,
    ),
    "expired token": (answers("ExpiredTokenException", TOLD_BY_AWS), 502),
    "unknown key": (answers("UnrecognizedClientException", TOLD_BY_AWS), 502),
    "denied": (answers("AccessDeniedException", TOLD_BY_AWS), 502),
    "a code nobody knows": (answers("BrandNewException", TOLD_BY_AWS), 502),
    "a web page": (answers_page(502), 503),
    "dropped": (dropped, 503),
}  # fmt: skip


@pytest.fixture
def dynamodb(
    default_connection: str, dynamodb_endpoint: str, settings: Settings
) -> Iterator[FaultServer]:
    """DynamoDB as the console reaches it: the real engine until a test plans otherwise."""
    with fault_server(dynamodb_endpoint) as server:
        settings.DYNAMODB_ENDPOINT = server.url
        yield server


def filled_in(client: Client, form: Form) -> dict[str, str]:
    sent = dict(form.typed)
    if form.name == "app-edit":
        sent |= {
            "base": client.get(form.address()).context["base"],
            "max_connections_choice": "number",
            "step": "save",
        }
    return sent


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_was_typed_survives_every_trouble(
    alice: Client, dynamodb: FaultServer, store_app: StoreApp, stored: Stored, form: Form
) -> None:
    store_app(Enabled={"BOOL": form.enabled})
    before = stored("shop")
    sent = filled_in(alice, form)
    for trouble, (answer, status) in TROUBLES.items():
        dynamodb.always = answer
        response = alice.post(form.address(), sent)
        page = text_of(response)
        assert response.status_code == status, trouble
        assert 'class="callout-body"' in page, f"{trouble}: no next step"
        for name, value in sent.items():
            assert f'name="{name}"' in page, f"{trouble}: {name}"
            assert escape(value) in page, f"{trouble}: {name}"
        assert "Traceback" not in page
        assert TOLD_BY_AWS not in page
        assert SHOP["AppSecret"]["S"] not in page
        assert (status == 503) == ("Retry-After" in response), trouble
    assert stored("shop") == before
    assert stored("fresh") is None


def test_what_a_form_carries_beside_what_was_typed_stays_hidden(
    bob: Client, dynamodb: FaultServer
) -> None:
    dynamodb.always = answers("BrandNewException", TOLD_BY_AWS)
    machinery = {"warned": "x1", "filled": "x2", "listed": "x3", "opened": "4", "do": "save"}
    page = text_of(bob.post(url("app-disable"), machinery))
    for name, value in machinery.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


def test_a_throttled_write_is_tried_three_times_and_then_503(
    bob: Client, dynamodb: FaultServer, shop: str, stored: Stored
) -> None:
    bob.get(url("app-record"))
    dynamodb.requests.clear()
    dynamodb.always = answers("ProvisionedThroughputExceededException", status=400)
    answer = bob.post(url("app-disable"), REASON)
    assert dynamodb.operations == ["GetItem"] * 3
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "throttling" in text_of(answer)
    assert escape(REASON["reason"]) in text_of(answer)
    assert stored("shop") == SHOP


@pytest.mark.parametrize(
    "text",
    [
        "The table does not have the specified index: AppKeyIndex",
        "Cannot read from backfilling global secondary index: AppKeyIndex",
    ],
    ids=["missing", "not active"],
)
def test_an_index_that_cannot_be_asked_keeps_a_new_app_from_being_created(
    bob: Client, dynamodb: FaultServer, stored: Stored, text: str
) -> None:
    nothing, refused = answers_json({}), answers("ValidationException", text)
    dynamodb.always = lambda exchange: (
        refused(exchange) if exchange.operation == "Query" else nothing(exchange)
    )
    answer = bob.post("/connections/default/new-app/", {"id": "fresh", "key": "a-key-of-mine"})
    page = text_of(answer)
    assert answer.status_code == 502
    assert "AppKeyIndex is missing" in page
    assert "bootstrap_table --repair" in page
    assert 'value="a-key-of-mine"' in page
    assert "PutItem" not in dynamodb.operations


def test_a_search_without_an_index_still_lists_and_says_why(
    bob: Client, dynamodb: FaultServer, shop: str
) -> None:
    dynamodb.plan = [answers_json({}), answers("ValidationException", "No such index")]
    answer = bob.get("/connections/default/apps/?q=nobody")
    assert answer.status_code == 200
    assert "AppKeyIndex" in text_of(answer)


def test_a_table_that_was_never_read_is_not_said_to_lack_an_app(
    bob: Client, dynamodb: FaultServer
) -> None:
    dynamodb.always = answers("ResourceNotFoundException", "No such table")
    with suppress(ConsoleError):
        refresh_index(get_connection("default"))
    page = text_of(bob.get("/connections/default/apps/?q=shop"))
    assert "The table could not be read" in page
    assert "Which apps are in it is not known" in page
    assert "No app matches" not in page
    assert "read before" not in page
    doctor = text_of(bob.get("/connections/default/doctor/"))
    assert "The table could not be read" in doctor
    assert "being examined for the first time" not in doctor
