"""Every bad set-up operators meet is named by a message of its own, at the step where it shows."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps_admin.diagnostics.report import Part, Status, StepResult
from apps_admin.diagnostics.runner import run_test
from apps_admin.domain.connection import CredentialMode, Credentials
from tests.aws.fault_server import (
    FaultServer,
    answers,
    answers_page,
    described_as,
    dropped,
    hanging,
)
from tests.aws.iam_server import ACCOUNT, EVERYTHING, IamServer, KeyPair
from tests.aws.tables import TEST_KEYS, client_to, connection_to, make_apps_table
from tests.diagnostics.expectations import expect, first_fault, static, step
from tests.diagnostics.tls import tls_server

# Credentials


def test_no_credentials(dynamodb_endpoint: str) -> None:
    fault = first_fault(connection_to(dynamodb_endpoint, credentials=Credentials()))
    expect(fault, "credentials", Status.MISSING, "no AWS credentials")
    assert "DynamoDB Local accepts any" in fault.outcome.hint
    fault = first_fault(connection_to("", credentials=Credentials()))
    expect(fault, "credentials", Status.MISSING, "no AWS credentials")
    assert "Give the console a role" in fault.outcome.hint


def test_unknown_profile(dynamodb_endpoint: str) -> None:
    profile = Credentials(mode=CredentialMode.PROFILE, profile="nobody")
    fault = first_fault(connection_to(dynamodb_endpoint, credentials=profile))
    expect(fault, "credentials", Status.MISSING, "profile of this connection is not in")


def test_wrong_secret(iam: IamServer, iam_table: str) -> None:
    wrong = KeyPair(access_key_id=iam.admin.access_key_id, secret_access_key="wrong")
    fault = first_fault(connection_to(iam.url, iam_table, credentials=static(wrong)))
    expect(fault, "table", Status.DENIED, "secret access key does not belong")
    with_sts = static(wrong, sts_endpoint=iam.url)
    fault = first_fault(connection_to(iam.url, iam_table, credentials=with_sts))
    expect(fault, "identity", Status.DENIED, "secret access key does not belong")


def test_unknown_key_id(iam: IamServer, iam_table: str) -> None:
    unknown = KeyPair(access_key_id="AKIAUNKNOWNUNKNOWN12", secret_access_key="x")
    fault = first_fault(connection_to(iam.url, iam_table, credentials=static(unknown)))
    expect(fault, "table", Status.DENIED, "does not know this access key id")


def test_expired_token(faults: FaultServer) -> None:
    faults.always = answers("ExpiredTokenException")
    keys = replace(TEST_KEYS, session_token="old")
    fault = first_fault(connection_to(faults.url, credentials=keys))
    expect(fault, "table", Status.DENIED, "session token has expired")
    assert fault.outcome.aws_code == "ExpiredTokenException"


def role(iam: IamServer, arn: str, external_id: str = "") -> Credentials:
    return Credentials(
        mode=CredentialMode.ASSUME_ROLE,
        role_arn=arn,
        external_id=external_id,
        sts_endpoint=iam.url,
        base=static(iam.admin),
    )


def test_role_not_assumable(iam: IamServer, iam_table: str) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody-else"},
        "Action": "sts:AssumeRole",
    }
    arn = iam.role_with(EVERYTHING, trust)
    fault = first_fault(connection_to(iam.url, iam_table, credentials=role(iam, arn, "external-1")))
    expect(fault, "credentials", Status.DENIED, "cannot be assumed with these credentials")
    assert fault.outcome.action == "sts:AssumeRole"


def test_external_id_missing(iam: IamServer, iam_table: str) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "external-1"}},
    }
    arn = iam.role_with(EVERYTHING, trust)
    fault = first_fault(connection_to(iam.url, iam_table, credentials=role(iam, arn)))
    expect(fault, "credentials", Status.DENIED, "sends no external id")
    report = run_test(connection_to(iam.url, iam_table, credentials=role(iam, arn, "external-1")))
    assert report.verdict_on(Part.EDIT).works
    assert "assumed role" in step(report, "credentials").outcome.message
    assert "external-1" not in str(report.to_json())


# Settings


def test_wrong_region(iam: IamServer, iam_table: str) -> None:
    connection = connection_to(
        iam.url, iam_table, region="eu-west-1", credentials=static(iam.admin)
    )
    fault = first_fault(connection)
    expect(fault, "table", Status.MISSING, "but there is one in us-east-1: the region is wrong")


def test_an_endpoint_of_another_region() -> None:
    fault = first_fault(
        connection_to("https://dynamodb.eu-west-1.amazonaws.com", region="eu-central-1")
    )
    expect(fault, "settings", Status.DIFFERENT, "The endpoint is in eu-west-1")


@pytest.mark.parametrize("region", ["eu-wset-1", "frankfurt!", ""])
def test_malformed_region(region: str) -> None:
    expect(first_fault(connection_to("", region=region)), "settings", Status.DIFFERENT, "region:")


@pytest.mark.parametrize(
    "endpoint",
    ["localhost:8000", "ftp://x", "http://", "http://a b", "http://u:p@x", "http://x:99999"],
)
def test_malformed_endpoint(endpoint: str) -> None:
    expect(first_fault(connection_to(endpoint)), "settings", Status.DIFFERENT, "endpoint:")


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "metadata.google.internal",
        "100.100.100.200",
    ],
)
def test_metadata_addresses_are_refused(host: str) -> None:
    fault = first_fault(connection_to(f"http://{host}"))
    expect(fault, "settings", Status.DIFFERENT, "hand out credentials")


def test_a_name_that_leads_to_a_metadata_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kw: answer)
    fault = first_fault(connection_to("http://innocent.example"))
    expect(fault, "dns", Status.DIFFERENT, "metadata address")


# The way there


def test_host_unknown() -> None:
    fault = first_fault(connection_to("http://nowhere.invalid:8000"))
    expect(fault, "dns", Status.UNREACHABLE, "There is no host nowhere.invalid")


def test_port_closed() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    fault = first_fault(connection_to(f"http://127.0.0.1:{port}"))
    expect(fault, "tcp", Status.UNREACHABLE, "the port is closed")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority the console trusts, through AWS_CA_BUNDLE."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    return authority


def test_a_trusted_certificate_for_the_right_name_passes(authority: trustme.CA) -> None:
    with tls_server(authority.issue_cert("localhost", "127.0.0.1")) as port:
        report = run_test(connection_to(f"https://127.0.0.1:{port}"))
    assert step(report, "tls").status is Status.OK


def test_tls_name_mismatch(authority: trustme.CA) -> None:
    with tls_server(authority.issue_cert("elsewhere.example")) as port:
        fault = first_fault(connection_to(f"https://127.0.0.1:{port}"))
    expect(fault, "tls", Status.DIFFERENT, "for another name than 127.0.0.1")


def test_an_authority_nobody_knows(authority: trustme.CA) -> None:
    with tls_server(trustme.CA().issue_cert("127.0.0.1")) as port:
        fault = first_fault(connection_to(f"https://127.0.0.1:{port}"))
    expect(fault, "tls", Status.DIFFERENT, "authority this console does not trust")


class SelfSigned(trustme.LeafCert):
    """A certificate that signs itself."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        super().__init__(private, pem, [])


def test_self_signed(authority: trustme.CA) -> None:
    with tls_server(SelfSigned()) as port:
        fault = first_fault(connection_to(f"https://localhost:{port}"))
    expect(fault, "tls", Status.DIFFERENT, "is self-signed")


def test_https_to_a_port_that_speaks_plain_http(faults: FaultServer) -> None:
    fault = first_fault(connection_to(faults.url.replace("http:", "https:")))
    expect(fault, "tls", Status.DIFFERENT, "speaks plain HTTP, and the endpoint says https")


def test_plain_http_on_a_tls_port(authority: trustme.CA) -> None:
    with tls_server(authority.issue_cert("127.0.0.1")) as port:
        fault = first_fault(connection_to(f"http://127.0.0.1:{port}"))
    expect(fault, "clock", Status.UNREACHABLE, "speaks TLS, and the endpoint says http")


def test_a_port_that_speaks_neither(faults: FaultServer) -> None:
    faults.always = dropped
    fault = first_fault(connection_to(faults.url))
    expect(fault, "clock", Status.UNREACHABLE, "does not speak HTTP")


def test_a_web_page_instead_of_dynamodb(faults: FaultServer) -> None:
    faults.always = answers_page(200)
    fault = first_fault(connection_to(faults.url))
    expect(fault, "table", Status.UNREACHABLE, "answers, but not as DynamoDB does.")


def test_a_proxys_502(faults: FaultServer) -> None:
    faults.always = answers_page(502)
    fault = first_fault(connection_to(faults.url))
    expect(fault, "table", Status.UNREACHABLE, "A proxy on the way to")
    assert "HTTP 502" in fault.outcome.message


def test_endpoint_hangs(faults: FaultServer) -> None:
    faults.always = hanging
    began = time.monotonic()
    fault = first_fault(connection_to(faults.url))
    assert time.monotonic() - began < 10
    expect(fault, "clock", Status.UNREACHABLE, "does not answer within 5 s")


@pytest.mark.parametrize(("offset", "direction"), [(1200, "behind"), (-1200, "ahead")])
def test_clock_20_minutes_off(faulty_engine: FaultServer, offset: int, direction: str) -> None:
    faulty_engine.clock_offset = offset
    faulty_engine.always = answers("InvalidSignatureException", "Signature expired: x")
    fault = first_fault(connection_to(faulty_engine.url))
    expect(fault, "clock", Status.DIFFERENT, f"clock is 20 minutes {direction}")


# The table


def test_table_missing_says_that_dynamodb_local_keeps_tables_apart(dynamodb_endpoint: str) -> None:
    fault = first_fault(connection_to(dynamodb_endpoint, "no-such-table"))
    expect(fault, "table", Status.MISSING, "There is no table 'no-such-table'")
    assert "separate tables for each access key and region" in fault.outcome.hint
    assert "bootstrap_table" in fault.outcome.hint


@contextmanager
def made_table(client: Any, name: str, hash_key: str, **more: Any) -> Iterator[str]:
    keys = {hash_key, *more.pop("also", ())}
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in sorted(keys)],
        KeySchema=[{"AttributeName": hash_key, "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    try:
        yield name
    finally:
        client.delete_table(TableName=name)


def index_on(key: str, projection: str = "ALL") -> dict[str, Any]:
    return {
        "also": (key,),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "AppKeyIndex",
                "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": projection},
            }
        ],
    }


def fault_of_table(endpoint: str, hash_key: str, **more: Any) -> StepResult:
    with made_table(client_to(endpoint), "another-table", hash_key, **more) as name:
        return first_fault(connection_to(endpoint, name))


def test_table_of_another_shape(dynamodb_endpoint: str) -> None:
    fault = fault_of_table(dynamodb_endpoint, "id")
    expect(fault, "key_schema", Status.DIFFERENT, "another shape: its key is id")


def test_table_creating(faulty_engine: FaultServer, apps_table: str) -> None:
    faulty_engine.always = described_as(lambda table: table.update(TableStatus="CREATING"))
    fault = first_fault(connection_to(faulty_engine.url, apps_table))
    expect(fault, "table", Status.DIFFERENT, "is CREATING, not ACTIVE")


def test_index_missing(dynamodb_endpoint: str) -> None:
    fault = fault_of_table(dynamodb_endpoint, "AppId")
    expect(fault, "index", Status.MISSING, "has no AppKeyIndex")
    assert "4001" in fault.outcome.hint


def test_index_creating(faulty_engine: FaultServer, apps_table: str) -> None:
    def creating(table: dict[str, Any]) -> None:
        table["GlobalSecondaryIndexes"][0]["IndexStatus"] = "CREATING"

    faulty_engine.always = described_as(creating)
    fault = first_fault(connection_to(faulty_engine.url, apps_table))
    expect(fault, "index", Status.DIFFERENT, "AppKeyIndex is CREATING")


def test_index_keys_only_and_why_that_is_dangerous(dynamodb_endpoint: str) -> None:
    client = client_to(dynamodb_endpoint)
    table = make_apps_table(client, projection="KEYS_ONLY")
    report = run_test(connection_to(dynamodb_endpoint, table))
    client.delete_table(TableName=table)
    expect(step(report, "index"), "index", Status.DIFFERENT, "projects KEYS_ONLY instead of ALL")
    assert "app-secret" in step(report, "index").outcome.hint
    assert not report.verdict_on(Part.SOKETI).works
    assert report.verdict_on(Part.READ).works


def test_index_with_the_wrong_hash(dynamodb_endpoint: str) -> None:
    fault = fault_of_table(dynamodb_endpoint, "AppId", **index_on("key"))
    expect(fault, "index", Status.DIFFERENT, "AppKeyIndex has the key key")


# What the credentials may do


def allowed(iam: IamServer, table: str, actions: list[str], *, index: bool) -> Credentials:
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}"
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": [f"dynamodb:{a}" for a in actions], "Resource": arn}
    ]
    if index:
        statements.append(
            {
                "Effect": "Allow",
                "Action": "dynamodb:Query",
                "Resource": f"{arn}/index/AppKeyIndex",
            }
        )
    return static(iam.user_with(statements))


def test_only_the_soketi_policy(iam: IamServer, iam_table: str) -> None:
    credentials = allowed(iam, iam_table, ["GetItem"], index=True)
    report = run_test(connection_to(iam.url, iam_table, credentials=credentials))
    assert report.verdict_on(Part.SOKETI).works
    read, edit = report.verdict_on(Part.READ), report.verdict_on(Part.EDIT)
    assert read.missing_actions == ("dynamodb:DescribeTable", "dynamodb:Scan")
    assert edit.missing_actions == (
        "dynamodb:DescribeTable",
        "dynamodb:Scan",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
    )
    assert (read.policy, edit.policy) == ("console-viewer", "console-operator")
    assert step(report, "scan").outcome.aws_code == "AccessDeniedException"
    assert step(report, "record").status is Status.SKIPPED


def test_only_the_read_policy(iam: IamServer, iam_table: str) -> None:
    credentials = allowed(iam, iam_table, ["DescribeTable", "GetItem", "Scan"], index=True)
    report = run_test(connection_to(iam.url, iam_table, credentials=credentials))
    works = {verdict.part for verdict in report.verdicts if verdict.works}
    assert works == {Part.SOKETI, Part.READ, Part.COPY_SOURCE}
    at_once = step(report, "batch_get_item")
    assert at_once.status is Status.DENIED
    assert "reads many apps one by one" in at_once.outcome.hint
    assert report.verdict_on(Part.COPY_DESTINATION).missing_actions == (
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    )


def test_without_the_right_to_query_the_index_soketi_cannot_run(
    iam: IamServer, iam_table: str
) -> None:
    credentials = allowed(iam, iam_table, ["DescribeTable", "GetItem", "Scan"], index=False)
    report = run_test(connection_to(iam.url, iam_table, credentials=credentials))
    assert report.verdict_on(Part.SOKETI).missing_actions == ("dynamodb:Query",)


def test_proving_writes_against_a_policy_writes_nothing(iam: IamServer) -> None:
    table = make_apps_table(iam.dynamodb)
    credentials = allowed(
        iam,
        table,
        ["DescribeTable", "GetItem", "Scan", "PutItem", "UpdateItem", "DeleteItem"],
        index=True,
    )
    report = run_test(connection_to(iam.url, table, credentials=credentials))
    assert report.verdict_on(Part.EDIT).works
    assert iam.dynamodb.scan(TableName=table)["Items"] == []


def test_throttled(faulty_engine: FaultServer, apps_table: str) -> None:
    faulty_engine.always = answers("ProvisionedThroughputExceededException")
    fault = first_fault(connection_to(faulty_engine.url, apps_table))
    expect(fault, "table", Status.UNREACHABLE, "DynamoDB is throttling requests")
    assert fault.outcome.aws_code == "ProvisionedThroughputExceededException"


def test_read_only_connection(dynamodb_endpoint: str, apps_table: str) -> None:
    report = run_test(connection_to(dynamodb_endpoint, apps_table, read_only=True))
    update = step(report, "update_item")
    expect(update, "update_item", Status.SKIPPED, "this connection is read-only")
    assert report.verdict_on(Part.EDIT).reason == "The connection is read-only."
    assert report.verdict_on(Part.READ).works


def test_an_engine_without_point_in_time_recovery(dynamodb_endpoint: str, apps_table: str) -> None:
    report = run_test(connection_to(dynamodb_endpoint, apps_table))
    expect(
        step(report, "recovery"), "recovery", Status.UNSUPPORTED, "has no point-in-time recovery"
    )
    assert report.verdict_on(Part.EDIT).works


def test_point_in_time_recovery_is_told_where_it_is(iam: IamServer, iam_table: str) -> None:
    connection = connection_to(iam.url, iam_table, credentials=static(iam.admin))
    assert "recovery is off" in step(run_test(connection), "recovery").outcome.message


def test_keys_and_regions_with_tables_of_their_own(iam: IamServer, iam_table: str) -> None:
    """moto keeps tables apart by region as DynamoDB Local does by access key and region."""
    elsewhere = connection_to(
        iam.url, iam_table, region="ap-south-2", credentials=static(iam.admin)
    )
    fault = first_fault(replace(elsewhere, table="apps-of-nobody"))
    expect(fault, "table", Status.MISSING, "no table at all for this access key and ap-south-2")
    assert "DynamoDB Local keeps separate tables for each access key and" in fault.outcome.hint


def test_a_global_table(faulty_engine: FaultServer, apps_table: str) -> None:
    replicas = [{"RegionName": name} for name in ("eu-west-1", "us-east-1")]
    faulty_engine.always = described_as(lambda table: table.update(Replicas=replicas))
    report = run_test(connection_to(faulty_engine.url, apps_table))
    expect(step(report, "replicas"), "replicas", Status.OK, "global table, also in eu-west-1")
    assert "us-east-1" not in step(report, "replicas").outcome.message
    assert "write from one region" in step(report, "replicas").outcome.hint


def test_an_unreachable_sts_does_not_hide_a_working_table(
    dynamodb_endpoint: str, apps_table: str
) -> None:
    keys = replace(TEST_KEYS, sts_endpoint="http://127.0.0.1:1")
    report = run_test(connection_to(dynamodb_endpoint, apps_table, credentials=keys))
    assert step(report, "identity").status is Status.UNREACHABLE
    assert report.verdict_on(Part.EDIT).works
