"""End a program's token."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from apps_admin.management.console_command import ConsoleCommand
from apps_admin.management.token_command import token_json
from apps_admin.services.accounts import command_actor
from apps_admin.services.api_tokens import revoke_token


class Command(ConsoleCommand):
    """`manage.py revoke_api_token`."""

    help = "End an API token at once. Requests with it are refused from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which token."""
        super().add_arguments(parser)
        parser.add_argument("token_id", metavar="TOKEN_ID", help="As list_api_tokens shows it.")

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Revoke it."""
        row = revoke_token(command_actor(), options["token_id"])
        return token_json(row), [f"{row.public_id} of {row.person.username} is revoked."]
