"""How soketi (and Pusher) sign: HTTP requests, channel subscriptions, user sign-ins and webhooks.

Each is the hex HMAC-SHA256 of some text under the app's secret (soketi 1.6.1 `src/app.ts:262-294`,
`src/webhook-sender.ts:12-16`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping


def sign(secret: str | bytes, message: bytes) -> str:
    """The hex HMAC-SHA256 of these bytes. A secret stored as bytes is a key as it is, as in Node."""
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def sign_webhook(body: bytes, secret: str | bytes) -> str:
    """`X-Pusher-Signature` of a webhook: over the raw body, byte for byte."""
    return sign(secret, body)


def sign_request(
    *,
    key: str,
    secret: str,
    method: str,
    path: str,
    timestamp: int,
    query: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> dict[str, str]:
    """The whole query of a request to soketi's HTTP API, signature included.

    `path` is the path as it is sent (percent-encoded); `timestamp` is in Unix seconds.
    """
    parameters = {
        **(query or {}),
        "auth_key": key,
        "auth_timestamp": str(timestamp),
        "auth_version": "1.0",
    }
    if body is not None:
        # The protocol asks for MD5; the HMAC around it is what protects the body.
        parameters["body_md5"] = hashlib.md5(body, usedforsecurity=False).hexdigest()
    text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    signature = sign(secret, f"{method.upper()}\n{path}\n{text}".encode())
    return {**parameters, "auth_signature": signature}


def sign_channel(
    *, key: str, secret: str, socket_id: str, channel: str, channel_data: str | None = None
) -> str:
    """The `auth` of a subscription to a private or (with `channel_data`) a presence channel."""
    parts = [socket_id, channel] + ([] if channel_data is None else [channel_data])
    return f"{key}:{sign(secret, ':'.join(parts).encode())}"


def sign_user(*, key: str, secret: str, socket_id: str, user_data: str) -> str:
    """The `auth` of a `pusher:signin`."""
    return f"{key}:{sign(secret, f'{socket_id}::user::{user_data}'.encode())}"
