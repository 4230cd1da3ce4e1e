"""Every way a call can fail has its own error, its own words and a next step."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from botocore.config import Config

from apps_admin.aws.app_repository import DynamoAppRepository
from apps_admin.aws.session import client_config, make_client
from apps_admin.domain.connection import Connection, CredentialMode, Credentials
from apps_admin.domain.errors import (
    AccessDeniedError,
    ConsoleError,
    CredentialsError,
    IndexNotFoundError,
    StoreError,
    TableNotFoundError,
    ThrottledError,
    UnreachableError,
    ValidationError,
)
from apps_admin.domain.item import RawItem
from tests.aws.fault_server import Answer, FaultServer, answers, answers_page, dropped
from tests.aws.tables import TEST_KEYS, client_to, connection_to, make_apps_table

# For what never answers. What answers may take its time on a busy machine.
QUICK = client_config(connect_timeout=0.5, read_timeout=0.5, attempts=1)
PATIENT = client_config(connect_timeout=10, read_timeout=10, attempts=1)


def repository_of(connection: Connection, config: Config = QUICK) -> DynamoAppRepository:
    return DynamoAppRepository(make_client(connection, config), connection.table)


def failure(faults: FaultServer, answer: Answer) -> ConsoleError:
    faults.always = answer
    with pytest.raises(ConsoleError) as error:
        repository_of(connection_to(faults.url), PATIENT).get("shop")
    assert error.value.hint
    return error.value


@pytest.mark.parametrize(
    ("code", "text", "kind", "says"),
    [
        ("ResourceNotFoundException", "", TableNotFoundError, "no table 'apps'"),
        ("ResourceInUseException", "", StoreError, "being created"),
        ("AccessDeniedException", "", AccessDeniedError, "dynamodb:GetItem"),
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource",
            AccessDeniedError,
            "kms:Decrypt",
        ),
        ("UnrecognizedClientException", "", CredentialsError, "does not know this access key id"),
        ("InvalidSignatureException", "does not match", CredentialsError, "does not belong to"),
        ("InvalidSignatureException", "Signature expired: x", CredentialsError, "clock"),
        ("InvalidSignatureException", "Signature not yet current", CredentialsError, "clock"),
        (
            "InvalidSignatureException",
            "Credential should be scoped to a valid region.",
            CredentialsError,
            "another region",
        ),
        ("ExpiredTokenException", "", CredentialsError, "token has expired"),
        ("MissingAuthenticationTokenException", "", CredentialsError, "no usable signature"),
        ("OptInRequired", "", CredentialsError, "not opted in"),
        ("ProvisionedThroughputExceededException", "", ThrottledError, "throttling"),
        ("ThrottlingException", "", ThrottledError, "throttling"),
        ("RequestLimitExceeded", "", ThrottledError, "throttling"),
        ("KMSDisabledException", "", StoreError, "KMS key"),
        ("UnknownOperationException", "", StoreError, "does not offer GetItem"),
        ("ValidationException", "secret-value", StoreError, "refused GetItem"),
        ("SomethingNewException", "secret-value", StoreError, "SomethingNewException"),
    ],
)
def test_each_code_has_its_own_error(
    faults: FaultServer, code: str, text: str, kind: type[ConsoleError], says: str
) -> None:
    error = failure(faults, answers(code, text))
    assert type(error) is kind
    assert says in error.message
    assert "secret-value" not in error.message + error.hint


def test_an_unknown_code_keeps_aws_code_and_request_id(faults: FaultServer) -> None:
    error = failure(faults, answers("SomethingNewException"))
    assert isinstance(error, StoreError)
    assert (error.aws_code, error.request_id) == ("SomethingNewException", "REQUEST-ID-1")


def test_the_codes_of_the_table_have_each_a_message_of_their_own(faults: FaultServer) -> None:
    codes = (
        "ResourceNotFoundException",
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
        "OptInRequired",
        "ThrottlingException",
        "InternalServerError",
        "KMSDisabledException",
        "UnknownOperationException",
    )
    messages = {failure(faults, answers(code)).message for code in codes}
    assert len(messages) == len(codes)


@pytest.mark.parametrize("status", [500, 503])
def test_a_failing_server_is_unavailable(faults: FaultServer, status: int) -> None:
    error = failure(faults, answers("InternalServerError", status=status))
    assert isinstance(error, UnreachableError)


@pytest.mark.parametrize("status", [200, 301, 404])
def test_a_web_page_is_not_dynamodb(faults: FaultServer, status: int) -> None:
    error = failure(faults, answers_page(status))
    assert isinstance(error, UnreachableError)
    assert "not as DynamoDB" in error.message


@pytest.mark.parametrize(
    ("status", "says"),
    [(502, "does not get through"), (504, "does not get through"), (407, "name and a password")],
)
def test_a_proxys_own_answer_is_told_as_such(faults: FaultServer, status: int, says: str) -> None:
    error = failure(faults, answers_page(status))
    assert isinstance(error, UnreachableError)
    assert says in error.message
    assert str(status) in error.message


def test_a_connection_that_is_dropped_is_unreachable(faults: FaultServer) -> None:
    error = failure(faults, dropped)
    assert isinstance(error, UnreachableError)
    assert faults.url.removeprefix("http://") in error.message


def test_a_missing_index_is_told_from_a_missing_table(dynamodb_endpoint: str) -> None:
    client = client_to(dynamodb_endpoint)
    client.create_table(
        TableName="no-index",
        AttributeDefinitions=[{"AttributeName": "AppId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "AppId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(IndexNotFoundError, match="AppKeyIndex") as error:
        DynamoAppRepository(client, "no-index").find_by_key("key")
    assert "bootstrap_table --repair" in error.value.hint
    with pytest.raises(TableNotFoundError):
        DynamoAppRepository(client, "no-table").find_by_key("key")
    client.delete_table(TableName="no-index")


def test_a_value_no_type_fits_is_refused_without_quoting_it(dynamodb_endpoint: str) -> None:
    client = client_to(dynamodb_endpoint)
    table = make_apps_table(client)
    broken = RawItem(attributes={"AppId": {"S": "a"}, "AppSecret": {"S": 12345}})
    with pytest.raises(ValidationError) as error:
        DynamoAppRepository(client, table).create(broken)
    assert "12345" not in str(error.value)
    assert error.value.__cause__ is None


@pytest.fixture
def no_ambient_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_no_credentials_says_how_to_give_some(
    no_ambient_credentials: None, dynamodb_endpoint: str
) -> None:
    connection = connection_to(dynamodb_endpoint, credentials=Credentials())
    with pytest.raises(CredentialsError, match="no AWS credentials") as error:
        repository_of(connection).get("shop")
    assert "DynamoDB Local accepts any" in error.value.hint


def test_an_unknown_profile_is_named_as_such(
    no_ambient_credentials: None, dynamodb_endpoint: str
) -> None:
    credentials = Credentials(mode=CredentialMode.PROFILE, profile="nobody")
    with pytest.raises(CredentialsError, match="profile"):
        repository_of(connection_to(dynamodb_endpoint, credentials=credentials)).get("shop")


@pytest.mark.parametrize(
    ("endpoint", "region", "field"),
    [("not an address", "us-east-1", "endpoint"), ("", "no region!", "region")],
)
def test_an_address_or_region_that_is_none_is_named(endpoint: str, region: str, field: str) -> None:
    connection = Connection(slug="x", endpoint=endpoint, region=region, credentials=TEST_KEYS)
    with pytest.raises(ValidationError) as error:
        make_client(connection)
    assert list(error.value.errors) == [field]


@pytest.fixture
def tls_port() -> Iterator[int]:
    """A TLS server for another name than 127.0.0.1, signed by nobody we trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("elsewhere.example").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        import threading

        def serve() -> None:
            while True:
                try:
                    accepted, _ = listener.accept()
                    context.wrap_socket(accepted, server_side=True).close()
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_an_untrusted_certificate_is_named(tls_port: int) -> None:
    with pytest.raises(UnreachableError, match="TLS"):
        repository_of(connection_to(f"https://127.0.0.1:{tls_port}")).get("shop")


def test_a_host_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match=r"nowhere\.invalid"):
        repository_of(connection_to("http://nowhere.invalid:8000")).get("shop")
