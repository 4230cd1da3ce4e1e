"""`manage.py test_connection`: what it prints and how it exits."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from tests.aws.conftest import iam
from tests.aws.iam_server import ACCOUNT, IamServer
from tests.aws.tables import make_apps_table

__all__ = ["iam"]

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("test_connection", *arguments, stdout=out, stderr=err)
    return int(str(exit_.value.code)), out.getvalue(), err.getvalue()


def test_a_good_connection_exits_0(default_connection: str) -> None:
    code, out, _ = run("--connection", default_connection)
    assert code == 0
    assert "This connection is good." in out
    assert "yes  This console can edit" in out


def test_json_is_the_whole_report(default_connection: str) -> None:
    code, out, _ = run("--format", "json")
    answer = json.loads(out)
    assert (code, answer["ok"]) == (0, True)
    assert {step["step"] for step in answer["steps"]} >= {"dns", "index", "update_item", "latency"}
    assert set(answer["steps"][0]) == {
        "step",
        "title",
        "status",
        "milliseconds",
        "message",
        "hint",
        "aws_code",
        "action",
    }


def test_a_missing_table_exits_1_and_names_the_next_step(
    default_connection: str, settings: Settings
) -> None:
    settings.DYNAMODB_TABLE = "no-such-table"
    code, out, _ = run()
    assert code == 1
    assert "bootstrap_table" in out
    assert "Not good for: soketi can run with these credentials" in out


def test_an_unknown_connection_exits_2(default_connection: str) -> None:
    code, _, err = run("--connection", "nowhere")
    assert code == 2
    assert "no connection 'nowhere'" in err


def test_the_part_it_must_be_good_for_can_be_chosen(default_connection: str) -> None:
    code, _, _ = run("--part", "copy-source", "--part", "soketi")
    assert code == 0


def test_a_declared_connection_turns_green_once_the_named_policy_is_applied(
    iam: IamServer, settings: Settings, tmp_path: Path
) -> None:
    table = make_apps_table(iam.dynamodb)
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}"
    user = iam.user_with([{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": arn}])
    (tmp_path / "secret").write_text(user.secret_access_key)
    (tmp_path / "connections.toml").write_text(
        f'''
        [connections.second]
        table = "{table}"
        endpoint = "{iam.url}"
        [connections.second.credentials]
        mode = "static"
        access_key_id = "{user.access_key_id}"
        secret_access_key_file = "{tmp_path / "secret"}"
        '''
    )
    settings.CONNECTIONS_FILE = str(tmp_path / "connections.toml")

    code, out, _ = run("--connection", "second", "--format", "json")
    edit = next(each for each in json.loads(out)["verdicts"] if each["part"] == "edit")
    assert (code, edit["works"]) == (1, False)
    assert "dynamodb:PutItem" in edit["missing_actions"]

    policy = StringIO()
    place = ("--table", table, "--region", "us-east-1", "--account", ACCOUNT)
    call_command("generate_policy", "--purpose", edit["policy"], *place, stdout=policy)
    iam.client("iam").put_user_policy(
        UserName=user.user, PolicyName="shown", PolicyDocument=policy.getvalue()
    )
    code, out, _ = run("--connection", "second")
    assert (code, "This connection is good." in out) == (0, True)
