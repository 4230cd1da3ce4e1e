"""Test deliveries of an app's webhooks: send one, look at what came back, send it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.audit import time_from_text
from apps_admin.domain.delivery import Delivery, TargetKind
from apps_admin.domain.errors import ConsoleError, TooManyRequestsError, ValidationError
from apps_admin.domain.webhook_secrets import restore_webhooks
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.forms.webhooks import DeliveryForm, Sent
from apps_admin.services.vault import is_vault_open
from apps_admin.services.webhooks import (
    DELIVERIES_KEPT,
    TestDelivery,
    list_deliveries,
    resend_delivery,
    send_test_delivery,
    show_delivery,
)
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view
from apps_admin.views.webhook_studio import Studio, sent_base, show_studio


@require_safe
@workspace_view
def delivery_list(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """The last deliveries of an app."""
    require(request, Action.WEBHOOK_TEST, app_id)
    deliveries = list_deliveries(request.workspace, app_id)
    context = {
        **_place(app_id),
        "rows": [row_of(each) for each in deliveries],
        "kept": DELIVERIES_KEPT,
        "is_vault_open": is_vault_open(),
    }
    return render(request, "webhooks/deliveries.html", context)


@require_safe
@workspace_view
def delivery_show(request: WorkspaceRequest, app_id: str, delivery_id: str) -> HttpResponse:
    """One delivery: what was sent, and what came back, as text."""
    require(request, Action.WEBHOOK_TEST, app_id)
    return _render(request, show_delivery(request.workspace, app_id, delivery_id))


@require_POST
@workspace_view
def delivery_send(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Send one sample event to one webhook of the list as it stands in the editor, saved or not."""
    require(request, Action.WEBHOOK_TEST, app_id)
    # Only the page of the studio sends the list; other senders mean what is stored.
    studio = _studio(request, app_id) if "webhooks" in request.POST else None
    try:
        delivery = send_test_delivery(
            request.workspace,
            app_id,
            _asked(request, studio),
            reason=request.POST.get("reason", ""),
        )
    except (ValidationError, TooManyRequestsError) as error:
        if studio is None:
            raise
        return _refused(request, studio, error)
    if studio is not None and studio.is_unsaved:
        # The delivery's own page would lose what is not saved yet.
        return show_studio(request, studio, **_shown(request, delivery))
    return _sent(request, delivery)


def _studio(request: WorkspaceRequest, app_id: str) -> Studio:
    return Studio.received(sent_base(request, app_id), Sent.of(request.POST))


def _asked(request: WorkspaceRequest, studio: Studio | None) -> TestDelivery:
    """What to deliver. Raises ValidationError."""
    form = DeliveryForm(request.POST)
    if not form.is_valid():
        raise ValidationError(
            {name: [str(text) for text in texts] for name, texts in form.errors.items()}
        )
    typed = form.cleaned_data
    if studio is not None and studio.errors:
        raise ValidationError({"webhooks": studio.errors})
    return TestDelivery(
        webhook=typed["webhook"],
        event=EventType(typed["event"]),
        channel=typed["channel"],
        text=None if studio is None else restore_webhooks(studio.text, studio.base.webhooks_text),
        dry_run=typed["dry_run"],
    )


def _refused(request: WorkspaceRequest, studio: Studio, error: ConsoleError) -> HttpResponse:
    """The studio as it was sent, with why nothing was delivered."""
    studio.send_errors = _why(error)
    return _as_refusal(show_studio(request, studio), error)


def _why(error: ConsoleError) -> list[str]:
    errors = error.errors if isinstance(error, ValidationError) else {"": [error.message]}
    told = [text for texts in errors.values() for text in texts]
    return [*told, error.hint] if error.hint else told


def _as_refusal(response: HttpResponse, error: ConsoleError) -> HttpResponse:
    response.status_code = 422
    if isinstance(error, TooManyRequestsError):
        response.status_code = 429
        response["Retry-After"] = str(error.retry_after)
    return response


@require_POST
@workspace_view
def delivery_resend(request: WorkspaceRequest, app_id: str, delivery_id: str) -> HttpResponse:
    """Send the very body of a delivery again. Where that is refused, the delivery is shown with the reason for it."""
    require(request, Action.WEBHOOK_TEST, app_id)
    reason = request.POST.get("reason", "")
    try:
        delivery = resend_delivery(request.workspace, app_id, delivery_id, reason=reason)
    except (ValidationError, TooManyRequestsError) as error:
        earlier = show_delivery(request.workspace, app_id, delivery_id)
        refused = {"send_errors": _why(error), "reason": reason}
        return _as_refusal(_render(request, earlier, **refused), error)
    return _sent(request, delivery)


def _sent(request: WorkspaceRequest, delivery: Delivery) -> HttpResponse:
    """On to the delivery's own page, which can be opened again; without a vault it is shown only now."""
    if not is_vault_open():
        return _render(request, delivery)
    if delivery.exchange.succeeded:
        messages.success(
            request, f"{delivery.shown_target} took the delivery ({delivery.outcome})."
        )
    return redirect(
        "delivery-show", request.workspace.connection.slug, delivery.app_id, delivery.id
    )


def _render(request: WorkspaceRequest, delivery: Delivery, **more: Any) -> HttpResponse:
    context = {**_place(delivery.app_id), **_shown(request, delivery), **more}
    return render(request, "webhooks/delivery.html", context)


def _shown(request: WorkspaceRequest, delivery: Delivery) -> dict[str, Any]:
    """What webhooks/delivery_body.html shows."""
    # Deliveries hold header values, which are secrets: shown to whom the connection shows secrets.
    reveals = request.workspace.may(Action.APP_REVEAL_SECRET)
    exchange = delivery.exchange
    return {
        "delivery": delivery,
        "row": row_of(delivery),
        "timings": timing_rows(delivery),
        "request_text": delivery.request_text(reveals_secrets=reveals),
        "curl": delivery.curl(reveals_secrets=reveals),
        "hides_values": not reveals,
        "headers": "\n".join(f"{name}: {value}" for name, value in exchange.headers),
        "is_lambda": delivery.kind is TargetKind.LAMBDA,
        "is_kept": is_vault_open(),
    }


def row_of(delivery: Delivery) -> dict[str, Any]:
    """One delivery as lists show it."""
    exchange = delivery.exchange
    level = "ok" if exchange.succeeded else "danger" if exchange.failure else "warning"
    return {
        "delivery": delivery,
        "sent_at": time_from_text(delivery.sent_at),
        "number": delivery.webhook + 1,
        "level": level,
        "word": delivery.outcome.capitalize(),
        "milliseconds": round(exchange.timings.total * 1000),
    }


def timing_rows(delivery: Delivery) -> list[tuple[str, str]]:
    """How long each part took, in milliseconds; what did not happen has no row."""
    timings = delivery.exchange.timings
    parts = (
        ("DNS", timings.dns),
        ("Connect", timings.connect),
        ("TLS", timings.tls),
        ("First byte", timings.first_byte),
        ("Total", timings.total),
    )
    return [(label, f"{value * 1000:.1f} ms") for label, value in parts if value is not None]


def _place(app_id: str) -> dict[str, Any]:
    return {"app_id": app_id, "segment": encode_app_id(app_id)}
