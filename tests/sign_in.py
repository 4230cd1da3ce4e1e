"""Signing in without the pages, for tests about something else."""

from __future__ import annotations

import time

from django.test import Client

from apps_admin.models import Person


def sign_in(
    client: Client, person: Person, *, second_factor: bool = False, minutes_ago: int = 0
) -> None:
    """Sign a person in, just now or so many minutes ago, with a password and perhaps a second factor."""
    client.force_login(person)
    session = client.session
    at = time.time() - 60 * minutes_ago
    session["account_authentication_methods"] = [
        {"method": method, "at": at}
        for method in (["password", "mfa"] if second_factor else ["password"])
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
