"""Enable an app."""

from __future__ import annotations

from typing import Any

from apps_admin.management.app_command import AppChangeCommand, asked
from apps_admin.services.apps import Change, enable_app
from apps_admin.services.workspace import Workspace


class Command(AppChangeCommand):
    """`manage.py enable_app`."""

    help = "Let soketi accept connections of an app."
    fact = "{app} is enabled: soketi accepts its connections."

    def change(self, workspace: Workspace, options: dict[str, Any]) -> Change:
        """The one service call."""
        return enable_app(workspace, options["app_id"], **asked(options))
