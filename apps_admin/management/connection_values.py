"""What a connection says about its table, for the commands that write documents: `--connection`."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management.base import CommandError, CommandParser

from apps_admin.domain.errors import ConsoleError, ValidationError
from apps_admin.domain.table import TableKind
from apps_admin.domain.table_comparison import LiveTable
from apps_admin.domain.table_options import written_options
from apps_admin.domain.table_reading import account_of, design_of
from apps_admin.services.accounts import command_actor
from apps_admin.services.tables import read_live_table
from apps_admin.services.workspace import open_workspace

Values = dict[str, list[str]]
Say = Callable[[str], object]


def add_connection_argument(parser: CommandParser) -> None:
    """Add the flag."""
    parser.add_argument(
        "--connection",
        metavar="SLUG",
        help="Take what is not given from this connection and, as far as it answers, its table.",
    )


def policy_values(slug: str, say: Say) -> Values:
    """Table, region and, as the table's ARN tells, the account."""
    values, live = _found(slug, say)
    account = account_of(live) if live else ""
    return values | ({"account": [account]} if account else {})


def schema_values(slug: str, say: Say) -> Values:
    """The live table as it is, else its name and region."""
    values, live = _found(slug, say)
    if live is None:
        return values
    try:
        design = design_of(live, TableKind.APPS, values["region"][0])
    except ValidationError as error:
        say(f"warning: not every option could be taken over: {error.message}")
        return values
    return values | {"region": list(design.regions), **written_options(design)}


def _found(slug: str, say: Say) -> tuple[Values, LiveTable | None]:
    try:
        workspace = open_workspace(slug, command_actor())
    except ConsoleError as error:
        raise CommandError(f"{error.message} {error.hint}".strip()) from error
    values = {"table": [workspace.connection.table], "region": [workspace.connection.region]}
    try:
        return values, read_live_table(workspace)
    except ConsoleError as error:
        say(f"warning: only table and region are taken over: {error.message}")
        return values, None
