"""Complete the record of operations that crashed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apps_admin.management.console_command import ConsoleCommand
from apps_admin.services.audit_reconciliation import (
    reconcile_operations,
    release_all_settled_claims,
)


class Command(ConsoleCommand):
    """`manage.py reconcile_audit`."""

    help = (
        "Compare operations that have no outcome with their table, and record what is true. Only touches those older "
        "than the longest possible write. The worker does this every minute."
    )

    def answer(self, _options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Reconcile once."""
        done = reconcile_operations()
        released = release_all_settled_claims()
        answer = {
            "reconciled": [
                {
                    "operation_id": each.operation_id,
                    "action": each.action,
                    "connection": each.connection,
                    "target": each.target,
                    "outcome": each.outcome.value,
                }
                for each in done
            ],
            "released_claims": released,
        }
        lines = [f"{each.outcome.value}: {each.action} {each.target}" for each in done]
        return answer, lines or ["Nothing to reconcile."]
