from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.policies.outputs import OUTPUTS
from tests.generators.policy_cases import ACCOUNT, least

PLACE = ("--table", "apps", "--region", "us-east-1", "--account", ACCOUNT)


def generate(*arguments: str) -> str:
    out = StringIO()
    call_command("generate_policy", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def refusal(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as refused:
        generate(*arguments)
    return refused.value.returncode, str(refused.value)


def test_list_names_every_purpose_one_a_line_name_first() -> None:
    assert [line.split()[0] for line in generate("--list").splitlines()] == list(PURPOSES)


@pytest.mark.parametrize("output", list(OUTPUTS))
def test_the_document_stands_alone_on_standard_output(output: str) -> None:
    purpose = PURPOSES["soketi-server"]
    text = generate("--purpose", "soketi-server", *PLACE, "--format", output)
    assert text == OUTPUTS[output].write(purpose, least("soketi-server"))


def test_json_is_what_one_gets_without_asking() -> None:
    document = json.loads(generate("--purpose", "copy-source", *PLACE, "--feature", "list-tables"))
    assert document["Statement"][-1]["Action"] == "dynamodb:ListTables"


def test_an_external_id_of_at_least_128_bits_is_made_up_each_time() -> None:
    def external_id() -> str:
        text = generate("--purpose", "trust-cross-account", "--trusted-account", "999988887777")
        made_up = json.loads(text)["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"]
        assert isinstance(made_up, str)
        return made_up

    assert external_id() != external_id()
    assert len(external_id()) >= 22


def test_a_policy_in_a_file_is_held_against_the_purpose(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(generate("--purpose", "soketi-server", *PLACE))
    assert generate("--purpose", "soketi-server", *PLACE, "--check", str(path)) == ""
    code, message = refusal("--purpose", "console-viewer", *PLACE, "--check", str(path))
    assert code == 1
    assert "not exactly" in message


def test_the_comparison_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(generate("--purpose", "soketi-server", *PLACE))
    arguments = ("--purpose", "soketi-server", *PLACE, "--check", str(path), "--format", "json")
    assert json.loads(generate(*arguments)) == {
        "purpose": "soketi-server",
        "exact": True,
        "remarks": [],
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--purpose: Choose one: soketi-server"),
        (("--purpose", "x"), "The purposes are soketi-server"),
        (("--purpose", "soketi-server"), "--account: Name the account"),
        (("--purpose", "soketi-server", *PLACE, "--format", "xml"), "json, cli, cloudformation"),
        (("--purpose", "soketi-server", "--account", "1"), "--account: '1' is not an account id"),
        (("--purpose", "soketi-server", *PLACE, "--feature", "fly"), "--feature: "),
        (("--purpose", "soketi-server", *PLACE, "--partition", "aws-cn"), "--region: "),
        (("--purpose", "soketi-server", *PLACE, "--kms-key", "arn:aws:s3:::x"), "--kms-key: "),
        (("--purpose", "lawcket", *PLACE), "--api: The purpose lawcket needs it."),
        (("--purpose", "soketi-server", *PLACE, "--check", "/nowhere"), "--check: /nowhere"),
    ],
)
def test_usage_errors_name_the_flag(arguments: tuple[str, ...], told: str) -> None:
    code, message = refusal(*arguments)
    assert code == 2
    assert told in message
