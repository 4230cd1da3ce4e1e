"""The options of a table as flags of a command, and errors as a command tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table_options import OPTIONS, TableOption

USAGE = 2


def add_table_arguments(parser: CommandParser, *, leave_out: frozenset[str] = frozenset()) -> None:
    """Add a flag for every option of a table."""
    group = parser.add_argument_group("options of the table")
    for option in OPTIONS:
        if option.name not in leave_out:
            group.add_argument(option.flag, **_arguments(option))


def _arguments(option: TableOption) -> dict[str, Any]:
    if option.is_flag:
        return {"action": "store_const", "const": "on", "help": option.help}
    arguments: dict[str, Any] = {"help": option.help.replace("%", "%%")}
    if option.choices:
        # Any case is taken, as on the page; argparse shows the choices as they are written.
        return arguments | {"metavar": "|".join(option.choices)}
    arguments["metavar"] = option.metavar
    if option.name == "pitr":
        return arguments | {"nargs": "?", "const": "on"}
    if option.name == "region":
        return arguments | {"nargs": "+", "action": "extend"}
    return arguments | ({"action": "append"} if option.is_repeated else {})


def table_values(arguments: Mapping[str, Any]) -> dict[str, list[str]]:
    """The options given, as texts."""
    values: dict[str, list[str]] = {}
    for option in OPTIONS:
        given = arguments.get(option.name)
        if given is not None:
            values[option.name] = (
                [str(v) for v in given] if isinstance(given, list) else [str(given)]
            )
    return values


def usage_error(error: ValidationError) -> CommandError:
    """Exit code 2, one line for each complaint, with the flag it is about."""
    lines = [
        f"--{name.replace('_', '-')}: {message}"
        for name, messages in error.errors.items()
        for message in messages
    ]
    return CommandError("\n".join([*lines, error.hint] if error.hint else lines), returncode=USAGE)
