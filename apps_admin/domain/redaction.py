"""What the audit log keeps of attributes: everything but secrets, of which it keeps a keyed fingerprint.

A kept attribute has the shape of DynamoDB JSON (binary as base64). A secret one is `{"fingerprint": "..."}` alone; one
that hides secrets in part (webhooks) keeps its readable rest beside the fingerprint of the whole. What has no
fingerprint is exact.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from apps_admin.domain.item import SET_TYPES, AttributeValue, canonical_json
from apps_admin.domain.secret_words import has_secret_query, has_userinfo, is_secret_name

Fingerprint = Callable[[bytes], str]

WEBHOOK_NAMES = frozenset({"Webhooks", "webhooks"})
SECRET_WEBHOOK_PARTS = frozenset({"headers", "client_options"})
MAXIMUM_KEPT = (
    64 * 1024
)  # bytes of one attribute; of a longer one only size and fingerprint are kept
EXACT_NUMBERS = Context(prec=60)


def redacted_attributes(
    attributes: Mapping[str, AttributeValue], fingerprint: Fingerprint
) -> dict[str, Any]:
    """The attributes as the audit log keeps them."""
    return {
        name: redacted_attribute(name, value, fingerprint) for name, value in attributes.items()
    }


def redacted_attribute(
    name: str, value: AttributeValue, fingerprint: Fingerprint
) -> dict[str, Any]:
    """One attribute as the audit log keeps it."""
    canonical = canonical_json(value)
    whole = {"fingerprint": fingerprint(canonical_json(normalized(value)))}
    if name in WEBHOOK_NAMES:
        kept = _readable_webhooks(value, fingerprint)
        if kept is None or len(canonical_json(kept)) > MAXIMUM_KEPT:
            return {**whole, "bytes": len(canonical)}
        return kept if canonical_json(kept) == canonical else {**kept, **whole}
    if is_secret_name(name):
        return whole
    if len(canonical) > MAXIMUM_KEPT:
        return {**whole, "bytes": len(canonical)}
    return dict(json.loads(canonical))


def is_exact(kept: Mapping[str, Any]) -> bool:
    """Whether the stored value can be made again from what the audit log kept."""
    return "fingerprint" not in kept


def exact_attribute(kept: Mapping[str, Any]) -> AttributeValue:
    """The stored value of a kept attribute that is exact (binary back from base64)."""
    return {kind: _from_text(kind, part) for kind, part in kept.items()}


def normalized(value: Any) -> Any:
    """The value as DynamoDB gives it back: 1.50 is 1.5 there. For comparing what was asked with what is stored."""
    if isinstance(value, Mapping):
        return {
            kind: _number(part)
            if kind == "N" and isinstance(part, str)
            else [_number(number) for number in part]
            if kind == "NS" and not isinstance(part, Mapping)
            else normalized(part)
            for kind, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [normalized(part) for part in value]
    return value


def _number(text: str) -> str:
    try:
        return str(Decimal(text).normalize(EXACT_NUMBERS))
    except (InvalidOperation, ValueError):
        return text


def _from_text(kind: str, part: Any) -> Any:
    if kind == "B":
        return base64.b64decode(part)
    if kind == "BS":
        return [base64.b64decode(one) for one in part]
    if kind == "L":
        return [exact_attribute(one) for one in part]
    if kind == "M":
        return {name: exact_attribute(one) for name, one in part.items()}
    return part if kind not in SET_TYPES else list(part)


def _readable_webhooks(value: AttributeValue, fingerprint: Fingerprint) -> dict[str, Any] | None:
    """Webhooks without header values, Lambda options and passwords in URLs; None when they cannot be read."""
    text = value.get("S")
    if not isinstance(text, str):
        return None
    try:
        webhooks = json.loads(text)
    except ValueError:
        return None
    if not isinstance(webhooks, list):
        return None
    readable = [_readable(webhook, fingerprint) for webhook in webhooks]
    if readable == webhooks:
        return {"S": text}
    return {"S": json.dumps(readable, ensure_ascii=False)}


def _readable(part: Any, fingerprint: Fingerprint) -> Any:
    if isinstance(part, dict):
        return {
            key: _fingerprints(one, fingerprint)
            if key in SECRET_WEBHOOK_PARTS or is_secret_name(key)
            else _readable(one, fingerprint)
            for key, one in part.items()
        }
    if isinstance(part, list):
        return [_readable(one, fingerprint) for one in part]
    if isinstance(part, str) and "://" in part:
        return _without_secrets(part, fingerprint)
    return part


def _fingerprints(part: Any, fingerprint: Fingerprint) -> Any:
    if isinstance(part, dict):
        return {key: _fingerprints(one, fingerprint) for key, one in part.items()}
    return fingerprint(json.dumps(part, sort_keys=True).encode())


def _without_secrets(url: str, fingerprint: Fingerprint) -> str:
    """The address with what is secret in it replaced: its name and password, its whole query."""
    if not (has_userinfo(url) or has_secret_query(url)):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return fingerprint(url.encode())
    host = parts.netloc.rpartition("@")[2]
    return f"{urlunsplit(parts._replace(netloc=host, query='', fragment=''))} {fingerprint(url.encode())}"
