"""Two connections, and people and tokens who are something else on each: every URL by every method, on both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action, Role
from apps_admin.domain.actor import EVERY_CONNECTION, Actor, Grant
from apps_admin.services.accounts import actor_of, add_person
from apps_admin.services.api_limits import forget_counts
from apps_admin.services.api_tokens import create_token
from tests.access import ACCESS, PATH_VALUES, Needs, Row, Where
from tests.sign_in import sign_in
from tests.test_access import URLS, ask, is_refused, url_of

pytestmark = pytest.mark.django_db

HERE, THERE = "default", "elsewhere"
VIEWER = Grant(role=Role.VIEWER)
OPERATOR = Grant(role=Role.OPERATOR, reveals_secrets=True)
ADMINISTRATOR = Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
GRANTS: Final[dict[str, dict[str, Grant]]] = {
    "operates here": {HERE: OPERATOR},
    "administrates here": {HERE: ADMINISTRATOR},
    "looks here, administrates there": {HERE: VIEWER, THERE: ADMINISTRATOR},
    "operates everything, only looks there": {EVERY_CONNECTION: OPERATOR, THERE: VIEWER},
    "administrates everything, only looks there": {EVERY_CONNECTION: ADMINISTRATOR, THERE: VIEWER},
}
PAGES: Final = [
    row
    for row in ACCESS
    if isinstance(row.needs, Action) and "connection" in URLS[row.name].pattern.converters
]
OPERATIONS: Final = [
    row
    for row in ACCESS
    if row.needs is Needs.TOKEN and "connection" in URLS[row.name].pattern.converters
]
# What a token needs for each operation on a connection, and what is sent where an empty object does not do.
API_NEEDS: Final[dict[str, Action]] = {
    "GET api:app-list": Action.APP_VIEW,
    "POST api:app-list": Action.APP_CREATE,
    "POST api:app-list-refresh": Action.APP_VIEW,
    "GET api:app-record": Action.APP_VIEW,
    "PATCH api:app-record": Action.APP_UPDATE,
    "DELETE api:app-record": Action.APP_DELETE,
    "POST api:app-enable": Action.APP_ENABLE,
    "POST api:app-disable": Action.APP_DISABLE,
    "POST api:app-cut-off": Action.APP_CUT_OFF,
    "POST api:app-rotate-secret": Action.APP_ROTATE_SECRET,
    "POST api:app-reveal-secret": Action.APP_REVEAL_SECRET,
    "GET api:app-versions": Action.APP_RESTORE,
    "POST api:app-restore": Action.APP_RESTORE,
    "POST api:operation-undo": Action.APP_UNDO,
    "POST api:app-fix": Action.APP_FIX,
    "GET api:connection-record": Action.CONNECTION_VIEW,
    "PATCH api:connection-record": Action.CONNECTION_UPDATE,
    "DELETE api:connection-record": Action.CONNECTION_DELETE,
    "POST api:connection-test": Action.CONNECTION_TEST,
    "GET api:connection-environment": Action.CONNECTION_VIEW,
    "GET api:webhook-list": Action.APP_VIEW,
    "POST api:webhook-lint": Action.APP_VIEW,
    "PUT api:webhook-list": Action.APP_UPDATE,
    "POST api:webhook-test": Action.WEBHOOK_TEST,
    "GET api:delivery-list": Action.WEBHOOK_TEST,
    "GET api:delivery-record": Action.WEBHOOK_TEST,
    "POST api:delivery-resend": Action.WEBHOOK_TEST,
    "GET api:operation-list": Action.AUDIT_VIEW,
    "GET api:operation-record": Action.AUDIT_VIEW,
    "GET api:deleted-app-list": Action.APP_RESTORE,
    "GET api:job-list": Action.JOB_VIEW,
    "POST api:job-list": Action.APP_BULK,
    "GET api:job-record": Action.JOB_VIEW,
    "GET api:job-results": Action.JOB_VIEW,
    "POST api:job-start": Action.APP_BULK,
    "POST api:job-stop": Action.JOB_STOP,
    "POST api:job-resume": Action.JOB_RESUME,
    "POST api:job-undo": Action.JOB_UNDO,
    "GET api:table-record": Action.TABLE_VIEW,
    "POST api:table-compare": Action.TABLE_VIEW,
    "GET api:finding-list": Action.APP_VIEW,
    "GET api:finding-report": Action.APP_VIEW,
    "POST api:import-list": Action.APP_IMPORT,
    "POST api:app-export": Action.APP_EXPORT,
    "GET api:audit-export-list": Action.AUDIT_EXPORT,
    "POST api:audit-export-list": Action.AUDIT_EXPORT,
    "GET api:audit-export-record": Action.AUDIT_EXPORT,
    "GET api:audit-export-file": Action.AUDIT_EXPORT,
}
BODIES: Final[dict[str, Any]] = {
    "POST api:app-restore": {"operation_id": PATH_VALUES["operation_id"]},
    "POST api:app-fix": {"code": "enabled-not-boolean"},
    "PUT api:webhook-list": {"webhooks": []},
    "POST api:webhook-lint": {"text": "[]"},
    "POST api:webhook-test": {"webhook": 0, "event": "channel_occupied"},
    "POST api:job-list": {"kind": "enable", "ids": ["shop"]},
    "POST api:app-export": {"format": "jsonl"},
}
FILES: Final = {"POST api:import-list"}
# Pointing a connection elsewhere, or taking it away, needs a role on every one.
EVERYWHERE: Final = {"DELETE api:connection-record"}


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """Who asks: by the session of a browser, and by a token that may do all its owner may."""

    actor: Actor
    browser: Client
    token: str


@pytest.fixture
def two_connections(
    default_connection: str, apps_table: str, settings: Settings, tmp_path: Path
) -> Iterator[dict[str, Any]]:
    """The second one is declared in a file."""
    file = tmp_path / "connections.toml"
    file.write_text(
        f'[connections.{THERE}]\ntable = "{apps_table}"\nregion = "us-east-1"\n'
        f'endpoint = "{settings.DYNAMODB_ENDPOINT}"\n'
    )
    settings.CONNECTIONS_FILE = str(file)
    vera = add_person("vera", {HERE: VIEWER, THERE: VIEWER}, None)
    forget_counts()
    yield {**PATH_VALUES, "person_id": vera.pk}
    forget_counts()


@pytest.fixture
def somebody(request: pytest.FixtureRequest, two_connections: dict[str, Any]) -> Somebody:
    """A person with these grants."""
    person = add_person("dora", GRANTS[request.param], None)
    browser = Client()
    sign_in(browser, person, second_factor=True)
    issued = create_token(actor_of(person), person, name="pipeline")
    return Somebody(actor=actor_of(person), browser=browser, token=issued.text)


def asked_and_forgotten(client: Client, row: Row, url: str, **more: Any) -> Any:
    """The answer; whatever the request changed is taken back."""
    around = transaction.atomic()
    # The console's durable transactions may stand inside, as inside a test's own.
    around._from_testcase = True  # type: ignore[attr-defined]
    with around:
        answer = (
            client.generic(row.method, url, **more) if more else ask(client, row.method, url, row)
        )
        answer.close()
        transaction.set_rollback(True)
    return answer


def browser_of(somebody: Somebody) -> Client:
    """The same session once more: signing out and the like change the browser's own."""
    client = Client()
    name = settings.SESSION_COOKIE_NAME
    client.cookies[name] = somebody.browser.cookies[name].value
    return client


@pytest.mark.parametrize("somebody", GRANTS, indirect=True)
@pytest.mark.parametrize("slug", [HERE, THERE])
def test_each_page_is_what_its_reader_is_on_that_connection(
    somebody: Somebody, slug: str, two_connections: dict[str, Any]
) -> None:
    wrong = []
    for row in PAGES:
        url = url_of(row.name, {**two_connections, "connection": slug}, row)
        answer = asked_and_forgotten(browser_of(somebody), row, url)
        assert isinstance(row.needs, Action)
        place = EVERY_CONNECTION if row.where is Where.EVERYWHERE else slug
        if is_refused(answer) is somebody.actor.may(row.needs, place) or answer.status_code >= 500:
            wrong.append(f"{row}: {answer.status_code}")

    assert not wrong


@pytest.mark.parametrize("somebody", GRANTS, indirect=True)
@pytest.mark.parametrize("slug", [HERE, THERE])
def test_each_operation_is_what_its_token_is_on_that_connection(
    somebody: Somebody, slug: str, two_connections: dict[str, Any]
) -> None:
    wrong = []
    for row in OPERATIONS:
        name = str(row)
        answer = asked_and_forgotten(
            Client(raise_request_exception=False),
            row,
            url_of(row.name, {**two_connections, "connection": slug}, row),
            data=json.dumps(BODIES.get(name, {})) if row.method != "GET" else "",
            content_type="application/octet-stream" if name in FILES else "application/json",
            headers={"Authorization": f"Bearer {somebody.token}", "If-Match": "*"},
        )
        place = EVERY_CONNECTION if name in EVERYWHERE else slug
        is_allowed = somebody.actor.may(API_NEEDS[name], place)
        if is_refused(answer) is is_allowed or answer.status_code in {401, 405, 429, 500}:
            wrong.append(f"{name}: {answer.status_code} {answer.content[:150]!r}")

    assert not wrong, "\n".join(wrong)


def test_every_operation_on_a_connection_says_what_it_needs() -> None:
    assert {str(row) for row in OPERATIONS} == set(API_NEEDS)
