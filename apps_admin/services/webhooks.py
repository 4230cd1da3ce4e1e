"""Test deliveries of an app's webhooks: sent as soketi would, audited, limited in number, kept in the vault.

The last fifty of each app are kept, encrypted, because they hold signatures and receivers' answers. Without vault keys
a delivery is sent and shown, and nothing of it is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps_admin.aws.lambda_ import invoke_function, make_lambda_client
from apps_admin.domain.actions import Action
from apps_admin.domain.audit import Outcome, time_from_text, time_text
from apps_admin.domain.connection import Connection
from apps_admin.domain.delivery import Delivery, Exchange, TargetKind, WebhookRequest
from apps_admin.domain.errors import NotFoundError, TooManyRequestsError, ValidationError
from apps_admin.domain.javascript import truthy
from apps_admin.domain.soketi_view import SecretState, SoketiView, soketi_view
from apps_admin.domain.webhook_samples import sample_channel, sample_event
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.domain.webhooks import parse_webhooks
from apps_admin.models import AuditEntry, VaultEntry
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.audit import records_answering
from apps_admin.services.vault import is_vault_open, keep_secret, open_secret
from apps_admin.services.workspace import Operation, Workspace
from apps_admin.soketi.delivery import (
    deliver_request,
    lambda_request,
    prepare_request,
    require_deliverable,
    sign_request_body,
)
from apps_admin.soketi.guard import OutboundGuard, parse_networks

DELIVERIES_KEPT = 50
WINDOW = timedelta(minutes=1)

Send = Callable[[Connection, WebhookRequest, bool], Exchange]


@dataclass(frozen=True, kw_only=True)
class TestDelivery:
    """What to deliver: the webhook by its place in the list (from 0), one event, and the channel it is about.

    Without a channel, one that the webhook's filter lets through. `text` is the list as it stands in an editor, not yet
    saved; without it the stored one is taken. `dry_run` asks AWS only whether it would invoke a Lambda function.
    """

    __test__ = False  # not a test case, whatever pytest thinks of the name

    webhook: int
    event: EventType
    channel: str = ""
    text: str | None = None
    dry_run: bool = False


def outbound_guard() -> OutboundGuard:
    """The guard with this installation's allowed networks."""
    return OutboundGuard(networks=parse_networks(settings.WEBHOOK_ALLOWED_NETWORKS))


def send_request_to_target(
    connection: Connection, request: WebhookRequest, dry_run: bool
) -> Exchange:
    """Send a request to its URL, or invoke its function with the connection's credentials."""
    if request.kind is TargetKind.URL:
        return deliver_request(request, outbound_guard())
    client = make_lambda_client(connection, request.region)
    return invoke_function(
        client,
        function=request.target,
        payload=lambda_request(request),
        is_async=request.is_async,
        dry_run=dry_run,
    )


def send_test_delivery(
    workspace: Workspace,
    app_id: str,
    test: TestDelivery,
    *,
    reason: str = "",
    send: Send = send_request_to_target,
) -> Delivery:
    """Deliver one sample event as soketi would, and keep the delivery.

    What the receiver does is in the result. Raises AppNotFoundError, ValidationError (soketi would not deliver it),
    RefusedTargetError (the guard), TooManyRequestsError, DeniedError.
    """
    with _delivering(workspace, app_id, reason) as operation:
        view = soketi_view(operation.apps.get(app_id))
        webhook = _chosen_webhook(view, test)
        if test.dry_run and truthy(webhook.get("url")):
            raise ValidationError(
                {"dry_run": ["Only a Lambda function can be tried in a dry run."]}
            )
        channel = test.channel or sample_channel(webhook, test.event)
        request = prepare_request(
            webhook,
            index=test.webhook,
            key=str(view.key),
            secret=_signing_secret(view),
            event=sample_event(test.event, channel),
            time_ms=int(timezone.now().timestamp() * 1000),
        )
        return _deliver(workspace, operation, request, send, dry_run=test.dry_run)


def resend_delivery(
    workspace: Workspace,
    app_id: str,
    delivery_id: str,
    *,
    reason: str = "",
    send: Send = send_request_to_target,
) -> Delivery:
    """Deliver the very body of an earlier delivery again, with the app's key, secret and headers as they are now.

    What was a dry run stays one. Raises NotFoundError when it is not kept any more, ValidationError when the app no
    longer has that webhook.
    """
    earlier = show_delivery(workspace, app_id, delivery_id)
    with _delivering(workspace, app_id, reason) as operation:
        view = soketi_view(operation.apps.get(app_id))
        index, webhook = _same_target(view, earlier)
        request = sign_request_body(
            webhook,
            index=index,
            key=str(view.key),
            secret=_signing_secret(view),
            event={"name": earlier.event, "channel": earlier.channel},
            body=earlier.body,
        )
        return _deliver(
            workspace,
            operation,
            request,
            send,
            dry_run=earlier.asks_dry_run,
            resent_from=delivery_id,
        )


def list_deliveries(workspace: Workspace, app_id: str) -> tuple[Delivery, ...]:
    """The kept deliveries of an app, newest first. Raises DeniedError, VaultKeyError."""
    workspace.require(Action.WEBHOOK_TEST)
    if not is_vault_open():
        return ()
    with records_answering():
        entries = list(_kept(workspace, app_id)[:DELIVERIES_KEPT])
    return tuple(Delivery.from_json(open_secret(entry)) for entry in entries)


def show_delivery(workspace: Workspace, app_id: str, delivery_id: str) -> Delivery:
    """One kept delivery. Raises NotFoundError, DeniedError, VaultKeyError."""
    workspace.require(Action.WEBHOOK_TEST)
    with records_answering():
        entry = _kept(workspace, app_id).filter(operation_id=delivery_id).first()
    if entry is None:
        raise NotFoundError(
            "This delivery is not kept any more.",
            hint=f"The last {DELIVERIES_KEPT} of each app are kept, for {settings.WEBHOOK_DELIVERY_DAYS} days.",
        )
    return Delivery.from_json(open_secret(entry))


def _delivering(
    workspace: Workspace, app_id: str, reason: str
) -> AbstractContextManager[Operation]:
    workspace.authorize(Action.WEBHOOK_TEST, app_id)
    _require_rate(workspace)
    return workspace.operation(Action.WEBHOOK_TEST, app_id, reason=reason)


def _require_rate(workspace: Workspace) -> None:
    """Raises TooManyRequestsError when this actor sent too many in the last minute, whatever came of them."""
    limit, now = settings.WEBHOOK_TESTS_PER_MINUTE, timezone.now()
    with records_answering():
        recent = list(
            AuditEntry.objects.filter(
                actor_kind=workspace.actor.kind.value,
                actor_id=workspace.actor.id,
                action=Action.WEBHOOK_TEST.value,
                outcome=Outcome.STARTED.value,
                recorded_at__gt=time_text(now - WINDOW),
            )
            .order_by("recorded_at")
            .values_list("recorded_at", flat=True)
        )
    if len(recent) < limit:
        return
    free_at = (time_from_text(recent[-limit]) if limit > 0 else now) + WINDOW
    seconds = max(1, math.ceil((free_at - now).total_seconds()))
    raise TooManyRequestsError(
        f"{limit} test deliveries a minute are the limit for one person. Nothing was sent.",
        hint=f"The next one can be sent in {seconds} seconds.",
        retry_after=seconds,
    )


def _chosen_webhook(view: SoketiView, test: TestDelivery) -> Mapping[str, Any]:
    webhooks = _listed_webhooks(view, test.text)
    if not 0 <= test.webhook < len(webhooks):
        raise ValidationError({"webhook": [f"The app has no webhook {test.webhook + 1}."]})
    webhook: Mapping[str, Any] = webhooks[test.webhook]
    require_deliverable(webhook, test.webhook)
    return webhook


def _listed_webhooks(view: SoketiView, text: str | None) -> Sequence[Any]:
    """The list in the editor, else the stored one."""
    if text is None:
        if not view.websocket.found:
            raise ValidationError(
                {"webhook": [f"soketi delivers nothing: {view.websocket.reason}"]}
            )
        return view.stored_webhooks
    webhooks = parse_webhooks(text)
    if webhooks is None:
        raise ValidationError({"webhooks": ["This is not a list of webhooks in JSON."]})
    return webhooks


def _same_target(view: SoketiView, earlier: Delivery) -> tuple[int, Mapping[str, Any]]:
    """The app's webhook that goes where the earlier delivery went, its old place first."""
    name = "url" if earlier.kind is TargetKind.URL else "lambda_function"
    hooks = list(enumerate(view.stored_webhooks))
    for index, hook in sorted(hooks, key=lambda pair: pair[0] != earlier.webhook):
        if isinstance(hook, dict) and hook.get(name) == earlier.target:
            return index, hook
    raise ValidationError(
        {
            "webhook": [
                "None of the app's saved webhooks goes to this target. Unsaved ones can be sent from the editor."
            ]
        }
    )


def _signing_secret(view: SoketiView) -> str | bytes:
    if view.secret_state is SecretState.CRASHES:
        raise ValidationError(
            {"secret": ["The stored AppSecret cannot sign: soketi itself fails on it. Rotate it."]}
        )
    secret: str | bytes = view.secret
    return secret


def _deliver(
    workspace: Workspace,
    operation: Operation,
    request: WebhookRequest,
    send: Send,
    *,
    dry_run: bool = False,
    resent_from: str = "",
) -> Delivery:
    sent_at = timezone.now().astimezone(UTC)
    exchange = send(workspace.connection, request, dry_run)
    delivery = Delivery(
        id=operation.id,
        sent_at=time_text(sent_at),
        actor=workspace.actor.name,
        app_id=operation.doing.target,
        webhook=request.index,
        kind=request.kind,
        target=request.target,
        event=request.event,
        channel=request.channel,
        body=request.body,
        exchange=exchange,
        resent_from=resent_from,
        asks_dry_run=dry_run,
    )
    operation.note(
        webhook=request.index + 1,
        event=request.event.value,
        target=delivery.shown_target,
        result=delivery.outcome,
        **({"resent_from": resent_from} if resent_from else {}),
    )
    _keep(workspace, delivery)
    return delivery


def _keep(workspace: Workspace, delivery: Delivery) -> None:
    """Keep a delivery, and let go of those beyond the fiftieth."""
    if not is_vault_open():
        return
    with records_answering(), transaction.atomic():
        keep_secret(
            delivery.to_json(),
            VaultPurpose.DELIVERY,
            connection=workspace.connection.slug,
            subject=delivery.app_id,
            operation_id=delivery.id,
            lifetime=timedelta(days=settings.WEBHOOK_DELIVERY_DAYS),
        )
        kept = _kept(workspace, delivery.app_id)
        oldest = list(kept.values_list("pk", flat=True)[DELIVERIES_KEPT:])
        VaultEntry.objects.filter(pk__in=oldest).delete()


def _kept(workspace: Workspace, app_id: str) -> QuerySet[VaultEntry]:
    return VaultEntry.objects.filter(
        purpose=VaultPurpose.DELIVERY.value,
        connection=workspace.connection.slug,
        subject=app_id,
        expires_at__gt=timezone.now(),
    ).order_by("-pk")
