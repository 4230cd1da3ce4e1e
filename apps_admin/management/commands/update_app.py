"""Change fields of an app."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps_admin.domain.app import UNSET, AppEdit
from apps_admin.management.app_command import (
    AppChangeCommand,
    add_field_arguments,
    asked,
    parse_limits,
    read_webhooks,
)
from apps_admin.services.apps import Change, update_app
from apps_admin.services.workspace import Workspace


class Command(AppChangeCommand):
    """`manage.py update_app`."""

    help = "Change what is named and nothing else. Connected sockets keep what they connected with."
    fact = "{app} is changed. New connections get it; connected sockets keep what they had."

    def add_arguments(self, parser: CommandParser) -> None:
        """The fields to change."""
        super().add_arguments(parser)
        add_field_arguments(parser)
        parser.add_argument(
            "--set-missing-key", metavar="KEY", help="Only for a record without one."
        )
        parser.add_argument(
            "--remove-attribute",
            action="append",
            default=[],
            metavar="NAME",
            help="An attribute that soketi does not read. Can be given several times.",
        )
        parser.add_argument("--revision", help="Refuse when the app is not this revision any more.")

    def change(self, workspace: Workspace, options: dict[str, Any]) -> Change:
        """Apply the edit."""
        return update_app(
            workspace,
            options["app_id"],
            AppEdit(
                key=_given(options["set_missing_key"]),
                allows_client_messages=_given(options["client_messages"]),
                requires_user_authentication=_given(options["user_authentication"]),
                limits=parse_limits(options["limit"]),
                webhooks_text=_given(read_webhooks(options["webhooks"])),
                removed=tuple(options["remove_attribute"]),
            ),
            revision=options["revision"],
            **asked(options),
        )


def _given(value: Any) -> Any:
    return UNSET if value is None else value
