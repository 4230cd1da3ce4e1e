"""Show one app: what is stored, and what soketi makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from apps_admin.management.app_command import app_json, app_lines
from apps_admin.management.console_command import WorkspaceCommand
from apps_admin.services.apps import reveal_secret, show_app
from apps_admin.services.workspace import Workspace


class Command(WorkspaceCommand):
    """`manage.py show_app`."""

    help = "Show one app as soketi sees it, with what the doctor finds. The secret is masked unless asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        """The app."""
        super().add_arguments(parser)
        parser.add_argument("app_id", metavar="APP_ID", help="The app's id.")
        parser.add_argument(
            "--reveal-secret", action="store_true", help="Show the secret; this is audited."
        )
        parser.add_argument("--reason", default="", help="Why, for the audit log.")

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Read the app once, and reveal its secret where asked to."""
        reveals = bool(options["reveal_secret"])
        if reveals:
            reveal_secret(workspace, options["app_id"], reason=options["reason"])
        record = show_app(workspace, options["app_id"])
        answer = app_json(record.app, shows_secret=reveals) | {
            "revision": record.revision,
            "findings": [finding.to_json() for finding in record.findings],
        }
        lines = app_lines(record.app, shows_secret=reveals)
        lines += [f"{each.severity.value}: {each.message}" for each in record.findings]
        return answer, lines
