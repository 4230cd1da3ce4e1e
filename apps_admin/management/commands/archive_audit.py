"""Move old audit entries to a file that still verifies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps_admin.management.console_command import ConsoleCommand
from apps_admin.services.accounts import command_actor
from apps_admin.services.audit_archive import archive_entries


class Command(ConsoleCommand):
    """`manage.py archive_audit`."""

    help = (
        "Move all audit entries up to a number to a file. The file verifies by itself (verify_audit --archive), the "
        "rest of the log goes on from it, and the archiving is an entry too. Nothing is ever removed in another way."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The last entry and the file."""
        super().add_arguments(parser)
        parser.add_argument(
            "--to",
            type=int,
            required=True,
            metavar="NUMBER",
            dest="last",
            help="The last entry to move.",
        )
        parser.add_argument(
            "--file", type=Path, required=True, help="The file to write; it must not exist."
        )

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Archive them."""
        archive = archive_entries(command_actor(), options["last"], options["file"])
        answer = {
            "file": str(archive.path),
            "first": archive.first,
            "last": archive.last,
            "seal": archive.seal,
        }
        return answer, [f"Entries {archive.first} to {archive.last} are in {archive.path} now."]
