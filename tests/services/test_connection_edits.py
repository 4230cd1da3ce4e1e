"""Connections in SQL: who may change what, where the secrets go, and what the audit log keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection as sql
from pytest_django.fixtures import Settings

from apps_admin.aws.session import CLIENTS, client_for
from apps_admin.domain.actions import Role
from apps_admin.domain.actor import Actor, ActorKind, Grant
from apps_admin.domain.connection import Connection, CredentialMode, Credentials
from apps_admin.domain.errors import (
    ConnectionNotFoundError,
    DeniedError,
    ValidationError,
    VaultKeyError,
)
from apps_admin.models import AuditEntry, ConnectionTest, Membership, StoredConnection, VaultEntry
from apps_admin.models.person import Person
from apps_admin.services.connection_edits import (
    create_connection,
    delete_connection,
    update_connection,
)
from apps_admin.services.connections import all_connections, get_connection
from apps_admin.services.vault import rotate_vault_keys
from tests.cast import ADMINISTRATOR, ALICE

pytestmark = pytest.mark.django_db

KEYS = Credentials(
    mode=CredentialMode.STATIC,
    access_key_id="AKIAEXAMPLE",
    secret_access_key="s3cret-key",
    session_token="s3cret-token",
)
STAGING = Connection(
    slug="staging", label="Staging", endpoint="http://127.0.0.1:8000", credentials=KEYS
)
STAGING_ADMINISTRATOR = Actor(
    kind=ActorKind.PERSON, id="5", name="Sam", grants={"staging": Grant(role=Role.ADMINISTRATOR)}
)


@pytest.fixture(autouse=True)
def _nothing_declared(settings: Settings) -> None:
    settings.EMBEDDED_ENGINE = False
    settings.DYNAMODB_TABLE = settings.DYNAMODB_REGION = settings.DYNAMODB_ENDPOINT = None
    settings.CONNECTIONS_FILE = ""


def everything_in_sql() -> str:
    """Every cell of every table, as text."""
    with sql.cursor() as cursor:
        rows: list[Any] = []
        for table in sql.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return repr([[bytes(c) if isinstance(c, memoryview) else c for c in row] for row in rows])


def test_a_connection_comes_back_as_it_was_created() -> None:
    created = create_connection(ADMINISTRATOR, STAGING)
    assert get_connection("staging") == created
    assert created.credentials.secret_access_key == "s3cret-key"


def test_no_secret_is_in_sql_in_clear_or_in_the_audit_log() -> None:
    role = Credentials(
        mode=CredentialMode.ASSUME_ROLE,
        role_arn="arn:aws:iam::123456789012:role/x",
        external_id="s3cret-external",
        base=KEYS,
    )
    create_connection(ADMINISTRATOR, replace(STAGING, credentials=role))
    update_connection(ADMINISTRATOR, replace(STAGING, credentials=role, label="New"))
    assert "s3cret" not in everything_in_sql()
    stored = get_connection("staging").credentials
    assert stored == role


def test_creating_and_changing_are_in_the_audit_log_with_what_changed() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    update_connection(ADMINISTRATOR, replace(STAGING, table="orders"))
    delete_connection(ADMINISTRATOR, "staging", confirmation="staging")
    actions = list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["connection.create", "connection.update", "connection.delete"]
    change = AuditEntry.objects.get(action="connection.update")
    assert json.loads(change.before)["table"] == "apps"
    assert json.loads(change.after)["table"] == "orders"


def test_secrets_left_blank_are_kept() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    blank = replace(KEYS, secret_access_key="", session_token="")
    update_connection(ADMINISTRATOR, replace(STAGING, label="Renamed", credentials=blank))
    assert get_connection("staging").credentials == KEYS
    assert VaultEntry.objects.count() == 1


def test_a_new_secret_ends_the_old_session_token() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    new = replace(KEYS, secret_access_key="other", session_token="")
    update_connection(ADMINISTRATOR, replace(STAGING, credentials=new))
    assert get_connection("staging").credentials == new


def test_a_kept_secret_never_goes_with_another_key_id() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    other = replace(KEYS, access_key_id="AKIAOTHER", secret_access_key="")
    with pytest.raises(ValidationError) as error:
        update_connection(ADMINISTRATOR, replace(STAGING, credentials=other))
    assert list(error.value.errors) == ["secret_access_key"]


def test_another_way_to_sign_in_forgets_the_stored_keys() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    update_connection(ADMINISTRATOR, replace(STAGING, credentials=Credentials()))
    assert VaultEntry.objects.count() == 0


def test_a_slug_is_taken_once() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    with pytest.raises(ValidationError) as error:
        create_connection(ADMINISTRATOR, STAGING)
    assert list(error.value.errors) == ["slug"]


def test_a_declared_slug_cannot_be_taken(settings: Settings) -> None:
    settings.DYNAMODB_TABLE = "apps"
    with pytest.raises(ValidationError):
        create_connection(ADMINISTRATOR, replace(STAGING, slug="default"))
    with pytest.raises(ConnectionNotFoundError):
        update_connection(ADMINISTRATOR, replace(STAGING, slug="default"))


@pytest.mark.parametrize("actor", [ALICE, STAGING_ADMINISTRATOR])
def test_only_an_administrator_of_everything_creates_and_deletes(actor: Actor) -> None:
    with pytest.raises(DeniedError):
        create_connection(actor, STAGING)
    create_connection(ADMINISTRATOR, STAGING)
    with pytest.raises(DeniedError):
        delete_connection(actor, "staging", confirmation="staging")
    assert AuditEntry.objects.filter(outcome="denied").count() == 2


def test_an_administrator_of_one_connection_cannot_point_it_elsewhere() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    update_connection(STAGING_ADMINISTRATOR, replace(STAGING, label="Ours", protected=True))
    assert get_connection("staging").protected
    for edited in (
        replace(STAGING, table="production"),
        replace(STAGING, region="eu-west-1"),
        replace(STAGING, endpoint="http://127.0.0.1:9"),
        replace(STAGING, credentials=Credentials()),
    ):
        with pytest.raises(DeniedError, match="every connection"):
            update_connection(STAGING_ADMINISTRATOR, edited)
    assert get_connection("staging").table == "apps"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "http://169.254.169.254"}, "endpoint"),
        ({"slug": "X"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"table": "a!"}, "table"),
        ({"soketi_version": "2.0"}, "soketi_version"),
        ({"color": "plaid"}, "color"),
        ({"metrics_url": "http://169.254.170.2/"}, "metrics_url"),
        ({"credentials": replace(KEYS, sts_endpoint="http://169.254.169.254")}, "sts_endpoint"),
    ],
)
def test_rules_bind_every_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        create_connection(ADMINISTRATOR, replace(STAGING, **change))
    assert list(error.value.errors) == [field]


def test_without_vault_keys_no_secret_is_stored(settings: Settings) -> None:
    settings.VAULT_KEYS = []
    with pytest.raises(VaultKeyError):
        create_connection(ADMINISTRATOR, STAGING)
    assert StoredConnection.objects.count() == 0


def test_the_wrong_vault_key_is_an_error_and_never_ciphertext(settings: Settings) -> None:
    create_connection(ADMINISTRATOR, STAGING)
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(VaultKeyError):
        get_connection("staging")


def test_a_rotation_killed_in_the_middle_leaves_every_key_readable(settings: Settings) -> None:
    names = [f"staging-{number}" for number in range(4)]
    for name in names:
        create_connection(ADMINISTRATOR, replace(STAGING, slug=name))
    settings.VAULT_KEYS = [Fernet.generate_key().decode(), *settings.VAULT_KEYS]
    rotation = rotate_vault_keys()
    next(rotation)
    next(rotation)
    rotation.close()
    assert [get_connection(name).credentials for name in names] == [KEYS] * 4
    assert list(rotate_vault_keys())[-1] == 0
    settings.VAULT_KEYS = settings.VAULT_KEYS[:1]
    assert [connection.credentials for connection in all_connections()] == [KEYS] * 4


def test_a_change_closes_the_old_client() -> None:
    create_connection(ADMINISTRATOR, STAGING)
    CLIENTS.forget()
    first = client_for(get_connection("staging"))
    update_connection(ADMINISTRATOR, replace(STAGING, region="eu-west-1"))
    assert client_for(get_connection("staging")) is not first


def test_deleting_forgets_secrets_tests_and_roles(django_user_model: type[Person]) -> None:
    create_connection(ADMINISTRATOR, STAGING)
    person = django_user_model.objects.create(username="bob")
    Membership.objects.create(person=person, connection="staging", role="viewer")
    ConnectionTest.objects.create(
        connection="staging", person="bob", started_at="2026-01-01T00:00:00Z"
    )
    with pytest.raises(ValidationError):
        delete_connection(ADMINISTRATOR, "staging", confirmation="")
    delete_connection(ADMINISTRATOR, "staging", confirmation="staging")
    with pytest.raises(ConnectionNotFoundError):
        get_connection("staging")
    assert VaultEntry.objects.count() == 0
    assert ConnectionTest.objects.count() == 0
    assert Membership.objects.filter(connection="staging").count() == 0
