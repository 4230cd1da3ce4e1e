"""What an operator scripts: the options that all these commands share, and what standard output is for."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, load_command_class

READING = ("list_apps", "show_app", "export_apps", "doctor", "test_connection", "verify_audit")
WRITING = (
    *("create_app", "update_app", "enable_app", "disable_app", "rotate_secret", "delete_app"),
    *("import_apps", "bootstrap_table"),
)
# Their answer is a document: `--format` says which.
GENERATING = ("generate_schema", "generate_policy")
# The audit log is one for all connections, and its chain is verified as a whole.
OF_NO_CONNECTION = ("verify_audit",)


def options_of(name: str) -> dict[str, list[str] | None]:
    """The options of a command, each with the values it takes."""
    parser = load_command_class("apps_admin", name).create_parser("manage.py", name)
    return {
        option: None if action.choices is None else [*action.choices]
        for action in parser._actions
        for option in action.option_strings
    }


@pytest.mark.parametrize("name", [*READING, *WRITING, *GENERATING])
def test_a_command_names_a_connection_and_how_it_answers(name: str) -> None:
    options = options_of(name)

    assert "--format" in options
    assert name in GENERATING or {"text", "json"} <= {*(options["--format"] or ())}
    assert ("--connection" in options) == (name not in OF_NO_CONNECTION)


@pytest.mark.parametrize("name", WRITING)
def test_a_writing_command_can_be_tried_and_takes_a_reason(name: str) -> None:
    assert {"--dry-run", "--reason"} <= options_of(name).keys()


@pytest.mark.usefixtures("transactional_db", "default_connection")
def test_standard_output_is_the_answer_alone() -> None:
    """One JSON value, whatever is logged or said meanwhile."""

    def answer(*arguments: str) -> object:
        out, err = io.StringIO(), io.StringIO()
        logging.getLogger("apps_admin").warning("said meanwhile")
        with suppress(SystemExit):  # an exit code, where the answer is no error
            call_command(*arguments, "--format", "json", stdout=out, stderr=err)
        return json.loads(out.getvalue())

    for arguments in (
        ("create_app", "--id", "shop"),
        ("show_app", "shop"),
        ("update_app", "shop", "--limit", "max_connections=5", "--dry-run"),
        ("disable_app", "shop", "--reason", "leak"),
        ("enable_app", "shop"),
        ("rotate_secret", "shop"),
        ("list_apps", "--refresh"),
        ("doctor",),
        ("test_connection",),
        ("bootstrap_table", "--dry-run"),
        ("verify_audit",),
    ):
        assert answer(*arguments) is not None, arguments


@pytest.mark.usefixtures("transactional_db", "default_connection")
def test_documents_are_filled_from_a_connection(apps_table: str) -> None:
    def document(*arguments: str) -> str:
        out = io.StringIO()
        call_command(*arguments, "--connection", "default", stdout=out, stderr=io.StringIO())
        return out.getvalue()

    account = "123456789012"
    assert apps_table in document("generate_schema", "--format", "cloudformation")
    assert f"table/{apps_table}" in document(
        "generate_policy", "--purpose", "soketi-server", "--account", account
    )
    with pytest.raises(CommandError, match="There is no connection"):
        call_command("generate_schema", "--format", "terraform", "--connection", "elsewhere")


def test_a_reader_that_has_enough_ends_a_command_without_a_traceback() -> None:
    """What `manage.py help | head -1` does."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parents[2] / "manage.py"), "help"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 1


def test_settings_that_are_missing_are_named_without_a_traceback(tmp_path: Path) -> None:
    unset = {"SECRET_KEY", "LOCAL_RUN", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).parents[2] / "manage.py"), "doctor"],
        env=environment | {"LOCAL_RUN": "false"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Set the SECRET_KEY environment variable")
    assert "docs/configuration.md" in ended.stderr
    assert "Traceback" not in ended.stderr
