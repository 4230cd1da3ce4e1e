"""Create the table of a connection exactly as soketi needs it, or say how the existing one differs."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ConsoleError, ValidationError
from apps_admin.domain.table import TableKind
from apps_admin.domain.table_comparison import LiveTable
from apps_admin.domain.table_options import given_aspects, parse_design
from apps_admin.management.table_arguments import (
    USAGE,
    add_table_arguments,
    table_values,
    usage_error,
)
from apps_admin.services.accounts import command_actor
from apps_admin.services.tables import (
    BootstrapRequest,
    TableReport,
    bootstrap_table,
)
from apps_admin.services.workspace import Origin, open_workspace

DIFFERS = 1
# The connection says which table it is and where.
SAID_BY_CONNECTION = frozenset({"table", "region", "removal_policy"})


class Command(BaseCommand):
    """`manage.py bootstrap_table`."""

    help = (
        "Create the table of a connection as soketi needs it. When it exists, say precisely how it differs; "
        "nothing is ever dropped. Exit code 0: as wanted; 1: differs or failed; 2: usage."
    )

    _last_state = ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Flags of the command, then those of the table."""
        parser.add_argument(
            "--connection",
            default="default",
            metavar="SLUG",
            help="The connection (default: default).",
        )
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be done.")
        parser.add_argument(
            "--repair", action="store_true", help="Add AppKeyIndex if it is missing."
        )
        parser.add_argument(
            "--wait", action="store_true", default=True, help="Wait until it can be used (default)."
        )
        parser.add_argument(
            "--no-wait", action="store_false", dest="wait", help="Do not wait until it can be used."
        )
        parser.add_argument(
            "--sample-apps",
            type=int,
            default=0,
            metavar="N",
            help="Add up to N sample apps with random keys and secrets; refused on a protected connection.",
        )
        parser.add_argument("--reason", default="", help="Why, for the audit log.")
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="How the answer is written."
        )
        add_table_arguments(parser, leave_out=SAID_BY_CONNECTION)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create or compare, report, and exit with what was found."""
        try:
            workspace = open_workspace(
                options["connection"], command_actor(), origin=Origin(user_agent="manage.py")
            )
        except ConsoleError as error:
            raise _failure(error, USAGE) from error
        request = self._request(workspace.connection, options)
        try:
            report = bootstrap_table(workspace, request)
        except ValidationError as error:
            raise usage_error(error) from error
        except ConsoleError as error:
            raise _failure(error, DIFFERS) from error
        self._tell(workspace.connection, report, options)
        if not report.is_as_wanted:
            raise CommandError(_verdict(workspace.connection, report), returncode=DIFFERS)

    def _request(self, connection: Connection, options: dict[str, Any]) -> BootstrapRequest:
        values = table_values(options)
        place = {"table": [connection.table], "region": [connection.region]}
        try:
            design = parse_design(TableKind.APPS, values | place, is_on_aws=not connection.endpoint)
        except ValidationError as error:
            raise usage_error(error) from error
        return BootstrapRequest(
            design=design,
            compared=given_aspects(values),
            repair=options["repair"],
            dry_run=options["dry_run"],
            wait=options["wait"],
            sample_apps=options["sample_apps"],
            reason=options["reason"],
            on_progress=self._say_progress,
        )

    def _say_progress(self, live: LiveTable) -> None:
        indexes = live.description.get("GlobalSecondaryIndexes") or ()
        states = [f"table {live.status}"]
        states += [f"{index['IndexName']} {index.get('IndexStatus', '?')}" for index in indexes]
        state = ", ".join(states)
        if state != self._last_state:
            self._last_state = state
            self.stderr.write(state)

    def _tell(self, connection: Connection, report: TableReport, options: dict[str, Any]) -> None:
        if options["format"] == "json":
            answer = {
                "connection": connection.slug,
                "region": connection.region,
                "endpoint": connection.endpoint,
                "dry_run": options["dry_run"],
                **report.to_json(),
            }
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
            return
        for line in _lines(connection, report):
            self.stdout.write(line)


def _lines(connection: Connection, report: TableReport) -> list[str]:
    lines = [f"done: {call.operation}" for call in report.done]
    lines += [f"to do: {call.operation} {json.dumps(call.parameters)}" for call in report.planned]
    lines += [f"failed: {call.operation}: {message}" for call, message in report.failed]
    lines += [f"differs: {difference.message}" for difference in report.differences]
    lines += [f"not compared: {aspect} (not answered here)" for aspect in report.unread]
    lines += [f"warning: {warning}" for warning in report.warnings]
    if report.samples:
        lines.append(f"sample apps added: {', '.join(report.samples)}")
    if report.is_as_wanted:
        lines.append(_verdict(connection, report))
    return lines


def _verdict(connection: Connection, report: TableReport) -> str:
    place = f"{report.table} in {connection.region} at {connection.endpoint or 'AWS'}"
    if report.done and not report.existed:
        return f"The table {place} was created."
    if not report.existed:
        return f"The table {place} does not exist yet."
    if report.is_as_wanted:
        return f"The table {place} is as soketi needs it."
    return f"The table {place} is not as wanted."


def _failure(error: ConsoleError, code: int) -> CommandError:
    return CommandError("\n".join(filter(None, [error.message, error.hint])), returncode=code)
