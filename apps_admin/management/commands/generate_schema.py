"""Write the definition of a table in the language it is deployed with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table import TableKind
from apps_admin.domain.table_options import parse_design
from apps_admin.generators.schemas import FORMATS, find_format
from apps_admin.generators.schemas.lawcket_handler import write_handler
from apps_admin.management.connection_values import add_connection_argument, schema_values
from apps_admin.management.table_arguments import (
    add_table_arguments,
    table_values,
    usage_error,
)


class Command(BaseCommand):
    """`manage.py generate_schema`."""

    help = (
        "Write the definition of a table: the document alone on standard output, "
        "what it leaves out and warnings on standard error. Exit code 2: usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Flags of the command, then those of the table."""
        parser.add_argument(
            "--for",
            dest="kind",
            choices=[str(kind) for kind in TableKind],
            default=str(TableKind.APPS),
            help="soketi's table of apps (default), or lawcket's table of connections.",
        )
        parser.add_argument("--format", metavar="FORMAT", help="See --list.")
        parser.add_argument(
            "--list", action="store_true", help="List all formats, one a line, name first."
        )
        parser.add_argument(
            "--import",
            dest="imports",
            action="store_true",
            help="Write what takes over a table that already exists instead.",
        )
        parser.add_argument(
            "--handler",
            action="store_true",
            help="With --for lawcket: write the Lambda handler src/index.js instead.",
        )
        add_connection_argument(parser)
        add_table_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the list or the document."""
        if options["list"]:
            for format_ in FORMATS.values():
                self.stdout.write(f"{format_.name:<27} {format_.label}")
            return
        try:
            self.stdout.write(self._document(options), ending="")
        except ValidationError as error:
            raise usage_error(error) from error

    def _document(self, options: dict[str, Any]) -> str:
        kind = TableKind(options["kind"])
        values = table_values(options)
        if options["connection"]:
            values = schema_values(options["connection"], self.stderr.write) | values
        design = parse_design(kind, values)
        if options["handler"]:
            if kind is not TableKind.LAWCKET:
                raise ValidationError({"handler": ["It goes with --for lawcket."]})
            return write_handler(design)
        if not options["format"]:
            raise ValidationError({"format": [f"Choose one: {', '.join(FORMATS)}."]})
        format_ = find_format(options["format"])
        for name, reason in format_.left_out(design).items():
            if name != "removal_policy" or options.get(name):
                self.stderr.write(f"left out: --{name.replace('_', '-')}: {reason}")
        for warning in design.warnings():
            self.stderr.write(f"warning: {warning}")
        if not options["imports"]:
            return format_.write(design)
        if format_.write_import is None:
            raise ValidationError({"import": [f"The format {format_.name} has none."]})
        return format_.write_import(design)
