"""Disable an app."""

from __future__ import annotations

from typing import Any

from apps_admin.management.app_command import AppChangeCommand, asked
from apps_admin.services.apps import Change, disable_app
from apps_admin.services.workspace import Workspace


class Command(AppChangeCommand):
    """`manage.py disable_app`."""

    help = "Make soketi refuse new connections of an app (4003)."
    fact = (
        "{app} is disabled: new connections are refused with 4003. "
        "Connected sockets stay, and the HTTP API stays open."
    )
    takes_away = True

    def change(self, workspace: Workspace, options: dict[str, Any]) -> Change:
        """The one service call."""
        return disable_app(workspace, options["app_id"], **asked(options))
