"""Create a token for a program."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps_admin.domain.actions import Action
from apps_admin.management.console_command import ConsoleCommand, ExitCode, table
from apps_admin.management.token_command import token_json
from apps_admin.services.accounts import command_actor
from apps_admin.services.api_tokens import DEFAULT_LIFETIME, Narrowing, create_token
from apps_admin.services.people import find_person

EVERYTHING = "*"


class Command(ConsoleCommand):
    """`manage.py create_api_token`."""

    help = (
        "Create a token by which a program uses the API in a person's name. It is shown only now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose token it is, and what it may do."""
        super().add_arguments(parser)
        parser.add_argument("--user", required=True, help="In whose name the program acts.")
        parser.add_argument("--name", default="command line", help="What the token is for.")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            metavar="ACTION[@CONNECTION]",
            help=(
                "An action such as app.create, or * for all its owner may do; after @ the one connection it is for. "
                "Can be given several times; all scopes name the same connections. Default: everything."
            ),
        )
        parser.add_argument(
            "--expires-in",
            type=int,
            default=DEFAULT_LIFETIME.days,
            metavar="DAYS",
            help="Days until it expires (90); 0 for never.",
        )

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Issue the token and show it once."""
        days = options["expires_in"]
        issued = create_token(
            command_actor(),
            find_person(options["user"]),
            name=options["name"],
            narrowing=parse_scopes(options["scopes"] or []),
            lifetime=timedelta(days=days) if days else None,
        )
        answer = {"token": issued.text, **token_json(issued.row)}
        lines = table(
            [
                ("token", issued.text),
                ("id", issued.row.public_id),
                ("expires", issued.row.expires_at or "never"),
            ]
        )
        return answer, [*lines, "The token is shown only now."]


def parse_scopes(scopes: Iterable[str]) -> Narrowing:
    """Scopes as they are typed, `app.create@production`. Raises CommandError."""
    by_action: dict[str, set[str]] = {}
    for scope in scopes:
        action, _, connection = scope.partition("@")
        if action != EVERYTHING and action not in set(Action):
            raise CommandError(
                f"{action!r} is no action. Actions: {EVERYTHING}, {', '.join(Action)}",
                returncode=ExitCode.USAGE,
            )
        by_action.setdefault(action, set()).add(connection)
    places = {frozenset(connections) for connections in by_action.values()}
    if len(places) > 1:
        raise CommandError(
            "The scopes name different connections. Make one token for each set of connections.",
            returncode=ExitCode.USAGE,
        )
    connections = next(iter(places), frozenset({""}))
    does_everything = not by_action or EVERYTHING in by_action
    return Narrowing(
        actions=None if does_everything else frozenset(Action(action) for action in by_action),
        connections=None if "" in connections else connections,
    )
