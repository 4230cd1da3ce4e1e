"""What a protected connection has typed before clients or servers lose something, whichever way it is asked for."""

from __future__ import annotations

from apps_admin.domain.app import App
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ValidationError


def takes_away(before: App | None, after: App | None) -> bool:
    """Whether clients or servers lose something: the app, its secret, or that soketi lets them in."""
    if before is None or after is None:
        return before is not None
    return before.secret != after.secret or (
        before.view.enabled.value and not after.view.enabled.value
    )


def require_typed_id(
    connection: Connection, before: App | None, after: App | None, confirmation: str
) -> None:
    """Raises ValidationError unless the app's id was typed where a protected connection asks for it."""
    if before is None or not connection.protected or confirmation == before.id:
        return
    if takes_away(before, after):
        raise _not_typed(connection, f"the id of the app, {before.id}")


def require_typed_number(connection: Connection, number: int, confirmation: str) -> None:
    """The same for work on many apps: how many change. Raises ValidationError."""
    if connection.protected and number and confirmation.strip() != str(number):
        raise _not_typed(connection, f"how many apps change, {number}")


def _not_typed(connection: Connection, what: str) -> ValidationError:
    text = f"{connection.name} is protected. Type {what}, to confirm. Nothing was written."
    return ValidationError({"confirmation": [text]})
