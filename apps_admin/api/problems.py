"""Every error under /api/ as RFC 9457 problem+json: never a page, never a traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from pydantic import ValidationError as SchemaError

from apps_admin.api.errors import RequestError
from apps_admin.api.shapes import connection_fields
from apps_admin.domain.app import App
from apps_admin.domain.errors import (
    AppConflictError,
    ConnectionConflictError,
    ConsoleError,
    TokenRefusedError,
    UnavailableError,
    ValidationError,
)
from apps_admin.domain.masking import masked_json
from apps_admin.domain.request_id import current_request_id
from apps_admin.middleware import STALE_STATUS, Kind, kind_of
from apps_admin.services.app_steps import revision_of
from apps_admin.services.connection_edits import connection_revision

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
CODE_OF_STATUS = {400: "bad_request", 403: "denied", 404: "not_found", 405: "method_not_allowed"}


def answer_error(request: HttpRequest, error: ConsoleError) -> HttpResponse:
    """The problem of an error the console raised on purpose."""
    kind = _kind(request, error)
    if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("%s: %s", error.code, error.message)
    more: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(error, ValidationError):
        more["errors"] = error.errors
    if isinstance(error, AppConflictError):
        more["versions"] = _versions(request, error)
        if error.stored is not None:
            headers["ETag"] = f'"{revision_of(error.stored)}"'
    if isinstance(error, ConnectionConflictError):
        stored = connection_revision(error.stored)
        more["versions"] = {
            "sent": {"revision": _sent(request)},
            "stored": {"revision": stored, "connection": connection_fields(error.stored)},
        }
        headers["ETag"] = f'"{stored}"'
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, TokenRefusedError):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        kind.status,
        title=kind.title,
        code=error.code,
        detail=error.message,
        hint=error.hint,
        headers=headers,
        **more,
    )


def answer_schema_error(error: Any) -> HttpResponse:
    """The problem of a request that does not fit the schema: the name of each field with what is wrong."""
    errors: dict[str, list[str]] = {}
    for each in error.errors if isinstance(error.errors, list) else error.errors():
        place = [str(part) for part in each["loc"] if part not in {"body", "query", "path"}]
        field = ".".join(place[1:] if place[:1] in (["asked"], ["query"]) else place)
        errors.setdefault(field or "body", []).append(str(each["msg"]))
    return problem(
        422,
        title="Not valid",
        code="invalid",
        detail="; ".join(f"{name}: {text}" for name, texts in errors.items() for text in texts),
        hint="The schema is at /api/v1/openapi.json.",
        errors=errors,
    )


def answer_status(response: HttpResponse) -> HttpResponse:
    """The problem in place of a page that Django answered by itself."""
    status = response.status_code
    detail, hint = {
        400: ("The console could not read this request.", "Check its headers and its address."),
        404: ("This address leads nowhere.", "The operations are at /api/v1/openapi.json."),
        405: ("This address does not take this method.", "The Allow header says which it takes."),
    }.get(status, ("The console has a fault. It is in the log under the request's id.", ""))
    kept = {
        name: response[name]
        for name in ("Allow", "Retry-After", "WWW-Authenticate")
        if name in response
    }
    return problem(
        status,
        title=HTTPStatus(status).phrase,
        code=CODE_OF_STATUS.get(status, "error"),
        detail=detail,
        hint=hint,
        headers=kept,
    )


def problem(
    status: int,
    *,
    title: str,
    code: str,
    detail: str,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """One problem document."""
    body = {
        "type": f"urn:soketi-console:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "hint": hint,
        "request_id": current_request_id.get(),
        **more,
    }
    return HttpResponse(
        json.dumps(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def _kind(request: HttpRequest, error: ConsoleError) -> Kind:
    if isinstance(error, RequestError):
        return Kind(status=error.status, title=error.title)
    kind = kind_of(error)
    is_stale = isinstance(error, AppConflictError | ConnectionConflictError)
    if is_stale and "If-Match" in request.headers:
        return Kind(status=STALE_STATUS, title=kind.title, level=kind.level)
    return kind


def _sent(request: HttpRequest) -> str:
    return request.headers.get("If-Match", "").strip('"')


def _versions(request: HttpRequest, error: AppConflictError) -> dict[str, Any]:
    """The version the caller meant, and the one that is stored (None: the app is gone)."""
    sent = _sent(request)
    if error.stored is None:
        return {"sent": {"revision": sent}, "stored": None}
    app = App(error.stored)
    return {
        "sent": {"revision": sent},
        "stored": {
            "revision": revision_of(error.stored),
            "id": app.id,
            "enabled": app.is_enabled,
            "item": masked_json(error.stored),
        },
    }


__all__ = ["SchemaError", "answer_error", "answer_schema_error", "answer_status", "problem"]
