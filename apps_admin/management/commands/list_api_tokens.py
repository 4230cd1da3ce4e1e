"""List the tokens of programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from apps_admin.management.console_command import ConsoleCommand
from apps_admin.management.token_command import token_json
from apps_admin.models.api_token import ApiToken
from apps_admin.services.accounts import command_actor
from apps_admin.services.api_tokens import is_valid, list_tokens
from apps_admin.services.people import find_person


class Command(ConsoleCommand):
    """`manage.py list_api_tokens`."""

    help = "List API tokens: whose they are, what they may do, when they were last used. Never the tokens."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose tokens."""
        super().add_arguments(parser)
        parser.add_argument("--user", default="", help="Only the tokens of this person.")

    def answer(self, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """One line each, newest first."""
        person = find_person(options["user"]) if options["user"] else None
        tokens = list_tokens(command_actor(), person)
        return [token_json(row) for row in tokens], [_line(row) for row in tokens]


def _line(row: ApiToken) -> str:
    state = "valid" if is_valid(row, timezone.now()) else "ended"
    until = f"{row.expires_at:%Y-%m-%d}" if row.expires_at else "never"
    used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"
    return (
        f"{row.public_id}  {state}  {row.person.username}  {row.name}  {row.hint}…  "
        f"expires {until}  last used {used}"
    )
