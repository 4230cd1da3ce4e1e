"""Cut an app off."""

from __future__ import annotations

from typing import Any

from apps_admin.management.app_command import AppChangeCommand, asked
from apps_admin.services.apps import Change, cut_off_app
from apps_admin.services.workspace import Workspace


class Command(AppChangeCommand):
    """`manage.py cut_off_app`."""

    help = "Disable an app and give it another secret in one step: nobody gets in, nor publishes with the old secret."
    fact = (
        "{app} is cut off: new connections are refused, and the old secret opens nothing any more. "
        "Connected sockets stay."
    )
    shows_secret = True
    takes_away = True

    def change(self, workspace: Workspace, options: dict[str, Any]) -> Change:
        """The one service call."""
        return cut_off_app(workspace, options["app_id"], **asked(options))
