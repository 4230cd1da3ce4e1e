"""Create somebody who can sign in."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.domain.errors import ConsoleError
from apps_admin.services.accounts import command_actor, create_operator

REVEALS_SECRETS = "+secrets"


class Command(BaseCommand):
    """`manage.py create_operator`."""

    help = (
        "Create somebody who can sign in. Prints a one-time password: its person has to choose another at the first "
        "sign-in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The name, and what the person may do where."""
        parser.add_argument("username", help="The person's username.")
        parser.add_argument(
            "--grant",
            action="append",
            dest="grants",
            metavar="CONNECTION=ROLE[+secrets]",
            help=(
                f"A role ({', '.join(Role)}) on a connection, or on * for every one; {REVEALS_SECRETS} lets secrets "
                "be revealed. Can be given several times. Default: *=operator."
            ),
        )
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="Read the password from standard input instead of making a one-time one.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create the person and print how they sign in."""
        grants = dict(parse_grant(text) for text in options["grants"] or ["*=operator"])
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else None
        if password == "":
            raise CommandError("Standard input holds no password.")
        try:
            person, one_time = create_operator(
                command_actor(), options["username"], grants, password=password
            )
        except ConsoleError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error
        self.stdout.write(f"{person.username} can sign in.")
        if one_time:
            self.stdout.write(f"One-time password: {one_time}")
            self.stdout.write("It is shown only now, and only lets them choose another.")


def parse_grant(text: str) -> tuple[str, Grant]:
    """A grant as it is typed, "production=operator+secrets". Raises CommandError."""
    connection, _, role = text.rpartition("=")
    reveals_secrets = role.endswith(REVEALS_SECRETS)
    role = role.removesuffix(REVEALS_SECRETS)
    if not connection or role not in set(Role):
        raise CommandError(
            f"{text!r} is not CONNECTION=ROLE: the role is one of {', '.join(Role)}, "
            f"the connection a slug or {EVERY_CONNECTION}."
        )
    return connection, Grant(role=Role(role), reveals_secrets=reveals_secrets)
