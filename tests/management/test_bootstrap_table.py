from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps_admin.models import AuditEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def missing_table(
    default_connection: str, dynamodb_client: DynamoDBClient, settings: Settings
) -> Iterator[str]:
    """The default connection names a table that does not exist."""
    name = f"missing-{secrets.token_hex(4)}"
    settings.DYNAMODB_TABLE = name
    yield name
    if name in dynamodb_client.list_tables()["TableNames"]:
        dynamodb_client.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb_client.delete_table(TableName=name)


def bootstrap(*arguments: str) -> str:
    out = StringIO()
    call_command("bootstrap_table", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def bootstrap_json(*arguments: str) -> dict[str, Any]:
    """The report, also of a run that ends with exit code 1."""
    out = StringIO()
    with suppress(CommandError):
        call_command(
            "bootstrap_table", "--format", "json", *arguments, stdout=out, stderr=StringIO()
        )
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def exit_code(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as refusal:
        bootstrap(*arguments)
    return refusal.value.returncode, str(refusal.value)


def make_table(client: DynamoDBClient, name: str, **changes: Any) -> None:
    client.create_table(
        **{
            "TableName": name,
            "KeySchema": [{"AttributeName": "AppId", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "AppId", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            **changes,
        }
    )


def test_it_creates_the_table_that_soketi_needs(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    assert "was created" in bootstrap()
    table = dynamodb_client.describe_table(TableName=missing_table)["Table"]
    (index,) = table["GlobalSecondaryIndexes"]
    assert table["KeySchema"] == [{"AttributeName": "AppId", "KeyType": "HASH"}]
    assert index["IndexName"] == "AppKeyIndex"
    assert index["KeySchema"] == [{"AttributeName": "AppKey", "KeyType": "HASH"}]
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_second_run_changes_nothing(missing_table: str) -> None:
    bootstrap()
    report = bootstrap_json()
    assert report["as_wanted"]
    assert report["existed"]
    assert report["done"] == report["planned"] == []


def test_capacity_is_given_to_the_table_and_its_index(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    bootstrap("--billing-mode", "PROVISIONED", "--read-capacity", "7", "--write-capacity", "3")
    table = dynamodb_client.describe_table(TableName=missing_table)["Table"]
    for part in (table, table["GlobalSecondaryIndexes"][0]):
        assert part["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
        assert part["ProvisionedThroughput"]["WriteCapacityUnits"] == 3


def test_options_of_a_new_table_are_applied(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    report = bootstrap_json(
        "--ttl", "expiresAt", "--tag", "team=a b", "--stream", "KEYS_ONLY", "--deletion-protection"
    )
    assert report["as_wanted"]
    assert report["done"] == ["CreateTable", "UpdateTimeToLive"]
    expiry = dynamodb_client.describe_time_to_live(TableName=missing_table)
    assert expiry["TimeToLiveDescription"]["AttributeName"] == "expiresAt"


def test_an_option_the_engine_lacks_is_told_as_failed(missing_table: str) -> None:
    report = bootstrap_json("--pitr", "7")
    assert not report["as_wanted"]
    assert report["failed"][0]["operation"] == "UpdateContinuousBackups"
    assert report["not_compared"] == ["recovery"]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    report = bootstrap_json("--dry-run", "--sample-apps", "3")
    assert [call["operation"] for call in report["planned"]] == ["CreateTable"]
    assert report["planned"][0]["parameters"]["TableName"] == missing_table
    assert not report["as_wanted"]
    assert missing_table not in dynamodb_client.list_tables()["TableNames"]


def test_without_waiting_the_rest_is_left_for_a_later_run(missing_table: str) -> None:
    report = bootstrap_json("--no-wait", "--ttl", "expiresAt")
    assert report["done"] == ["CreateTable"]
    assert [call["operation"] for call in report["planned"]] == ["UpdateTimeToLive"]


def test_a_missing_index_is_told_and_nothing_is_changed(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    make_table(dynamodb_client, missing_table)
    report = bootstrap_json()
    assert [d["aspect"] for d in report["differences"]] == ["index"]
    assert report["done"] == []
    table = dynamodb_client.describe_table(TableName=missing_table)["Table"]
    assert "GlobalSecondaryIndexes" not in table


def test_repair_adds_the_missing_index(missing_table: str, dynamodb_client: DynamoDBClient) -> None:
    make_table(dynamodb_client, missing_table)
    report = bootstrap_json("--repair")
    assert report["as_wanted"]
    assert report["done"] == ["UpdateTable"]
    (index,) = dynamodb_client.describe_table(TableName=missing_table)["Table"][
        "GlobalSecondaryIndexes"
    ]
    assert index["Projection"] == {"ProjectionType": "ALL"}


def test_repair_in_a_dry_run_only_plans(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    make_table(dynamodb_client, missing_table)
    report = bootstrap_json("--repair", "--dry-run")
    assert [call["operation"] for call in report["planned"]] == ["UpdateTable"]
    table = dynamodb_client.describe_table(TableName=missing_table)["Table"]
    assert "GlobalSecondaryIndexes" not in table


def test_repair_never_rebuilds_an_index_that_projects_too_little(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    make_table(
        dynamodb_client,
        missing_table,
        AttributeDefinitions=[
            {"AttributeName": "AppId", "AttributeType": "S"},
            {"AttributeName": "AppKey", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "AppKeyIndex",
                "KeySchema": [{"AttributeName": "AppKey", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    report = bootstrap_json("--repair")
    (difference,) = report["differences"]
    assert (difference["wanted"], difference["found"]) == ("ALL", "KEYS_ONLY")
    assert difference["remedy"] == "rebuild_index"
    assert report["done"] == []


def test_a_table_with_other_keys_is_told_precisely(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    make_table(
        dynamodb_client,
        missing_table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
    )
    code, _ = exit_code()
    assert code == 1
    differences = {d["aspect"]: d for d in bootstrap_json()["differences"]}
    assert differences["key_schema"]["found"] == "id (N, HASH)"
    assert differences["key_schema"]["remedy"] == "new_table"


def test_billing_is_compared_only_when_it_was_asked_for(missing_table: str) -> None:
    bootstrap()
    assert bootstrap_json()["as_wanted"]
    report = bootstrap_json(
        "--billing-mode", "provisioned", "--read-capacity", "5", "--write-capacity", "5"
    )
    assert [d["aspect"] for d in report["differences"]] == [
        "billing",
        "capacity",
        "index_capacity",
    ]


def test_sample_apps_are_added_once_with_new_secrets(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    first = bootstrap_json("--sample-apps", "14")
    again = bootstrap_json("--sample-apps", "14")
    items = dynamodb_client.scan(TableName=missing_table)["Items"]
    assert len(first["sample_apps"]) == len(items) == 14
    assert again["sample_apps"] == []
    assert len({item["AppSecret"]["S"] for item in items}) == 14
    assert all(len(item["AppSecret"]["S"]) >= 32 for item in items)


def test_the_report_of_sample_apps_holds_no_secret(
    missing_table: str, dynamodb_client: DynamoDBClient
) -> None:
    report = bootstrap_json("--sample-apps", "2")
    for item in dynamodb_client.scan(TableName=missing_table)["Items"]:
        assert item["AppSecret"]["S"] not in json.dumps(report)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--billing-mode", "PROVISIONED"), "--read-capacity: "),
        (("--billing-mode", "FREE"), "PAY_PER_REQUEST, PROVISIONED"),
        (("--read-capacity", "5"), "disagree"),
        (("--read-capacity", "lots"), "'lots' is not a whole number"),
        (("--sample-apps", "-1"), "0 or more"),
        (("--sample-apps", "1", "--no-wait"), "disagree"),
        (("--connection", "nowhere"), "nowhere"),
    ],
)
def test_usage_errors_name_the_flag(
    missing_table: str, arguments: tuple[str, ...], told: str
) -> None:
    code, message = exit_code(*arguments)
    assert code == 2
    assert told in message


def test_an_endpoint_that_is_down_is_told_with_exit_code_1(
    default_connection: str, settings: Settings
) -> None:
    settings.DYNAMODB_ENDPOINT = "http://127.0.0.1:9"
    code, message = exit_code()
    assert code == 1
    assert "127.0.0.1:9" in message


def entries() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (entry.action, entry.outcome, json.loads(entry.details))
        for entry in AuditEntry.objects.filter(action="table.bootstrap").order_by("sequence")
    ]


def test_what_it_did_is_in_the_audit_log(missing_table: str) -> None:
    bootstrap("--sample-apps", "2", "--reason", "new stage")
    (_, started, _), (_, succeeded, details) = entries()
    assert (started, succeeded) == ("started", "succeeded")
    assert details["table"] == missing_table
    assert details["calls"] == ["CreateTable"]
    assert details["sample_apps"] == ["shop", "chat"]


def test_looking_at_a_table_that_is_as_wanted_leaves_no_entry(missing_table: str) -> None:
    bootstrap()
    before = len(entries())
    bootstrap()
    bootstrap("--dry-run")
    assert len(entries()) == before


def test_sample_apps_are_refused_on_a_protected_connection(
    missing_table: str, settings: Settings, tmp_path: Path, dynamodb_endpoint: str
) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(
        f'[connections.production]\ntable = "{missing_table}"\nendpoint = "{dynamodb_endpoint}"\nprotected = true\n'
    )
    settings.CONNECTIONS_FILE = str(file)
    code, message = exit_code("--connection", "production", "--sample-apps", "1")
    assert code == 2
    assert "protected" in message
