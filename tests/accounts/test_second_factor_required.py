"""A connection can ask for a second factor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import SecondFactorRequiredError
from apps_admin.middleware import answer_problem
from apps_admin.models import AuditEntry, Person
from apps_admin.services import workspace as workspace_service
from apps_admin.services.accounts import actor_of, command_actor
from apps_admin.services.audit import record_event
from apps_admin.services.audit_lines import list_operations
from apps_admin.services.workspace import open_workspace
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def guarded_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection(slug="production", second_factor_required=True)
    monkeypatch.setattr(workspace_service, "get_connection", lambda _slug: connection)


def actor_in(client: Client, person: Person) -> Actor:
    """The actor of a request in this client's session."""
    request = RequestFactory().get("/")
    request.user = person
    request.session = client.session
    return actor_of(request)


def test_a_session_without_one_is_refused_and_written_down(client: Client, bob: Person) -> None:
    sign_in(client, bob)

    with pytest.raises(SecondFactorRequiredError) as refused:
        open_workspace("production", actor_in(client, bob))

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.outcome) == (
        "connection.view",
        "production",
        "denied",
    )
    request = RequestFactory().get("/connections/production/apps/")
    request.user = bob
    request.session = client.session
    page = answer_problem(request, refused.value)
    assert page.status_code == 403
    assert "Add a second factor" in page.content.decode()


def test_a_session_with_one_opens_it(client: Client, bob: Person) -> None:
    sign_in(client, bob, second_factor=True)

    assert open_workspace("production", actor_in(client, bob)).connection.slug == "production"


def test_without_one_the_list_of_everything_leaves_out_its_log(
    client: Client, bob: Person, settings: Settings, tmp_path: Path
) -> None:
    declared = tmp_path / "connections.toml"
    declared.write_text("[connections.production]\nsecond_factor_required = true\n")
    settings.EMBEDDED_ENGINE, settings.CONNECTIONS_FILE = False, str(declared)
    record_event(command_actor(), Action.APP_DISABLE, connection="production", target="shop")
    sign_in(client, bob)
    assert list_operations(actor_in(client, bob)).lines == ()

    sign_in(client, bob, second_factor=True)
    assert [line.target for line in list_operations(actor_in(client, bob)).lines] == ["shop"]


def test_commands_and_jobs_are_not_asked() -> None:
    without = replace(command_actor(), has_second_factor=False)

    assert open_workspace("production", without).connection.slug == "production"


def test_the_records_of_another_person_in_the_session_count_for_nothing(
    client: Client, alice: Person, bob: Person
) -> None:
    sign_in(client, alice, second_factor=True)

    with pytest.raises(SecondFactorRequiredError):
        open_workspace("production", actor_in(client, bob))
