"""What an operation's entry in the OpenAPI document says beside its schemas: headers, conditions, statuses."""

from __future__ import annotations

from typing import Any, Final

from apps_admin.api.outputs import Problem

_READ: Final = (401, 403, 404, 406, 413, 415, 422, 429, 500, 502, 503)
# Statuses an operation may answer with, beside its own.
READ: Final[dict[Any, Any]] = {frozenset(_READ): Problem}
WRITE: Final[dict[Any, Any]] = {frozenset({*_READ, 409, 412, 428}): Problem}

IF_MATCH: Final = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "pattern": '^(\\*|"[0-9a-f]{64}")$'},
    "description": "The ETag of the revision the change is based on; * for whatever is stored.",
}
IDEMPOTENCY_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "description": "For 24 hours, the same request with this key is answered again and does nothing.",
}
REASON: Final = {
    "in": "header",
    "name": "X-Reason",
    "required": False,
    "schema": {"type": "string"},
    "description": "Why, for the audit log (UTF-8); a `reason` in the body wins.",
}
ETAG: Final = {"ETag": {"schema": {"type": "string"}, "description": "The revision, for If-Match."}}

CHANGES: Final = {"parameters": [IF_MATCH, IDEMPOTENCY_KEY, REASON]}
CREATES: Final = {"parameters": [IDEMPOTENCY_KEY, REASON]}
REASONED: Final = {"parameters": [REASON]}
