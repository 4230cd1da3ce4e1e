"""Verify the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime
from rich.console import Console
from rich.progress import Progress

from apps_admin.management.console_command import ConsoleCommand, ExitCode
from apps_admin.services.audit_archive import verify_archive
from apps_admin.services.audit_head import current_head
from apps_admin.services.audit_verification import (
    Verification,
    sequence_from,
    sequence_until,
    verify_entries,
)


class Command(ConsoleCommand):
    """`manage.py verify_audit`."""

    help = (
        "Verify the audit log: every entry, the chain, its head, and the heads in AUDIT_HEAD_FILE. Names the first "
        "entry that was changed, removed, inserted or reordered, and every operation without an outcome. "
        "Exit code 0: intact; 1: broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The range, and the other things to verify."""
        super().add_arguments(parser)
        where = "an entry's number, a date or a time (ISO 8601, UTC)"
        parser.add_argument("--from", dest="first", metavar="WHERE", help=f"Begin at {where}.")
        parser.add_argument("--to", dest="last", metavar="WHERE", help=f"End with {where}.")
        parser.add_argument(
            "--head", action="store_true", help="Only print the head, to keep it elsewhere."
        )
        parser.add_argument("--archive", metavar="FILE", help="Verify a file of archive_audit.")

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Verify, and exit with 1 when something is broken."""
        if options["head"]:
            head = current_head()
            return head.to_json(), [f"{head.sequence} {head.hash}"]
        if options["archive"]:
            found = verify_archive(options["archive"])
        else:
            found = self._verify(_first(options["first"]), _last(options["last"]))
        if not found.is_intact:
            self._exit_broken(found, options)
        return found.to_json(), _lines(found)

    def _verify(self, first: int | None, last: int | None) -> Verification:
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("Verifying", total=None)
            return verify_entries(
                first=first,
                last=last,
                on_progress=lambda done, total: progress.update(task, completed=done, total=total),
            )

    def _exit_broken(self, found: Verification, options: dict[str, Any]) -> None:
        """The answer still goes to stdout; the exit code and stderr say that it is bad."""
        if options["format"] == "json":
            self.stdout.write(json.dumps(found.to_json(), indent=2))
        broken = found.first_break
        where = f"entry {broken.sequence}: {broken.message}" if broken else ""
        raise CommandError(f"The audit log is broken at {where}.", returncode=ExitCode.FAILED)


def _lines(found: Verification) -> list[str]:
    lines = [f"Intact: {found.entries} entries, {found.first} to {found.last}."]
    lines += [
        f"No outcome: entry {each.sequence}, {each.action} {each.target}, started {each.recorded_at}"
        for each in found.open_operations
    ]
    return lines


def _first(text: str | None) -> int | None:
    if text is None or text.isdecimal():
        return int(text) if text else None
    found = sequence_from(_moment(text, time.min))
    # Nothing that late: an empty range behind the end.
    return 2**62 if found is None else found


def _last(text: str | None) -> int | None:
    if text is None or text.isdecimal():
        return int(text) if text else None
    return sequence_until(_moment(text, time.max)) or 0


def _moment(text: str, at: time) -> datetime:
    try:
        moment = parse_datetime(text) if "T" in text or ":" in text else None
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None
    if day is not None:
        moment = datetime.combine(day, at)
    if moment is None:
        raise CommandError(
            f"{text} is neither an entry's number nor a date or time.", returncode=ExitCode.USAGE
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
