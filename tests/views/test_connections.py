"""The pages of connections: list, create, edit, test, delete, environment."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.domain.connection import CredentialMode
from apps_admin.models import AuditEntry, ConnectionTest, StoredConnection
from apps_admin.services.accounts import add_person
from apps_admin.services.connection_tests import run_connection_test
from apps_admin.services.connections import get_connection
from apps_admin.views.connection_tests import level_of
from tests.accounts.cast import PASSWORD
from tests.cast import ADMINISTRATOR
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "slug": "staging",
    "label": "Staging",
    "color": "green",
    "table": "apps",
    "region": "us-east-1",
    "endpoint": "http://127.0.0.1:8000",
    "soketi_version": "1.6.1",
    "mode": "static",
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": "s3cret-key",
    "role_duration": "3600",
}


@pytest.fixture
def ada(default_connection: str, settings: Settings) -> Client:
    person = add_person("ada", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)}, PASSWORD)
    client = Client()
    sign_in(client, person)
    return client


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def add_staging(client: Client, **changes: Any) -> Any:
    return client.post(reverse("connection-create"), {**FORM, **changes})


def test_a_connection_is_added_and_asks_to_be_tested(ada: Client) -> None:
    answer = add_staging(ada)
    assert answer.headers["Location"] == reverse("connection-test", args=["staging"])
    assert get_connection("staging").credentials.secret_access_key == "s3cret-key"
    assert "Staging" in page_of(ada.get(reverse("connection-list")))


def test_a_faulty_form_comes_back_with_what_was_typed_and_without_the_secret(ada: Client) -> None:
    answer = add_staging(ada, endpoint="http://169.254.169.254", label="Typed name")
    page = page_of(answer)
    assert answer.status_code == 422
    assert "hand out credentials" in page
    assert "Typed name" in page
    assert "s3cret" not in page
    assert StoredConnection.objects.count() == 0


def test_no_page_ever_shows_a_stored_secret(ada: Client) -> None:
    add_staging(ada, session_token="s3cret-token")
    for name in ("connection-record", "connection-edit", "connection-environment"):
        assert "s3cret" not in page_of(ada.get(reverse(name, args=["staging"])))


def test_secrets_left_blank_are_kept_on_edit(ada: Client) -> None:
    add_staging(ada)
    edited = {**FORM, "label": "Renamed", "secret_access_key": ""}
    answer = ada.post(reverse("connection-edit", args=["staging"]), edited)
    assert answer.status_code == 302
    stored = get_connection("staging")
    assert (stored.label, stored.credentials.secret_access_key) == ("Renamed", "s3cret-key")


def test_only_what_belongs_to_the_way_to_sign_in_is_kept(ada: Client) -> None:
    add_staging(ada, mode="profile", profile="work")
    credentials = get_connection("staging").credentials
    assert (credentials.mode, credentials.profile) == (CredentialMode.PROFILE, "work")
    assert credentials.access_key_id == credentials.secret_access_key == ""


def test_a_role_is_assumed_over_a_base(ada: Client) -> None:
    add_staging(
        ada,
        mode="assume-role",
        role_arn="arn:aws:iam::123456789012:role/console",
        external_id="external-1",
        base_mode="profile",
        base_profile="work",
    )
    credentials = get_connection("staging").credentials
    assert credentials.external_id == "external-1"
    assert credentials.base is not None
    assert credentials.base.profile == "work"


def test_a_declared_connection_is_shown_and_not_edited(ada: Client) -> None:
    record = page_of(ada.get(reverse("connection-record", args=["default"])))
    assert "the console&#x27;s environment" in record
    assert reverse("connection-edit", args=["default"]) not in record
    assert ada.get(reverse("connection-edit", args=["default"])).status_code == 409


def test_the_address_above_a_connections_pages_leads_to_the_connection(ada: Client) -> None:
    answer = ada.get("/connections/default/")
    assert answer.headers["Location"] == reverse("connection-record", args=["default"])
    assert ada.get("/connections/nowhere/").status_code == 404


def test_deleting_asks_for_the_name(ada: Client) -> None:
    add_staging(ada)
    url = reverse("connection-delete", args=["staging"])
    ada.post(url, {"confirmation": "wrong"})
    assert StoredConnection.objects.count() == 1
    ada.post(url, {"confirmation": "staging"})
    assert StoredConnection.objects.count() == 0
    assert AuditEntry.objects.filter(action="connection.delete").count() == 1


def test_a_test_is_begun_watched_and_kept(ada: Client) -> None:
    answer = ada.post(reverse("connection-test", args=["default"]))
    row = ConnectionTest.objects.get()
    assert answer.headers["Location"] == reverse("connection-test-show", args=["default", row.pk])
    watched = page_of(ada.get(answer.headers["Location"], headers={"HX-Request": "true"}))
    assert "every 1s" in watched
    assert "<html" not in watched


def test_the_last_verdict_is_shown_in_list_record_and_test(ada: Client) -> None:
    run_connection_test(ADMINISTRATOR, get_connection("default"))
    assert "by Ada" in page_of(ada.get(reverse("connection-list")))
    assert "This console can edit" in page_of(
        ada.get(reverse("connection-record", args=["default"]))
    )
    page = page_of(ada.get(reverse("connection-test", args=["default"])))
    assert "AppKeyIndex is ACTIVE" in page
    assert "every 1s" not in page


def test_what_is_missing_comes_with_a_policy(ada: Client) -> None:
    verdict = {
        "part": "edit",
        "title": "this console can edit",
        "works": False,
        "reason": "AWS denies it.",
        "missing_actions": ["dynamodb:PutItem", "dynamodb:Query"],
        "policy": "console-operator",
    }
    ConnectionTest.objects.create(
        connection="default",
        person="Ada",
        started_at="2026-01-01T00:00:00Z",
        finished_at="2026-01-01T00:00:01Z",
        report={"steps": [], "verdicts": [verdict]},
    )
    page = page_of(ada.get(reverse("connection-test", args=["default"])))
    assert "dynamodb:PutItem" in page
    assert "/index/AppKeyIndex" in page

    link = re.search(r'href="([^"]*generators/policies/[^"]*)"', page)
    assert link is not None
    generated = page_of(ada.get(html.unescape(link.group(1))))
    assert "console-operator" in generated
    assert 'value="' + get_connection("default").table + '"' in generated


def test_a_denied_right_that_nothing_needs_is_only_a_warning() -> None:
    assert level_of({"step": "batch_get_item", "status": "denied"}) == "warning"
    assert level_of({"step": "scan", "status": "denied"}) == "danger"


def test_values_that_are_not_saved_are_tested_without_being_saved(ada: Client) -> None:
    answer = ada.post(
        reverse("connection-create"), {**FORM, "do": "test"}, headers={"HX-Request": "true"}
    )
    row = ConnectionTest.objects.get()
    assert row.is_of_form
    assert reverse("connection-try", args=[row.pk]) in page_of(answer)
    assert StoredConnection.objects.count() == 0
    assert "s3cret" not in page_of(answer)


def test_the_environment_is_ready_to_copy(ada: Client, settings: Settings) -> None:
    page = page_of(ada.get(reverse("connection-environment", args=["default"])))
    assert "SOKETI_APP_MANAGER_DRIVER=dynamodb" in page
    assert "Laravel" in page


def test_a_session_token_that_meets_an_error_page_is_not_shown_in_clear() -> None:
    from django.test import RequestFactory

    from apps_admin.middleware import posted_fields

    request = RequestFactory().post(
        "/", {"session_token": "x", "secret_access_key": "y", "label": "z"}
    )
    secret = {field["name"]: field["secret"] for field in posted_fields(request)}
    assert secret == {"session_token": True, "secret_access_key": True, "label": False}
