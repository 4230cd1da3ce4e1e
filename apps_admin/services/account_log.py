"""The one seam through which sign-in and people reach the audit log."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from apps_admin.domain.actions import Action
from apps_admin.domain.actor import Actor
from apps_admin.domain.audit import Outcome
from apps_admin.domain.request_id import current_request_id
from apps_admin.services.audit import Origin, record_event


def record_account_action(
    action: Action,
    actor: Actor,
    *,
    target: str,
    connection: str = "",
    outcome: Outcome = Outcome.SUCCEEDED,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
    request: HttpRequest | None = None,
) -> None:
    """Write down what happened to an account or a session. Call it inside the transaction of the change."""
    record_event(
        actor,
        action,
        connection=connection,
        target=target,
        outcome=outcome,
        before=before,
        after=after,
        reason=reason,
        origin=origin_of(request),
    )


def origin_of(request: HttpRequest | None) -> Origin:
    """Where a request comes from, by the address that trusted proxies vouch for."""
    if request is None:
        return Origin(request_id=current_request_id.get())
    return Origin(
        request_id=current_request_id.get(),
        address=str(get_client_ip(request) or ""),
        user_agent=request.headers.get("User-Agent", "")[:200],
    )
