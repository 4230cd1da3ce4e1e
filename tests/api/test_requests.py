"""What every request to the API has to be, and how it is told when it is not."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action
from apps_admin.models import ApiToken, AuditEntry, KeptAnswer, Person
from apps_admin.services.api_tokens import Narrowing
from tests.api.client import APPS, Program
from tests.views.conftest import reasons_required

__all__ = ["reasons_required"]
from tests.api.conftest import MakeProgram
from tests.sign_in import sign_in

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"id": "a", "id": "b"}', "twice"),
        (b'{"id": "\xff"}', "UTF-8"),
        (b"[" * 100_000, "deep"),
        (b'{"webhooks": ' + b"[" * 50 + b"]" * 50 + b"}", "deep"),
        (b'{"id": NaN}', "NaN"),
        (b'{"id": ' + b"9" * 5000 + b"}", "digits"),
        (b'{"id"', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
    ],
)
def test_a_body_that_readers_could_read_differently_is_refused(
    program: Program, body: bytes, says: str
) -> None:
    answer = program.post(APPS, body)

    assert (answer.status_code, answer["Content-Type"]) == (422, PROBLEM)
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"enabled": 0}, "enabled"),
        ({"enabled": "false"}, "enabled"),
        ({"enabled": None}, "enabled"),
        ({"limits": {"max_connections": "5"}}, "limits.max_connections"),
        ({"limits": {"max_connections": True}}, "limits.max_connections"),
        ({"limits": {"max_conections": 5}}, "limits.max_conections"),
        ({"name": "x"}, "name"),
        ({"secret": "x"}, "secret"),
        ({"webhooks": {}}, "webhooks"),
        ([], ""),
        (None, ""),
    ],
)
def test_a_wrong_type_or_name_is_refused_and_named(
    program: Program, body: object, field: str
) -> None:
    program.create("shop")

    answer = program.patch(f"{APPS}/shop", body, If_Match="*")

    assert answer.status_code == 422
    assert any(name.startswith(field) for name in answer.json()["errors"])


def test_a_rule_that_is_broken_names_the_field(program: Program) -> None:
    answer = program.post(APPS, {"id": "a b", "limits": {"max_connections": -7}})

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"id", "max_connections"}


def test_a_body_of_50_mb_is_not_read(program: Program) -> None:
    answer = program.post(APPS, b'{"id": "' + b"a" * 50_000_000 + b'"}')

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded"]
)
def test_only_json_is_read(program: Program, kind: str) -> None:
    assert program.post(APPS, b"{}", Content_Type=kind).status_code == 415


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("text/html, */*;q=0.1", 200),
        ("application/json", 200),
    ],
)
def test_only_json_is_answered(program: Program, accept: str, status: int) -> None:
    assert program.get(APPS, Accept=accept).status_code == status


@pytest.mark.parametrize("query", ["dryrun=true", "dry_run=true&dry_run=false"])
def test_a_parameter_that_is_spelled_wrong_or_doubled_does_not_write(
    program: Program, query: str
) -> None:
    program.create("shop")

    answer = program.post(f"{APPS}/shop:disable?{query}", If_Match="*")

    assert answer.status_code == 422
    assert program.get(f"{APPS}/shop").json()["enabled"] is True


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/", 404),
        ("GET", "/api/v1/", 404),
        ("GET", "/api/v2/apps", 404),
        ("GET", f"{APPS}/shop/", 404),
        ("PUT", APPS, 405),
        ("POST", f"{APPS}/shop", 405),
    ],
)
def test_addresses_and_methods_there_are_not_are_problems_too(
    program: Program, method: str, path: str, status: int
) -> None:
    answer = program.send(method, path)

    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    assert status != 405 or answer["Allow"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (APPS, "GET, HEAD, OPTIONS, POST"),
        (f"{APPS}/shop", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        (f"{APPS}/shop:disable", "OPTIONS, POST"),
        ("/api/v1/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_an_address_tells_what_it_takes(path: str, allowed: str) -> None:
    nobody = Program(token="")

    asked = nobody.send("OPTIONS", path)
    refused = nobody.send("PUT", path)

    assert (asked.status_code, asked["Allow"], asked.content) == (204, allowed, b"")
    assert (refused.status_code, refused["Allow"]) == (405, allowed)


def test_a_head_answers_as_a_get_without_the_body(program: Program) -> None:
    program.create("shop")
    got = program.get(f"{APPS}/shop")

    answer = program.send("HEAD", f"{APPS}/shop")

    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer["ETag"], answer["Content-Length"]) == (got["ETag"], str(len(got.content)))
    assert program.send("HEAD", f"{APPS}/none").status_code == 404
    assert Program(token="").send("HEAD", APPS).status_code == 401


def test_a_fault_is_a_problem_without_a_traceback(program: Program) -> None:
    with patch("apps_admin.api.apps.show_app", side_effect=ZeroDivisionError("secret thing")):
        answer = program.get(f"{APPS}/shop")

    assert (answer.status_code, answer["Content-Type"]) == (500, PROBLEM)
    assert "secret thing" not in answer.content.decode()


def test_a_wrong_host_is_a_problem(program: Program) -> None:
    answer = program.client.get(APPS, headers={"Host": "evil.example"})

    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer sdc_unknown", "Bearer \xff"]
)
def test_without_a_valid_token_it_is_401(program: Program, header: str) -> None:
    answer = program.get(APPS, Authorization=header)

    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_that_expired_or_was_revoked_is_401(program: Program) -> None:
    row = ApiToken.objects.get()
    assert program.get(APPS).status_code == 200
    row.revoked_at = timezone.now()
    row.save()
    revoked = program.get(APPS).status_code
    row.revoked_at, row.expires_at = None, timezone.now() - timedelta(seconds=1)
    row.save()

    assert (revoked, program.get(APPS).status_code) == (401, 401)


def test_cookies_are_not_accepted(program: Program) -> None:
    client = Client()
    sign_in(client, Person.objects.get(username="alice"))

    assert client.get(APPS).status_code == 401


def test_tokens_are_not_accepted_on_the_pages(program: Program) -> None:
    answer = program.get("/connections/default/apps/", Accept="text/html")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_a_token_does_no_more_than_its_scopes(make_program: MakeProgram) -> None:
    narrow = make_program(narrowing=Narrowing(actions=frozenset({Action.APP_VIEW})))

    assert narrow.get(APPS).status_code == 200
    assert narrow.post(APPS, {"id": "shop"}).status_code == 403


def test_too_many_requests_are_429_until_the_minute_is_over(
    program: Program, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 25
    statuses = [program.get(APPS).status_code for _ in range(26)]

    answer = program.get(APPS)

    assert statuses == [200] * 25 + [429]
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer["Content-Type"] == PROBLEM


def test_the_same_request_with_the_same_key_is_done_once_and_tells_no_secret_again(
    program: Program,
) -> None:
    first = program.post(APPS, {}, Idempotency_Key="job-1")
    again = program.post(APPS, {}, Idempotency_Key="job-1")

    told = first.json()
    secret = told["app"].pop("secret")
    assert (again.status_code, again.json()) == (201, told)
    assert again["Idempotency-Replayed"] == "true"
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert len(program.get(APPS).json()["apps"]) == 1
    assert secret not in KeptAnswer.objects.get().body


def test_a_key_that_was_used_for_another_body_is_422(program: Program) -> None:
    program.post(APPS, {"id": "one"}, Idempotency_Key="job-1")

    answer = program.post(APPS, {"id": "two"}, Idempotency_Key="job-1")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key")


def test_a_key_is_free_again_after_a_request_that_did_nothing(program: Program) -> None:
    program.create("one")
    failed = program.post(APPS, {"id": "one"}, Idempotency_Key="job-1")

    assert failed.status_code == 409
    assert program.post(APPS, {"id": "two"}, Idempotency_Key="job-1").status_code == 201


def test_a_key_stays_taken_while_nobody_knows_what_its_request_did(program: Program) -> None:
    KeptAnswer.objects.create(
        actor_id=ApiToken.objects.get().public_id,
        key="job-1",
        fingerprint="?",
        expires_at=timezone.now() + timedelta(hours=1),
    )
    with patch("apps_admin.api.answers._fingerprint", return_value="?"):
        answer = program.post(APPS, {"id": "one"}, Idempotency_Key="job-1")

    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
    assert program.get(f"{APPS}/one").status_code == 404


def test_keys_of_one_token_are_not_those_of_another(
    program: Program, make_program: MakeProgram
) -> None:
    program.post(APPS, {"id": "one"}, Idempotency_Key="job-1")

    answer = make_program("bob").post(APPS, {"id": "two"}, Idempotency_Key="job-1")

    assert answer.status_code == 201


def test_a_kept_answer_is_forgotten_after_a_day(program: Program) -> None:
    program.post(APPS, {"id": "one"}, Idempotency_Key="job-1")
    KeptAnswer.objects.update(expires_at=timezone.now())

    assert program.post(APPS, {"id": "one"}, Idempotency_Key="job-1").status_code == 409


def test_the_reason_comes_by_header_or_body(program: Program) -> None:
    program.post(APPS, {"id": "one"}, X_Reason="für Ä".encode().decode("latin-1"))
    program.post(f"{APPS}/one:disable", {"reason": "leak"}, If_Match="*", X_Reason="no")

    reasons = AuditEntry.objects.filter(outcome="succeeded", actor_kind="token")
    assert list(reasons.values_list("reason", flat=True)) == ["für Ä", "leak"]


def test_a_connection_that_asks_for_a_reason_gets_one(
    program: Program, reasons_required: None
) -> None:
    program.post(APPS, {"id": "one"}, X_Reason="OPS-16")
    answer = program.post(f"{APPS}/one:disable", If_Match="*")
    assert answer.status_code == 422
    assert "reason" in answer.json()["errors"]
    done = program.post(f"{APPS}/one:disable", If_Match="*", X_Reason="OPS-17")
    assert done.status_code == 200
    assert AuditEntry.objects.filter(outcome="succeeded", reason="OPS-17").exists()
