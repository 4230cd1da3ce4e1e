"""Re-encrypt the vault under the first of VAULT_KEYS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import Progress

from apps_admin.management.console_command import ConsoleCommand
from apps_admin.services.second_factor import rotate_second_factor_keys
from apps_admin.services.vault import require_vault_keys, rotate_vault_keys


class Command(ConsoleCommand):
    """`manage.py rotate_vault_keys`."""

    help = (
        "Re-encrypt everything in the vault under the first of VAULT_KEYS. May be stopped and repeated at any time; "
        "take the former key out of VAULT_KEYS only when it is done."
    )

    def answer(self, _options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Rotate entry by entry."""
        require_vault_keys()
        rotated = 0
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("Re-encrypting", total=None)
            for left in rotate_vault_keys():
                rotated += 1
                progress.update(task, completed=rotated, total=rotated + left)
        factors = rotate_second_factor_keys()
        answer = {"rotated": rotated, "second_factors": factors}
        return answer, [
            f"{rotated} entries of the vault and {factors} second factors are under the first key now.",
            "The former keys can leave VAULT_KEYS; whoever signed in under them signs in again then.",
        ]
