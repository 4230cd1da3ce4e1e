"""`manage.py test_connection`: what it prints and how it exits."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

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
