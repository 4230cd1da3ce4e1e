"""Export apps to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps_admin.domain.transfer import WRITABLE
from apps_admin.management.console_command import (
    ExitCode,
    WorkspaceCommand,
    add_query_argument,
    query_of,
)
from apps_admin.management.job_progress import ProgressLine
from apps_admin.services.transfer_export import export_apps
from apps_admin.services.workspace import Workspace


class Command(WorkspaceCommand):
    """`manage.py export_apps`."""

    help = (
        "Export apps to a file or to standard output. Without --with-secrets nothing secret leaves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, how, and which apps."""
        super().add_arguments(parser)
        parser.add_argument("--to", choices=list(WRITABLE), default="jsonl", dest="format_name",
                            help="The format of the file (default: jsonl).")  # fmt: skip
        parser.add_argument("--output", metavar="FILE", default="-",
                            help="The file, readable by you alone (default: standard output).")  # fmt: skip
        add_query_argument(parser)
        parser.add_argument("--search", default="", metavar="TEXT",
                            help="Only apps with this in their id, key, label or webhook host.")  # fmt: skip
        parser.add_argument("--with-secrets", action="store_true",
                            help="With secrets, as its own audited action.")  # fmt: skip
        parser.add_argument("--reason", default="", help="Why, for the audit log.")

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Write the file."""
        query = query_of(options, text=options["search"])
        pieces = export_apps(
            workspace,
            options["format_name"],
            query=query if query.is_filtered else None,
            with_secrets=options["with_secrets"],
            reason=options["reason"],
        )
        line = ProgressLine("Exporting")
        count = 0
        output = options["output"]
        try:
            if output == "-":
                for piece in pieces:
                    sys.stdout.write(piece)
                return {"file": None}, ()
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                for piece in pieces:
                    file.write(piece)
                    count += 1
                    line.show(count, None)
        except OSError as error:
            raise CommandError(f"{output}: {error}", returncode=ExitCode.USAGE) from error
        line.show(count, None, is_last=True)
        size = Path(output).stat().st_size
        return {"file": output, "bytes": size}, (f"{output}: {size:,} bytes",)
