"""Let somebody in again who lost their second factor."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.domain.errors import ConsoleError
from apps_admin.services.accounts import command_actor
from apps_admin.services.people import find_person, reset_second_factor


class Command(BaseCommand):
    """`manage.py reset_second_factor`."""

    help = "Remove all second factors of somebody who lost theirs, and end their sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("username", help="The person's username.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Remove them."""
        try:
            person = find_person(options["username"])
            removed = reset_second_factor(command_actor(), person)
        except ConsoleError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error
        self.stdout.write(
            f"{removed} second {'factor' if removed == 1 else 'factors'} of {person.username} removed, "
            "their sessions ended. Their password alone signs them in until they add a new one."
        )
