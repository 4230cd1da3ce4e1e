"""Write a part of the audit log to a file, for people and other programs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from apps_admin.domain.errors import ValidationError
from apps_admin.management.console_command import ConsoleCommand
from apps_admin.services.accounts import command_actor
from apps_admin.services.audit_export import ExportFormat, export_everything_to, export_to
from apps_admin.services.audit_lines import AuditFilter
from apps_admin.services.workspace import Origin, open_workspace

ORIGIN = Origin(user_agent="manage.py")


class Command(ConsoleCommand):
    """`manage.py export_audit`."""

    help = (
        "Write the audit log of a connection, or all of it, to a file: JSON Lines, or CSV without a cell that a "
        "spreadsheet would run. The export is an entry itself. To take entries out of the database, use archive_audit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to export and where to."""
        super().add_arguments(parser)
        parser.add_argument(
            "--connection",
            default="",
            metavar="SLUG",
            help="Only this connection (default: everything).",
        )
        parser.add_argument(
            "--file", type=Path, required=True, help="The file to write; it must not exist."
        )
        parser.add_argument(
            "--as",
            dest="export_format",
            choices=[each.value for each in ExportFormat],
            default=ExportFormat.JSON_LINES.value,
            help="JSON Lines (default) or CSV.",
        )
        parser.add_argument(
            "--since", default="", metavar="TIME", help="ISO 8601; UTC unless it says otherwise."
        )
        parser.add_argument(
            "--until", default="", metavar="TIME", help="ISO 8601; UTC unless it says otherwise."
        )
        parser.add_argument("--app", default="", metavar="APP_ID", help="Only this app.")
        parser.add_argument(
            "--person",
            default="",
            metavar="NAME",
            help="Only what this person, token or command did.",
        )
        parser.add_argument(
            "--action", default="", help="Only this action, for example app.delete."
        )
        parser.add_argument(
            "--outcome", default="", help="Only entries with this outcome, for example failed."
        )
        parser.add_argument("--reason", default="", help="Why, for the audit log.")

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Write the file."""
        path: Path = options["file"]
        wanted = _wanted(options)
        count = _Counter()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise ValidationError({"file": [f"{path}: {error.strerror}."]}) from error
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                _export(wanted, options, lambda text: file.write(count.seen(text)))
        except BaseException:
            path.unlink()
            raise
        answer = {"file": str(path), "characters": count.characters}
        return answer, [f"{path} has {count.characters:,} characters."]


class _Counter:
    def __init__(self) -> None:
        self.characters = 0

    def seen(self, text: str) -> str:
        self.characters += len(text)
        return text


def _export(wanted: AuditFilter, options: dict[str, Any], write: Any) -> None:
    export_format, reason = ExportFormat(options["export_format"]), options["reason"]
    actor = command_actor()
    if wanted.connection:
        workspace = open_workspace(wanted.connection, actor, origin=ORIGIN)
        export_to(workspace, wanted, export_format, write, reason=reason)
    else:
        export_everything_to(actor, wanted, export_format, write, reason=reason, origin=ORIGIN)


def _wanted(options: dict[str, Any]) -> AuditFilter:
    return AuditFilter(
        connection=options["connection"],
        app_id=options["app"],
        actor_name=options["person"],
        action=options["action"],
        outcome=options["outcome"],
        since=_moment("since", options["since"]),
        until=_moment("until", options["until"]),
    )


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ValidationError({name: [f"{text!r} is no time such as 2026-11-20T10:00."]})
    return make_aware(moment) if is_naive(moment) else moment
