"""Create the table of a connection exactly as soketi needs it, or say how the existing one differs."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.aws.embedded_engine import ensure_engine
from apps_admin.domain.connection import (
    DEFAULT_REGION,
    DEFAULT_TABLE,
    Connection,
    ConnectionSource,
)
from apps_admin.domain.errors import ConnectionNotFoundError, ConsoleError, ValidationError
from apps_admin.domain.table import TableDesign, TableKind, check_regions
from apps_admin.domain.table_comparison import LiveTable
from apps_admin.domain.table_options import given_aspects, parse_design, renamed
from apps_admin.management.table_arguments import (
    USAGE,
    add_table_arguments,
    table_values,
    usage_error,
)
from apps_admin.services.sample_apps import sample_items
from apps_admin.services.tables import (
    BootstrapRequest,
    TableReport,
    add_sample_apps,
    bootstrap_table,
)

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
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="How the answer is written."
        )
        add_table_arguments(parser, leave_out=SAID_BY_CONNECTION)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create or compare, report, and exit with what was found."""
        try:
            connection = _find_connection(options["connection"])
        except ConsoleError as error:
            raise _failure(error, USAGE) from error
        number = options["sample_apps"]
        _check_sample_apps(connection, number, waits=options["wait"])
        request = self._request(connection, options)
        try:
            report = bootstrap_table(connection, request)
            added = (
                add_sample_apps(connection, sample_items(number))
                if number and not request.dry_run and report.is_usable
                else ()
            )
        except ConsoleError as error:
            raise _failure(error, DIFFERS) from error
        self._tell(connection, report, added, options)
        if not report.is_as_wanted:
            raise CommandError(_verdict(connection, report), returncode=DIFFERS)

    def _request(self, connection: Connection, options: dict[str, Any]) -> BootstrapRequest:
        values = table_values(options)
        place = {"table": [connection.table], "region": [connection.region]}
        try:
            design = parse_design(TableKind.APPS, values | place)
            if not connection.endpoint:
                _check_regions(design)
        except ValidationError as error:
            raise usage_error(error) from error
        return BootstrapRequest(
            design=design,
            compared=given_aspects(values),
            repair=options["repair"],
            dry_run=options["dry_run"],
            wait=options["wait"],
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

    def _tell(
        self,
        connection: Connection,
        report: TableReport,
        added: tuple[str, ...],
        options: dict[str, Any],
    ) -> None:
        if options["format"] == "json":
            answer = {
                "connection": connection.slug,
                "region": connection.region,
                "endpoint": connection.endpoint,
                "dry_run": options["dry_run"],
                **report.to_json(),
                "sample_apps": list(added),
            }
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
            return
        for line in _lines(connection, report, added):
            self.stdout.write(line)


def _lines(connection: Connection, report: TableReport, added: tuple[str, ...]) -> list[str]:
    lines = [f"done: {call.operation}" for call in report.done]
    lines += [f"to do: {call.operation} {json.dumps(call.parameters)}" for call in report.planned]
    lines += [f"failed: {call.operation}: {message}" for call, message in report.failed]
    lines += [f"differs: {difference.message}" for difference in report.differences]
    lines += [f"not compared: {aspect} (not answered here)" for aspect in report.unread]
    lines += [f"warning: {warning}" for warning in report.warnings]
    if added:
        lines.append(f"sample apps added: {', '.join(added)}")
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


def _find_connection(slug: str) -> Connection:
    if slug != "default":
        raise ConnectionNotFoundError(f"There is no connection {slug!r}.")
    embedded = settings.EMBEDDED_ENGINE
    endpoint = ensure_engine(settings.EMBEDDED_ENGINE_DIR).endpoint if embedded else ""
    return Connection(
        slug=slug,
        table=settings.DYNAMODB_TABLE or DEFAULT_TABLE,
        region=settings.DYNAMODB_REGION or DEFAULT_REGION,
        endpoint=endpoint or settings.DYNAMODB_ENDPOINT or "",
        source=ConnectionSource.EMBEDDED if embedded else ConnectionSource.ENVIRONMENT,
    )


def _check_sample_apps(connection: Connection, number: int, *, waits: bool) -> None:
    if number < 0:
        raise CommandError("--sample-apps: a whole number, 0 or more.", returncode=USAGE)
    if number and not waits:
        raise CommandError(
            "--sample-apps and --no-wait disagree: a table takes items only when it is ACTIVE.",
            returncode=USAGE,
        )
    if number and connection.protected:
        raise CommandError(
            f"--sample-apps: the connection {connection.slug} is protected, so it gets none.",
            returncode=USAGE,
        )


def _check_regions(design: TableDesign) -> None:
    try:
        check_regions(design)
    except ValidationError as error:
        raise renamed(error) from error


def _failure(error: ConsoleError, code: int) -> CommandError:
    return CommandError("\n".join(filter(None, [error.message, error.hint])), returncode=code)
