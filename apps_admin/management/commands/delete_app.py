"""Delete an app."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps_admin.management.app_command import AppChangeCommand, asked
from apps_admin.management.console_command import add_confirm_argument
from apps_admin.services.apps import Change, delete_app
from apps_admin.services.workspace import Workspace


class Command(AppChangeCommand):
    """`manage.py delete_app`."""

    help = (
        "Delete an app that is disabled and drained. When an app with webhooks vanishes while clients are connected, "
        "soketi shuts down for everybody: disable it first, and wait until its clients are gone."
    )
    fact = "{app} is deleted: soketi does not know it any more."

    def add_arguments(self, parser: CommandParser) -> None:
        """The two confirmations."""
        super().add_arguments(parser)
        add_confirm_argument(parser, "APP_ID", "The id once more, to confirm.")
        parser.add_argument(
            "--drained",
            action="store_true",
            help="Confirms that no client is connected and that soketi's app cache has expired.",
        )

    def change(self, workspace: Workspace, options: dict[str, Any]) -> Change:
        """Delete it."""
        return delete_app(
            workspace,
            options["app_id"],
            is_drained=options["drained"],
            **asked(options),
        )
