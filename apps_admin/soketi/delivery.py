"""Sends exactly what soketi would send for a webhook, once, and reports what came back.

Only the connection is ours: the outbound guard judges it, redirects are not followed, and it ends after ten seconds,
where soketi follows redirects and waits for ever.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Any

from apps_admin.domain.delivery import Exchange, TargetKind, WebhookRequest
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.javascript import to_text, truthy
from apps_admin.domain.webhook_request import (
    HeaderError,
    http_headers,
    lambda_payload,
    request_body,
    soketi_headers,
)
from apps_admin.domain.webhook_verdicts import EventType, Verdict, judge_webhook
from apps_admin.soketi.guard import OutboundGuard, Target
from apps_admin.soketi.http import TOTAL_SECONDS, Resolver, send_request
from apps_admin.soketi.signature import sign_webhook

# What changes how Node or axios frame the body: the console cannot send the same bytes then.
FRAMING_HEADERS = frozenset({"transfer-encoding", "expect"})
DEFAULT_LAMBDA_REGION = "us-east-1"


def prepare_request(
    webhook: Mapping[str, Any],
    *,
    index: int,
    key: str,
    secret: str | bytes,
    event: Mapping[str, Any],
    time_ms: int,
) -> WebhookRequest:
    """The request soketi would make for one event at this time (milliseconds since 1970), ready to be sent.

    `webhook`, `key` and `secret` are as soketi reads them. Raises ValidationError where soketi would send nothing.
    """
    body = request_body([event], time_ms=time_ms)
    return sign_request_body(webhook, index=index, key=key, secret=secret, event=event, body=body)


def sign_request_body(
    webhook: Mapping[str, Any],
    *,
    index: int,
    key: str,
    secret: str | bytes,
    event: Mapping[str, Any],
    body: bytes,
) -> WebhookRequest:
    """The same for a body that is already there: the very bytes are sent again. Raises ValidationError."""
    require_deliverable(webhook, index)
    headers = soketi_headers(
        webhook, key=key, signature=sign_webhook(body, secret), process=os.getpid()
    )
    shared: dict[str, Any] = {
        "index": index,
        "event": EventType(event["name"]),
        "channel": str(event["channel"]),
        "body": body,
        "headers": headers,
    }
    if truthy(webhook.get("url")):
        _require_same_bytes(headers)
        return WebhookRequest(kind=TargetKind.URL, target=str(webhook["url"]), **shared)
    options = webhook["lambda"]
    options = options if isinstance(options, dict) else {}
    region = options.get("region")
    return WebhookRequest(
        kind=TargetKind.LAMBDA,
        target=to_text(webhook["lambda_function"]),
        is_async=truthy(options.get("async")),
        region=region if isinstance(region, str) and region else DEFAULT_LAMBDA_REGION,
        **shared,
    )


def require_deliverable(webhook: Any, index: int) -> None:
    """Raises ValidationError, with the reason, for a webhook that soketi never delivers or dies of."""
    judged = judge_webhook(index, webhook)
    if judged.verdict is not Verdict.KEPT:
        raise ValidationError(
            {"webhook": [f"Webhook {index + 1} cannot be delivered: {judged.reason}"]}
        )


def lambda_request(request: WebhookRequest) -> bytes:
    """The payload the Lambda function is invoked with."""
    return lambda_payload(request.body, request.headers)


def deliver_request(
    request: WebhookRequest,
    guard: OutboundGuard,
    *,
    seconds: float = TOTAL_SECONDS,
    resolve: Resolver | None = None,
    tls: ssl.SSLContext | None = None,
) -> Exchange:
    """POST a request to its URL. Raises RefusedTargetError when the console does not send there."""

    def headers(target: Target) -> tuple[tuple[str, str], ...]:
        return http_headers(request.headers, host=target.host_header, length=len(request.body))

    return send_request(
        guard,
        "POST",
        request.target,
        headers=headers,
        body=request.body,
        seconds=seconds,
        resolve=resolve,
        tls=tls,
    )


def _require_same_bytes(headers: Mapping[str, Any]) -> None:
    try:
        lines = http_headers(headers, host="", length=0)
    except HeaderError as exc:
        raise ValidationError({"webhook": [f"{exc}, so soketi sends nothing."]}) from exc
    framing = sorted({name for name, _ in lines if name.lower() in FRAMING_HEADERS})
    is_form = any(
        name.lower() == "content-type" and value == "multipart/form-data" for name, value in lines
    )
    if framing or is_form:
        what = f"the header {framing[0]}" if framing else "a Content-Type of multipart/form-data"
        raise ValidationError(
            {"webhook": [f"With {what} soketi frames the body in a way the console does not send."]}
        )
