"""Who is signed in, and ending it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps_admin.domain.errors import ConsoleError
from apps_admin.models import Person
from apps_admin.services.accounts import command_actor
from apps_admin.services.people import end_sessions_of, find_person
from apps_admin.services.sessions import list_sessions


class Command(BaseCommand):
    """`manage.py list_sessions`."""

    help = "List who is signed in, from where and since when; --end signs them out."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and whether to end them."""
        parser.add_argument("username", nargs="?", help="Only this person's. Default: everybody's.")
        parser.add_argument(
            "--end",
            action="store_true",
            help="End these sessions at once: everybody's when no username is given.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """List, and end where asked."""
        try:
            people = (
                [find_person(options["username"])]
                if options["username"]
                else list(Person.objects.all())
            )
        except ConsoleError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error
        count = sum(self._list(person) for person in people)
        if not options["end"]:
            self.stdout.write(f"{count} {'session' if count == 1 else 'sessions'}.")
            return
        actor = command_actor()
        ended = sum(end_sessions_of(actor, person) for person in people if list_sessions(person))
        self.stdout.write(f"{ended} {'session' if ended == 1 else 'sessions'} ended.")

    def _list(self, person: Person) -> int:
        sessions = list_sessions(person)
        for session in sessions:
            self.stdout.write(
                f"{person.username}\t{session.browser}\t{session.address or 'unknown'}\t"
                f"signed in {session.created_at:%Y-%m-%d %H:%M} UTC\tused {session.last_seen_at:%Y-%m-%d %H:%M} UTC"
            )
        return len(sessions)
