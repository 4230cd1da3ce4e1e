"""Each way to sign in, against moto as an AWS that checks signatures, policies and trust."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from apps_admin.aws.app_repository import DynamoAppRepository
from apps_admin.aws.errors import Place
from apps_admin.aws.identity import (
    FoundCredentials,
    Identity,
    find_credentials,
    find_identity,
    mask_key_id,
)
from apps_admin.aws.session import client_config, make_client, make_session
from apps_admin.domain.connection import Connection, CredentialMode, Credentials
from apps_admin.domain.errors import (
    AccessDeniedError,
    CredentialsError,
    ValidationError,
)
from tests.aws.fault_server import Answer, FaultServer
from tests.aws.iam_server import ACCOUNT, EVERYTHING, IamServer, KeyPair
from tests.aws.tables import make_apps_table

QUICK = client_config(connect_timeout=1, read_timeout=3, attempts=1)
ANYONE = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


@pytest.fixture(autouse=True)
def _no_ambient_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def apps(iam: IamServer) -> str:
    return make_apps_table(iam.dynamodb)


def static(keys: KeyPair, **more: Any) -> Credentials:
    return Credentials(
        mode=CredentialMode.STATIC,
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        **more,
    )


def connection_as(iam: IamServer, table: str, credentials: Credentials) -> Connection:
    return Connection(slug="tests", table=table, endpoint=iam.url, credentials=credentials)


def works(connection: Connection) -> bool:
    repository = DynamoAppRepository(make_client(connection, QUICK), connection.table)
    return repository.scan().items == ()


def found(connection: Connection) -> FoundCredentials:
    place = Place(table=connection.table, region=connection.region, endpoint=connection.endpoint)
    return find_credentials(make_session(connection, QUICK), place)


def identity(connection: Connection) -> Identity:
    return find_identity(make_session(connection, QUICK), connection, QUICK)


def test_static_keys(iam: IamServer, apps: str) -> None:
    connection = connection_as(iam, apps, static(iam.admin, sts_endpoint=iam.url))
    assert works(connection)
    assert found(connection).provider == "keys stored with the connection"
    assert not found(connection).is_temporary
    assert identity(connection) == Identity(
        account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/admin"
    )


def test_the_default_chain(iam: IamServer, apps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", iam.admin.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", iam.admin.secret_access_key)
    connection = connection_as(iam, apps, Credentials())
    assert works(connection)
    assert found(connection).provider == "environment variables"


def write_profile(tmp_path: Path, name: str, keys: KeyPair) -> None:
    (tmp_path / "credentials").write_text(
        f"[{name}]\naws_access_key_id={keys.access_key_id}\n"
        f"aws_secret_access_key={keys.secret_access_key}\n"
    )


def test_a_profile_wins_over_keys_in_the_environment(
    iam: IamServer, apps: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    write_profile(tmp_path, "work", iam.admin)
    profile = Credentials(mode=CredentialMode.PROFILE, profile="work")
    connection = connection_as(iam, apps, profile)
    assert works(connection)
    assert found(connection).provider == "the shared credentials file"


def test_a_profile_without_keys_never_falls_through_to_the_machines_role(
    iam: IamServer, apps: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: FaultServer
) -> None:
    (tmp_path / "config").write_text("[profile empty]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", faults.url)
    empty = Credentials(mode=CredentialMode.PROFILE, profile="empty")
    with pytest.raises(CredentialsError, match="no AWS credentials"):
        found(connection_as(iam, apps, empty))
    assert faults.requests == []


def test_a_profile_that_asks_for_a_code_is_refused_instead_of_waiting_for_a_terminal(
    iam: IamServer, apps: str, tmp_path: Path
) -> None:
    write_profile(tmp_path, "base", iam.admin)
    (tmp_path / "config").write_text(
        "[profile mfa]\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/x\n"
        f"role_arn = arn:aws:iam::{ACCOUNT}:role/x\n"
    )
    with pytest.raises(CredentialsError):
        found(connection_as(iam, apps, Credentials(mode=CredentialMode.PROFILE, profile="mfa")))


def machine_keys(keys: KeyPair, expires_in: timedelta) -> bytes:
    return json.dumps(
        {
            "AccessKeyId": keys.access_key_id,
            "SecretAccessKey": keys.secret_access_key,
            "Token": None,
            "Expiration": (datetime.now(UTC) + expires_in).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    ).encode()


def test_the_containers_role_and_its_refresh_before_it_expires(
    iam: IamServer, apps: str, monkeypatch: pytest.MonkeyPatch, faults: FaultServer
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{faults.url}/role")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIGNORED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ignored")
    plain = {"Content-Type": "application/json"}
    expiring = machine_keys(iam.admin, timedelta(minutes=5))
    faults.always = lambda exchange: exchange.send(200, expiring, plain)
    machine = Credentials(mode=CredentialMode.CONTAINER_OR_INSTANCE)
    connection = connection_as(iam, apps, machine)
    seen = found(connection)
    assert seen.provider == "the container's role"
    assert seen.expires_at is not None
    client = make_client(connection, QUICK)
    before = len(faults.requests)
    assert DynamoAppRepository(client, apps).scan().items == ()
    assert DynamoAppRepository(client, apps).scan().items == ()
    assert len(faults.requests) >= before + 2


def test_without_a_machines_role_the_environment_is_not_taken_instead(
    iam: IamServer, apps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", iam.admin.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", iam.admin.secret_access_key)
    machine = Credentials(mode=CredentialMode.CONTAINER_OR_INSTANCE)
    with pytest.raises(CredentialsError):
        works(connection_as(iam, apps, machine))


def assumed(arn: str, base: Credentials, iam: IamServer, **more: Any) -> Credentials:
    return Credentials(
        mode=CredentialMode.ASSUME_ROLE, role_arn=arn, base=base, sts_endpoint=iam.url, **more
    )


def test_an_assumed_role_over_static_keys_with_its_own_sts_endpoint(
    iam: IamServer, apps: str
) -> None:
    trust = ANYONE | {"Condition": {"StringEquals": {"sts:ExternalId": "external-1"}}}
    arn = iam.role_with(EVERYTHING, trust)
    role = assumed(arn, static(iam.admin), iam, external_id="external-1", role_session_name="me")
    connection = connection_as(iam, apps, role)
    assert works(connection)
    seen = found(connection)
    assert (seen.provider, seen.is_temporary) == ("an assumed role", True)
    assert seen.expires_at is not None
    assert identity(connection).arn.endswith("/me")


def test_an_assumed_role_over_a_profile(iam: IamServer, apps: str, tmp_path: Path) -> None:
    write_profile(tmp_path, "base", iam.admin)
    base = Credentials(mode=CredentialMode.PROFILE, profile="base")
    assert works(connection_as(iam, apps, assumed(iam.role_with(EVERYTHING, ANYONE), base, iam)))


def role_answer(keys: KeyPair, seconds: int) -> Answer:
    """STS's answer to AssumeRole: keys that live so long."""

    def answer(exchange: Any) -> None:
        expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
        exchange.send(
            200,
            f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
            <Credentials><AccessKeyId>{keys.access_key_id}</AccessKeyId>
            <SecretAccessKey>{keys.secret_access_key}</SecretAccessKey><SessionToken></SessionToken>
            <Expiration>{expires_at:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>
            </AssumeRoleResult></AssumeRoleResponse>""".encode(),
            {"Content-Type": "text/xml"},
        )

    return answer


@pytest.mark.parametrize("duration", [900, 3600])
def test_a_role_is_renewed_before_it_expires_and_not_at_each_call(
    iam: IamServer, apps: str, faults: FaultServer, duration: int
) -> None:
    faults.always = role_answer(iam.admin, duration)
    role = Credentials(
        mode=CredentialMode.ASSUME_ROLE,
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/x",
        role_duration=duration,
        sts_endpoint=faults.url,
        base=static(iam.admin),
    )
    client = make_client(connection_as(iam, apps, role), QUICK)
    repository = DynamoAppRepository(client, apps)
    for _ in range(3):
        repository.scan()
    assert len(faults.requests) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=duration * 3 // 4 + 60)):
        repository.scan()
        repository.scan()
    assert len(faults.requests) == 2


@pytest.mark.parametrize("external_id", ["", "wrong-one"])
def test_a_role_that_asks_for_another_external_id_is_denied(
    iam: IamServer, apps: str, external_id: str
) -> None:
    trust = ANYONE | {"Condition": {"StringEquals": {"sts:ExternalId": "external-1"}}}
    arn = iam.role_with(EVERYTHING, trust)
    role = assumed(arn, static(iam.admin), iam, external_id=external_id)
    with pytest.raises(AccessDeniedError, match="assume the role") as denied:
        works(connection_as(iam, apps, role))
    assert denied.value.action == "sts:AssumeRole"
    assert "external id" in denied.value.hint


def test_a_role_over_no_credentials_says_so(iam: IamServer, apps: str) -> None:
    arn = iam.role_with(EVERYTHING, ANYONE)
    with pytest.raises(CredentialsError, match="no AWS credentials"):
        works(connection_as(iam, apps, assumed(arn, Credentials(), iam)))


def test_a_web_identity(iam: IamServer, apps: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a.b.c")
    web = Credentials(
        mode=CredentialMode.WEB_IDENTITY,
        role_arn=iam.role_with(EVERYTHING, ANYONE),
        web_identity_token_file=str(token),
        sts_endpoint=iam.url,
    )
    place = Place(table=apps, region="us-east-1", endpoint=iam.url)
    seen = find_credentials(make_session(connection_as(iam, apps, web), QUICK), place)
    assert seen.provider == "a web identity token"
    token.unlink()
    with pytest.raises(CredentialsError, match="token file"):
        find_credentials(make_session(connection_as(iam, apps, web), QUICK), place)


def test_a_wrong_secret_and_an_unknown_key_have_messages_of_their_own(
    iam: IamServer, apps: str
) -> None:
    wrong = KeyPair(access_key_id=iam.admin.access_key_id, secret_access_key="wrong")
    unknown = KeyPair(access_key_id="AKIAUNKNOWNUNKNOWN", secret_access_key="wrong")
    with pytest.raises(CredentialsError, match="does not belong to the access key id"):
        works(connection_as(iam, apps, static(wrong)))
    with pytest.raises(CredentialsError, match="does not know this access key id"):
        works(connection_as(iam, apps, static(unknown)))
    with pytest.raises(CredentialsError, match="does not belong to the access key id"):
        identity(connection_as(iam, apps, static(wrong, sts_endpoint=iam.url)))


def test_a_role_arn_that_is_none_is_refused_by_the_rules(iam: IamServer, apps: str) -> None:
    from apps_admin.domain.connection_rules import require_valid

    role = assumed("arn:aws:iam::1:role/x", static(iam.admin, sts_endpoint="ftp://x"), iam)
    with pytest.raises(ValidationError) as error:
        require_valid(connection_as(iam, apps, role))
    assert set(error.value.errors) == {"role_arn", "base_sts_endpoint"}


@pytest.mark.parametrize(
    ("key_id", "shown"), [("AKIAABCDEFGHIJKLWXYZ", "AKIA…WXYZ"), ("short", "…"), ("", "…")]
)
def test_of_a_key_only_the_ends_are_shown(key_id: str, shown: str) -> None:
    assert mask_key_id(key_id) == shown
