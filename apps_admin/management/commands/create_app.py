"""Create an app."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from apps_admin.domain.app import NewApp
from apps_admin.management.app_command import (
    add_field_arguments,
    asked,
    parse_limits,
    read_webhooks,
    tell_change,
)
from apps_admin.management.console_command import WorkspaceCommand, add_writing_arguments
from apps_admin.services.apps import create_app
from apps_admin.services.workspace import Workspace


class Command(WorkspaceCommand):
    """`manage.py create_app`."""

    help = "Create an app. Id, key and secret are generated unless given; the secret is shown once, here."

    def add_arguments(self, parser: CommandParser) -> None:
        """The fields of the new app."""
        super().add_arguments(parser)
        parser.add_argument("--id", dest="app_id", help="1 to 64 letters, digits, _ and -.")
        parser.add_argument("--key", help="1 to 64 letters, digits, _ and -; fixed from then on.")
        parser.add_argument(
            "--secret-stdin", action="store_true", help="Read the secret from standard input."
        )
        parser.add_argument("--disabled", action="store_true", help="Refuse connections at first.")
        add_field_arguments(parser)
        add_writing_arguments(parser)

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Create it and show what its clients need."""
        change = create_app(workspace, _new_app(options), **asked(options))
        state = "refuses connections until it is enabled" if options["disabled"] else "can connect"
        fact = f"{change.after.id if change.after else ''} is created and {state}."
        return tell_change(change, fact=fact, is_dry_run=options["dry_run"], shows_secret=True)


def _new_app(options: dict[str, Any]) -> NewApp:
    given: dict[str, Any] = {"id": options["app_id"], "key": options["key"]}
    if options["secret_stdin"]:
        given["secret"] = sys.stdin.readline().rstrip("\n")
    return NewApp(
        **{name: value for name, value in given.items() if value is not None},
        is_enabled=not options["disabled"],
        allows_client_messages=bool(options["client_messages"]),
        requires_user_authentication=bool(options["user_authentication"]),
        limits=parse_limits(options["limit"]),
        webhooks_text=read_webhooks(options["webhooks"]),
    )
