from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.generators.schemas import FORMATS


def generate(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("generate_schema", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        generate(*arguments)
    assert refused.value.returncode == 2
    return str(refused.value)


def test_list_names_every_format_one_a_line_name_first() -> None:
    out, _ = generate("--list")
    assert [line.split()[0] for line in out.splitlines()] == list(FORMATS)


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_document_stands_alone_on_standard_output(name: str) -> None:
    out, err = generate("--format", name)
    assert out == FORMATS[name].write(TableDesign())
    assert err == ""


def test_every_option_reaches_the_document() -> None:
    out, _ = generate(
        *("--for", "lawcket", "--format", "cli-input-json", "--table", "ws.connections"),
        *("--billing-mode", "PROVISIONED", "--read-capacity", "7", "--write-capacity", "3"),
        *("--deletion-protection", "--stream", "KEYS_ONLY", "--encryption", "managed"),
        *("--table-class", "standard_infrequent_access", "--tag", "a=b", "--tag", "c=d=e"),
    )
    assert json.loads(out) == {
        "TableName": "ws.connections",
        "AttributeDefinitions": [{"AttributeName": "connectionId", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "connectionId", "KeyType": "HASH"}],
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3},
        "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": True,
        "Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d=e"}],
    }


def test_further_regions_become_replicas() -> None:
    out, _ = generate(
        *("--format", "terraform", "--region", "eu-west-1", "us-east-1"),
        *("--stream", "NEW_AND_OLD_IMAGES"),
    )
    assert 'region = "eu-west-1"' in out
    assert 'region_name = "us-east-1"' in out


def test_what_a_format_leaves_out_is_said_on_standard_error() -> None:
    out, err = generate("--format", "cli-input-json", "--pitr", "7")
    assert "left out: --pitr: " in err
    assert "RecoveryPeriod" not in out


def test_expiry_on_the_apps_table_is_warned_about() -> None:
    _, err = generate("--format", "terraform", "--ttl", "expiresAt")
    assert err.startswith("warning: ")


def test_the_import_of_a_table_that_exists() -> None:
    out, _ = generate("--format", "terraform", "--table", "shop-apps", "--import")
    assert out.startswith("import {")


def test_the_handler_of_lawcket_gives_each_connection_an_expiry() -> None:
    out, _ = generate("--for", "lawcket", "--handler", "--ttl", "expiresAt")
    assert 'get "expiresAt"()' in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--format: Choose one: terraform"),
        (("--format", "xml"), "The formats are terraform, terraform-key-schema"),
        (("--format", "terraform", "--table", "a!"), "--table: "),
        (("--format", "terraform", "--region", "us-east-9"), "--region: AWS has no region"),
        (("--format", "terraform", "--read-capacity", "5"), "disagree"),
        (("--format", "terraform", "--kms-key", "arn:aws:s3:::bucket"), "--kms-key: "),
        (
            (
                *("--format", "terraform", "--encryption", "customer"),
                *("--kms-key", "arn:aws:s3:::bucket"),
            ),
            "arn:aws:kms:REGION:ACCOUNT:key/ID",
        ),
        (("--format", "terraform", "--region", "us-east-1", "eu-west-1"), "--stream: "),
        (("--format", "boto3", "--import"), "--import: "),
        (("--handler",), "--handler: "),
        (("--format", "terraform", "--tag", "x"), "--tag: "),
    ],
)
def test_usage_errors_name_the_flag(arguments: tuple[str, ...], told: str) -> None:
    assert told in refusal(*arguments)


def test_both_kinds_of_table_have_every_format() -> None:
    for kind in TableKind:
        for name in FORMATS:
            out, _ = generate("--for", kind, "--format", name)
            assert out.endswith("\n")
