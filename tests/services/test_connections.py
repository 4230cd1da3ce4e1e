"""Where connections come from, and that none is ever guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import Actor, ActorKind, Grant
from apps_admin.domain.connection import ConnectionSource, CredentialMode
from apps_admin.domain.errors import ConnectionNotFoundError, ConnectionsFileError
from apps_admin.services.connections import all_connections, get_connection, list_connections

pytestmark = pytest.mark.django_db

DECLARED = """
[connections.staging]
label = "Staging"
table = "apps-staging"
region = "eu-west-1"
protected = true
soketi_version = "1.4.0"

[connections.staging.credentials]
mode = "assume-role"
role_arn = "arn:aws:iam::123456789012:role/console"
external_id_file = "{secret}"
base = {{ mode = "profile", profile = "work" }}
"""


@pytest.fixture
def nothing_set(settings: Settings) -> Settings:
    settings.EMBEDDED_ENGINE = False
    settings.DYNAMODB_TABLE = settings.DYNAMODB_REGION = settings.DYNAMODB_ENDPOINT = None
    settings.CONNECTIONS_FILE = ""
    return settings


def test_without_any_declaration_there_is_no_connection(nothing_set: Settings) -> None:
    assert all_connections() == ()
    with pytest.raises(ConnectionNotFoundError):
        get_connection("default")


@pytest.mark.parametrize(
    ("table", "region", "endpoint"),
    [("orders", None, None), (None, "eu-west-1", None), (None, None, "http://127.0.0.1:1")],
)
def test_one_of_soketis_variables_is_enough_and_the_others_have_soketis_defaults(
    nothing_set: Settings, table: str | None, region: str | None, endpoint: str | None
) -> None:
    nothing_set.DYNAMODB_TABLE = table
    nothing_set.DYNAMODB_REGION = region
    nothing_set.DYNAMODB_ENDPOINT = endpoint
    connection = get_connection("default")
    assert connection.table == (table or "apps")
    assert connection.region == (region or "us-east-1")
    assert connection.endpoint == (endpoint or "")
    assert connection.source is ConnectionSource.ENVIRONMENT
    assert connection.credentials.mode is CredentialMode.DEFAULT_CHAIN


def test_an_endpoint_set_to_nothing_means_aws_and_not_the_embedded_engine(
    nothing_set: Settings,
) -> None:
    nothing_set.DYNAMODB_ENDPOINT = ""
    connection = get_connection("default")
    assert (connection.endpoint, connection.source) == ("", ConnectionSource.ENVIRONMENT)


def test_the_file_declares_connections_with_secrets_in_files_of_their_own(
    nothing_set: Settings, tmp_path: Path
) -> None:
    secret = tmp_path / "external-id"
    secret.write_text("external-1\n")
    nothing_set.CONNECTIONS_FILE = str(tmp_path / "connections.toml")
    Path(nothing_set.CONNECTIONS_FILE).write_text(DECLARED.format(secret=secret))
    connection = get_connection("staging")
    assert (connection.name, connection.table, connection.protected) == (
        "Staging",
        "apps-staging",
        True,
    )
    assert connection.source is ConnectionSource.FILE
    assert connection.credentials.external_id == "external-1"
    assert connection.credentials.base is not None
    assert connection.credentials.base.profile == "work"
    assert "external-1" not in repr(connection)
    secret.write_text("external-2\n")
    assert get_connection("staging").credentials.external_id == "external-2"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[connections", "not TOML"),
        ("[other]", r"\[connections.SLUG\]"),
        ("[connections.X]", "slug"),
        ("[connections.staging]\nregion = 'eu-wset-1'", "eu-wset-1"),
        ("[connections.staging]\ntabel = 'x'", "tabel"),
        ("[connections.staging]\nprotected = 'yes'", "protected must be of type bool"),
        ("[connections.staging]\nendpoint = 'http://169.254.169.254'", "endpoint"),
        ("[connections.staging.credentials]\nmode = 'magic'", "one of default-chain"),
        ("[connections.staging.credentials]\nmode = 'static'", "access_key_id"),
        (
            "[connections.staging.credentials]\nmode='static'\nsecret_access_key_file='/nowhere'",
            "secret_access_key_file cannot be read",
        ),
    ],
)
def test_a_faulty_file_says_which_connection_and_what(
    nothing_set: Settings, tmp_path: Path, text: str, names: str
) -> None:
    nothing_set.CONNECTIONS_FILE = str(tmp_path / "connections.toml")
    Path(nothing_set.CONNECTIONS_FILE).write_text(text)
    with pytest.raises(ConnectionsFileError, match=names):
        all_connections()


def test_a_file_that_is_not_there_is_an_error_and_not_an_empty_list(
    nothing_set: Settings,
) -> None:
    nothing_set.CONNECTIONS_FILE = "/nowhere/connections.toml"
    with pytest.raises(ConnectionsFileError):
        get_connection("staging")


def test_an_actor_sees_only_connections_with_a_grant(nothing_set: Settings) -> None:
    nothing_set.DYNAMODB_TABLE = "apps"
    bob = Actor(
        kind=ActorKind.PERSON, id="2", name="bob", grants={"other": Grant(role=Role.VIEWER)}
    )
    assert list_connections(bob) == ()
    everywhere = Actor(
        kind=ActorKind.PERSON, id="1", name="alice", grants={"*": Grant(role=Role.VIEWER)}
    )
    assert [c.slug for c in list_connections(everywhere)] == ["default"]
