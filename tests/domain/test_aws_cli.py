"""The commands for when the console cannot help."""

from __future__ import annotations

import json
import shlex

from apps_admin.domain.aws_cli import disable_command
from apps_admin.domain.connection import Connection


def words_of(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", ""))


def test_it_disables_this_app_and_creates_none() -> None:
    words = words_of(disable_command(Connection(slug="default", table="my-apps"), "shop"))
    assert words[:3] == ["aws", "dynamodb", "update-item"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options["--table-name"] == "my-apps"
    assert options["--region"] == "us-east-1"
    assert json.loads(options["--key"]) == {"AppId": {"S": "shop"}}
    assert options["--condition-expression"] == "attribute_exists(AppId)"
    assert json.loads(options["--expression-attribute-values"]) == {":off": {"BOOL": False}}
    assert "--endpoint-url" not in options


def test_an_id_with_quotes_stays_one_word_of_the_shell() -> None:
    odd = 'it\'s $(rm -rf /) "x" ü'
    options = words_of(
        disable_command(Connection(slug="default", endpoint="http://127.0.0.1:8000"), odd)
    )
    assert json.loads(options[options.index("--key") + 1]) == {"AppId": {"S": odd}}
    assert options[options.index("--endpoint-url") + 1] == "http://127.0.0.1:8000"
