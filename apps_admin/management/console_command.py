"""What the commands share: connection, format, reason; the answer alone on stdout; documented exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.domain.errors import (
    ConflictError,
    ConsoleError,
    CredentialsError,
    DeniedError,
    NotFoundError,
    UnavailableError,
    ValidationError,
)
from apps_admin.domain.request_id import current_request_id
from apps_admin.services.accounts import command_actor
from apps_admin.services.search import AppQuery
from apps_admin.services.workspace import Origin, Workspace, open_workspace


class ExitCode(IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    DENIED = 4
    CONFLICT = 5
    INVALID = 6
    UNAVAILABLE = 7


EXIT_CODES = (
    "Exit codes: 0 done; 1 failed; 2 usage; 3 not found; 4 denied, or the connection is read-only; "
    "5 conflict: the app changed, exists or is enabled; 6 a value breaks a rule; "
    "7 DynamoDB, its credentials or the console's database do not answer."
)

_CODES: tuple[tuple[type[ConsoleError], ExitCode], ...] = (
    (NotFoundError, ExitCode.NOT_FOUND),
    (DeniedError, ExitCode.DENIED),
    (ConflictError, ExitCode.CONFLICT),
    (ValidationError, ExitCode.INVALID),
    (UnavailableError, ExitCode.UNAVAILABLE),
    (CredentialsError, ExitCode.UNAVAILABLE),
)


def exit_code_of(error: ConsoleError) -> ExitCode:
    """The exit code for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)


class ConsoleCommand(BaseCommand):
    """A command whose answer is data. Subclasses implement `answer`; every word about trouble goes to stderr."""

    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]
    formats: ClassVar[tuple[str, ...]] = ("text", "json")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Say what the exit codes mean at the end of the help."""
        return super().create_parser(prog_name, subcommand, epilog=EXIT_CODES, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """The format of the answer; subclasses add their own."""
        parser.add_argument(
            "--format", choices=self.formats, default="text", help="How the answer is written."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Answer on stdout, or say on stderr what is wrong and exit with its code."""
        try:
            answer, text = self.answer(options)
        except ConsoleError as error:
            raise failure(error) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(text))

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """What the command found or did: for programs, and as lines for people."""
        raise NotImplementedError


class WorkspaceCommand(ConsoleCommand):
    """A command on the apps of one connection, by whoever sits at the server's command line."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The connection, beside the format."""
        super().add_arguments(parser)
        parser.add_argument(
            "--connection",
            default="default",
            metavar="SLUG",
            help="The connection (default: default).",
        )

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Open the workspace and go on there."""
        origin = Origin(request_id=current_request_id.get(), user_agent="manage.py")
        workspace = open_workspace(options["connection"], command_actor(), origin=origin)
        return self.answer_in(workspace, options)

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """What the command found or did in this workspace."""
        raise NotImplementedError


def add_writing_arguments(
    parser: CommandParser, dry_run: str = "Only show what would change; nothing is recorded."
) -> None:
    """What every command that writes takes."""
    parser.add_argument("--reason", default="", help="Why, for the audit log.")
    parser.add_argument("--dry-run", action="store_true", help=dry_run)


def add_query_argument(parser: CommandParser) -> None:
    """Which apps, by the address of a list."""
    parser.add_argument(
        "--query",
        default="",
        metavar="ADDRESS",
        help="Only the apps of a list, by its address or what follows the ? in it.",
    )


def query_of(options: dict[str, Any], **given: Any) -> AppQuery:
    """The query of `--query`, with what is given beside it."""
    parameters = dict(parse_qsl(options["query"].rpartition("?")[2]))
    query = AppQuery.from_parameters({**parameters, "cursor": ""})
    return replace(query, **{name: value for name, value in given.items() if value})


def add_confirm_argument(parser: CommandParser, metavar: str, meaning: str) -> None:
    """What is typed once more where something is taken away."""
    parser.add_argument("--confirm", default="", metavar=metavar, help=meaning)


def table(rows: Iterable[tuple[str, object]]) -> list[str]:
    """Names and values as aligned lines."""
    pairs = [(name, str(value)) for name, value in rows]
    width = max((len(name) for name, _ in pairs), default=0)
    return [f"{name:<{width}}  {value}".rstrip() for name, value in pairs]


def failure(error: ConsoleError) -> CommandError:
    """The error as a command ends with it: what and why on stderr, and its exit code."""
    lines = [error.message]
    if isinstance(error, ValidationError):
        lines = [f"{field}: {text}" for field, texts in error.errors.items() for text in texts]
    if error.hint:
        lines.append(error.hint)
    return CommandError("\n".join(lines), returncode=exit_code_of(error))
