"""The one seam through which sign-in and people reach the audit log."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.http import HttpRequest

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor

logger = logging.getLogger(__name__)


def record_account_action(
    action: Action,
    actor: Actor,
    *,
    target: str,
    connection: str = "",
    outcome: str = "succeeded",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
    request: HttpRequest | None = None,
) -> None:
    """Write down what happened to an account or a session. Call it inside the transaction of the change."""
    logger.info(
        "%s by %s on %s: %s",
        action,
        actor.name,
        target,
        outcome,
        extra={
            "connection": connection,
            "before": before,
            "after": after,
            "reason": reason,
            "path": request.path if request else "",
        },
    )
