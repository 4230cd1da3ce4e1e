"""Machine roles, single sign-on, credential processes and proxies: what works, and what each says when it does not."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.tokens import SSOTokenProvider

from apps_admin.diagnostics.report import Part, Status
from apps_admin.diagnostics.runner import run_test
from apps_admin.domain.connection import Connection, CredentialMode, Credentials
from tests.aws.fault_server import Answer, FaultServer, answers_page
from tests.aws.iam_server import IamServer
from tests.aws.tables import connection_to
from tests.diagnostics.expectations import expect, first_fault, static, step

MACHINE = Credentials(mode=CredentialMode.CONTAINER_OR_INSTANCE)
TOKEN, ROLE = "/latest/api/token", "/latest/meta-data/iam/security-credentials/"


# The instance's role and the container's


def role_keys(iam: IamServer) -> dict[str, Any]:
    expires_at = datetime.now(UTC) + timedelta(hours=6)
    return {
        "Code": "Success",
        "AccessKeyId": iam.admin.access_key_id,
        "SecretAccessKey": iam.admin.secret_access_key,
        "Token": None,
        "Expiration": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def metadata_service(answers: dict[str, tuple[int, str]]) -> Answer:
    """EC2's metadata service, version 2: who has no token of its own learns nothing."""

    def answer(exchange: Any) -> None:
        status, body = answers.get(exchange.path, (404, ""))
        if exchange.path != TOKEN and exchange.headers.get("x-aws-ec2-metadata-token") != "token":
            status, body = 401, ""
        exchange.send(status, body.encode(), {"Content-Type": "text/plain"})

    return answer


@pytest.fixture
def instance(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> FaultServer:
    """The metadata service of the instance the console runs on."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", faults.url)
    return faults


def test_the_instances_role_signs_in(instance: FaultServer, iam: IamServer, iam_table: str) -> None:
    keys = json.dumps(role_keys(iam))
    instance.always = metadata_service(
        {TOKEN: (200, "token"), ROLE: (200, "console"), f"{ROLE}console": (200, keys)}
    )
    report = run_test(connection_to(iam.url, iam_table, credentials=MACHINE))
    found = step(report, "credentials").outcome.message
    assert "from the instance's role, valid for 359 more minutes, renewed before that" in found
    assert iam.admin.access_key_id not in str(report.to_json())
    assert report.verdict_on(Part.EDIT).works


OVER_MACHINE = Credentials(
    mode=CredentialMode.ASSUME_ROLE, role_arn="arn:aws:iam::123456789012:role/x", base=MACHINE
)


@pytest.mark.parametrize("credentials", [MACHINE, OVER_MACHINE], ids=["itself", "as a base"])
@pytest.mark.parametrize("answers", [{}, {TOKEN: (200, "token")}], ids=["no service", "no role"])
def test_an_instance_without_a_role(
    instance: FaultServer,
    dynamodb_endpoint: str,
    answers: dict[str, tuple[int, str]],
    credentials: Credentials,
) -> None:
    instance.always = metadata_service(answers)
    fault = first_fault(connection_to(dynamodb_endpoint, credentials=credentials))
    expect(fault, "credentials", Status.MISSING, "Neither the container nor the instance")


def test_a_container_whose_role_is_refused(
    faults: FaultServer, dynamodb_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.always = answers_page(403)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", faults.url)
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    report = run_test(connection_to(dynamodb_endpoint, credentials=MACHINE))
    expect(step(report, "credentials"), "credentials", Status.MISSING, "gave no credentials")
    assert step(report, "tcp").status is Status.OK


# Profiles


def profile(tmp_path: Path, text: str) -> Credentials:
    (tmp_path / "config").write_text(f"[profile work]\n{text}\n")
    return Credentials(mode=CredentialMode.PROFILE, profile="work")


SSO = """sso_session = corp
sso_account_id = 123456789012
sso_role_name = dev
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access"""


@pytest.mark.parametrize("has_token", [False, True])
def test_a_single_sign_on_that_is_over(
    dynamodb_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_token: bool
) -> None:
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(tmp_path))
    if has_token:
        name = hashlib.sha1(b"corp").hexdigest()  # noqa: S324 - AWS's name for the file
        old = {"accessToken": "t", "expiresAt": "2020-01-01T00:00:00Z"}
        (tmp_path / f"{name}.json").write_text(json.dumps(old))
    fault = first_fault(connection_to(dynamodb_endpoint, credentials=profile(tmp_path, SSO)))
    expect(fault, "credentials", Status.MISSING, "single sign-on session has expired or was never")
    assert "aws sso login" in fault.outcome.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("region = us-east-1", "The profile of this connection has no credentials"),
        ("credential_process = /bin/false", "The credential process of the profile failed"),
        ("role_arn = arn:aws:iam::1:role/x\nsource_profile = nobody", "configuration files cannot"),
    ],
)
def test_a_profile_that_gives_nothing(
    dynamodb_endpoint: str, tmp_path: Path, text: str, says: str
) -> None:
    fault = first_fault(connection_to(dynamodb_endpoint, credentials=profile(tmp_path, text)))
    expect(fault, "credentials", Status.MISSING, says)


def test_an_sts_that_is_not_there_is_named_and_not_dynamodb(
    iam: IamServer, dynamodb_endpoint: str
) -> None:
    role = Credentials(
        mode=CredentialMode.ASSUME_ROLE,
        role_arn="arn:aws:iam::123456789012:role/x",
        sts_endpoint="http://127.0.0.1:1",
        base=static(iam.admin),
    )
    fault = first_fault(connection_to(dynamodb_endpoint, credentials=role))
    expect(fault, "credentials", Status.UNREACHABLE, "127.0.0.1:1 cannot be reached")
    assert "check the STS endpoint" in fault.outcome.hint


# Proxies


def behind_proxy(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, address)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")


FAR = connection_to("http://dynamodb.example:8000")
FAR_BY_TLS = connection_to("https://dynamodb.example:8000")


@pytest.mark.parametrize("connection", [FAR, FAR_BY_TLS], ids=["http", "https"])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (502, "A proxy on the way to dynamodb.example:8000 answers HTTP 502"),
        (407, "The proxy on the way to dynamodb.example:8000 asks for a name and a password"),
    ],
)
def test_a_proxy_that_does_not_get_through(
    faults: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
    connection: Connection,
    status: int,
    says: str,
) -> None:
    faults.always = answers_page(status)
    behind_proxy(monkeypatch, faults.url.replace("http://", "http://me:hush@"))
    report = run_test(connection)
    expect(step(report, "table"), "table", Status.UNREACHABLE, says)
    assert "127.0.0.1 (a proxy)" in step(report, "dns").outcome.message
    assert "hush" not in str(report.to_json())


@pytest.mark.parametrize(
    ("address", "at", "says"),
    [
        ("http://127.0.0.1:1", "tcp", "The proxy 127.0.0.1, port 1: the port is closed."),
        ("http://proxy.invalid:3128", "dns", "no host proxy.invalid, which is to be the proxy"),
        ("proxy.invalid:3128", "dns", "no host proxy.invalid, which is to be the proxy"),
    ],
)
def test_a_proxy_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, address: str, at: str, says: str
) -> None:
    behind_proxy(monkeypatch, address)
    fault = first_fault(FAR_BY_TLS)
    expect(fault, at, Status.UNREACHABLE, says)
    assert "NO_PROXY" in fault.outcome.hint
