"""`manage.py doctor`: what it prints, how it exits, and what it mends, on a real engine."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command, load_command_class

from apps_admin.aws.app_repository import open_app_repository
from apps_admin.models import AuditEntry
from apps_admin.services.connections import get_connection

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS: tuple[dict[str, Any], ...] = (
    {"AppId": {"S": "good"}, "AppKey": {"S": "good-key"}, "Enabled": {"BOOL": True}},
    {"AppId": {"S": "binary"}, "AppKey": {"S": "shared"}, "Enabled": {"B": b"false"}},
    {"AppId": {"S": "twin"}, "AppKey": {"S": "shared"}, "Enabled": {"BOOL": True}},
)


@pytest.fixture(autouse=True)
def _table(default_connection: str, dynamodb_client: DynamoDBClient, apps_table: str) -> None:
    for item in ITEMS:
        whole = {**item, "AppSecret": {"S": "b0c1d2e3f4a5968778695a4b3c2d1e0f"}}
        dynamodb_client.put_item(TableName=apps_table, Item=whole)


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("doctor", *arguments, stdout=out, stderr=err)
    except SystemExit as exit_:
        return int(str(exit_.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def stored(app_id: str) -> Any:
    return open_app_repository(get_connection("default")).get(app_id).get("Enabled")


def test_a_table_with_errors_exits_1_and_lists_them_by_app() -> None:
    code, out, _ = run()
    assert code == 1
    assert "binary\n  error   enabled-not-boolean: Enabled is stored as B and says disabled" in out
    assert "  error   key-duplicate: Also the key of twin." in out
    assert "3 apps examined in" in out
    assert "good" not in out


def test_the_summary_tells_the_worst_severity_there_was(
    dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    binary: dict[str, Any] = {
        "AppId": {"S": "binary"},
        "AppKey": {"S": "own"},
        "Enabled": {"B": b"true"},
    }
    dynamodb_client.put_item(TableName=apps_table, Item=binary)
    _, out, _ = run()
    assert "  warning enabled-not-boolean: " in out
    assert "       1  warning enabled-not-boolean" in out


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("never", 0)])
def test_fail_on_decides_about_the_exit_code(
    fail_on: str, code: int, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    dynamodb_client.delete_item(TableName=apps_table, Key={"AppId": {"S": "binary"}})
    dynamodb_client.update_item(
        TableName=apps_table,
        Key={"AppId": {"S": "twin"}},
        UpdateExpression="SET Webhook = :text",
        ExpressionAttributeValues={":text": {"S": "[]"}},
    )
    assert run("--fail-on", fail_on)[0] == code


def test_one_app_is_examined_alone() -> None:
    code, out, _ = run("--app", "good")
    assert (code, out) == (0, "Nothing found.\n")
    assert run("--app", "twin")[0] == 1
    with pytest.raises(CommandError) as caught:
        call_command("doctor", "--app", "nowhere", stdout=io.StringIO())
    assert caught.value.returncode == 3


def test_json_csv_and_sarif_are_alone_on_stdout() -> None:
    findings = json.loads(run("--format", "json")[1])["findings"]
    assert [(each["app"], each["code"]) for each in findings] == [
        ("binary", "enabled-not-boolean"),
        ("binary", "key-duplicate"),
        ("twin", "key-duplicate"),
    ]
    assert len(list(csv.reader(io.StringIO(run("--format", "csv")[1])))) == 4
    results = json.loads(run("--format", "sarif")[1])["runs"][0]["results"]
    assert [each["level"] for each in results] == ["error", "error", "error"]


def test_a_dry_run_of_as_meant_says_how_many_apps_it_would_stop() -> None:
    _, _, err = run("--fix", "enabled-not-boolean=as-meant", "--dry-run")
    assert "binary: would be mended; soketi refuses its connections then" in err
    assert "1 apps would be mended, 0 could not be; 1 of them took connections and would not" in err
    assert stored("binary") == {"B": b"false"}
    assert not AuditEntry.objects.exists()


def test_a_fix_is_written_audited_and_gone_from_the_report() -> None:
    code, out, err = run(
        "--fix", "enabled-not-boolean=as-read", "--reason", "T-7", "--fail-on", "warning"
    )
    assert stored("binary") == {"BOOL": True}
    assert "binary: mended" in err
    assert "enabled-not-boolean" not in out
    assert code == 1, "the shared key is still there"
    assert "key-duplicate" in out
    entry = AuditEntry.objects.get(action="app.fix", outcome="succeeded")
    assert (entry.target, entry.reason, entry.actor_kind) == ("binary", "T-7", "command")


@pytest.mark.parametrize("fix", ["nonsense", "enabled-not-boolean", "enabled-not-boolean=other"])
def test_a_fix_that_does_not_exist_is_a_usage_error(
    fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = load_command_class("apps_admin", "doctor")
    with pytest.raises(SystemExit) as caught:
        command.run_from_argv(["manage.py", "doctor", "--fix", fix])
    assert caught.value.code == 2
    assert "docs/findings.md lists the codes" in capsys.readouterr().err


@pytest.mark.parametrize("percent", ["0", "101", "many"])
def test_a_share_of_the_capacity_is_between_0_and_100(percent: str) -> None:
    with pytest.raises(CommandError):
        run("--read-capacity-percent", percent)
    assert run("--read-capacity-percent", "50", "--fail-on", "never")[0] == 0
