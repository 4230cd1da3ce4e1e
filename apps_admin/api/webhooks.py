"""An app's webhooks: list, replace, check, and deliver one for a test."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, etag, reason_of, required_revision, send, send_once
from apps_admin.api.apps import APP, told, webhooks_text
from apps_admin.api.authentication import workspace_of
from apps_admin.api.inputs import LintIn, ReasonIn, WebhooksIn, WebhookTestIn
from apps_admin.api.shapes import webhooks_shape
from apps_admin.domain.actions import Action
from apps_admin.domain.app import AppEdit
from apps_admin.domain.delivery import Delivery
from apps_admin.domain.webhook_problems import Severity
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.domain.webhooks import lint_webhooks
from apps_admin.services.apps import show_app, update_app
from apps_admin.services.webhooks import (
    TestDelivery,
    list_deliveries,
    resend_delivery,
    send_test_delivery,
    show_delivery,
)

router = Router(tags=["Webhooks"])
WEBHOOKS = f"{APP}/webhooks"
NO_REASON = ReasonIn()


@router.get(WEBHOOKS, response={200: outputs.Webhooks, **documents.READ}, url_name="webhook-list")
def list_(request: HttpRequest, connection: str, app_id: str) -> HttpResponse:
    """The webhooks as they are stored, secrets masked, and what soketi does with each."""
    record = show_app(workspace_of(request, connection), app_id)
    data = {
        "webhooks": webhooks_shape(record.app),
        "effective": record.view.to_json()["webhooks"],
        "revision": record.revision,
    }
    return send(Answer(data=data, headers=etag(record.revision)))


@router.put(
    WEBHOOKS,
    response={200: outputs.Change, **documents.WRITE},
    url_name="webhook-list",
    openapi_extra=documents.CHANGES,
)
def replace(
    request: HttpRequest, connection: str, app_id: str, asked: WebhooksIn, dry_run: bool = False
) -> HttpResponse:
    """Replace all webhooks; null or an empty list removes them. Masked values keep what is stored."""
    workspace = workspace_of(request, connection)
    revision = required_revision(request)

    def do() -> Answer:
        text = webhooks_text(workspace, app_id, asked.webhooks)
        change = update_app(
            workspace,
            app_id,
            AppEdit(webhooks_text=text),
            revision=revision,
            reason=reason_of(request, asked.reason),
            dry_run=dry_run,
        )
        return told(workspace, change, dry_run=dry_run)

    return send_once(request, do, dry_run=dry_run)


@router.post(
    "/connections/{slug:connection}/webhooks:lint",
    response={200: outputs.LintReport, **documents.READ},
    url_name="webhook-lint",
)
def lint(request: HttpRequest, connection: str, asked: LintIn) -> HttpResponse:
    """Every problem of webhooks as text, at its line and column. Nothing is stored."""
    workspace_of(request, connection).require(Action.APP_VIEW)
    problems = lint_webhooks(asked.text)
    return send(
        Answer(
            data={
                "problems": [
                    {
                        "severity": each.severity.value,
                        "code": each.code,
                        "message": each.message,
                        "line": each.line,
                        "column": each.column,
                        "path": each.path,
                        "index": each.index,
                    }
                    for each in problems
                ],
                "can_be_saved": all(each.severity is not Severity.ERROR for each in problems),
            }
        )
    )


@router.post(
    f"{WEBHOOKS}:test",
    response={200: outputs.Delivery, **documents.WRITE},
    url_name="webhook-test",
    openapi_extra=documents.CREATES,
)
def test(request: HttpRequest, connection: str, app_id: str, asked: WebhookTestIn) -> HttpResponse:
    """Deliver one sample event as soketi would; what the receiver answers is in the answer."""
    workspace = workspace_of(request, connection)

    def do() -> Answer:
        wanted = TestDelivery(
            webhook=asked.webhook, event=EventType(asked.event), channel=asked.channel
        )
        sent = send_test_delivery(
            workspace, app_id, wanted, reason=reason_of(request, asked.reason)
        )
        return Answer(data=delivery_shape(sent))

    return send_once(request, do)


@router.get(
    f"{APP}/deliveries",
    response={200: outputs.DeliveryList, **documents.READ},
    url_name="delivery-list",
)
def deliveries(request: HttpRequest, connection: str, app_id: str) -> HttpResponse:
    """The test deliveries that are kept, newest first."""
    found = list_deliveries(workspace_of(request, connection), app_id)
    return send(Answer(data={"deliveries": [delivery_shape(each) for each in found]}))


@router.get(
    f"{APP}/deliveries/{{slug:delivery_id}}",
    response={200: outputs.Delivery, **documents.READ},
    url_name="delivery-record",
)
def show_one(request: HttpRequest, connection: str, app_id: str, delivery_id: str) -> HttpResponse:
    """One test delivery that is kept."""
    found = show_delivery(workspace_of(request, connection), app_id, delivery_id)
    return send(Answer(data=delivery_shape(found)))


@router.post(
    f"{APP}/deliveries/{{slug:delivery_id}}:resend",
    response={200: outputs.Delivery, **documents.WRITE},
    url_name="delivery-resend",
    openapi_extra=documents.CREATES,
)
def resend(
    request: HttpRequest,
    connection: str,
    app_id: str,
    delivery_id: str,
    asked: ReasonIn = NO_REASON,
) -> HttpResponse:
    """Deliver the very body of an earlier delivery again."""
    workspace = workspace_of(request, connection)

    def do() -> Answer:
        reason = reason_of(request, asked.reason)
        return Answer(
            data=delivery_shape(resend_delivery(workspace, app_id, delivery_id, reason=reason))
        )

    return send_once(request, do)


def delivery_shape(delivery: Delivery) -> dict[str, Any]:
    """A delivery, without the headers of one's own that it carried."""
    exchange = delivery.exchange
    return {
        "id": delivery.id,
        "sent_at": delivery.sent_at,
        "webhook": delivery.webhook,
        "target": delivery.shown_target,
        "event": delivery.event.value,
        "channel": delivery.channel,
        "outcome": delivery.outcome,
        "succeeded": exchange.succeeded,
        "status": exchange.status,
        "failure": exchange.failure,
        "answer": exchange.body_text,
        "seconds": exchange.timings.total,
        "resent_from": delivery.resent_from,
    }
