"""Give an app another secret."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from apps_admin.management.app_command import AppChangeCommand, asked
from apps_admin.services.apps import Change, rotate_secret
from apps_admin.services.workspace import Workspace


class Command(AppChangeCommand):
    """`manage.py rotate_secret`."""

    help = "Give an app another secret, generated unless one is given. It is shown once, here."
    fact = (
        "{app} has another secret. Whoever publishes or signs with the old one is refused; sockets that are "
        "connected keep the old one, and their webhooks are dropped until they reconnect."
    )
    shows_secret = True
    takes_away = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the secret comes from."""
        super().add_arguments(parser)
        parser.add_argument(
            "--secret-stdin", action="store_true", help="Read the secret from standard input."
        )

    def change(self, workspace: Workspace, options: dict[str, Any]) -> Change:
        """Rotate it."""
        secret = sys.stdin.readline().rstrip("\n") if options["secret_stdin"] else ""
        return rotate_secret(workspace, options["app_id"], secret=secret, **asked(options))
