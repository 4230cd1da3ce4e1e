"""What every request and answer passes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.middleware.csrf import get_token
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from apps_admin.domain.aws_cli import disable_command
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import (
    AccessDeniedError,
    AppNotFoundError,
    AuditBrokenError,
    AuditKeyError,
    ConflictError,
    ConnectionNotFoundError,
    ConsoleError,
    CredentialsError,
    DeniedError,
    IndexNotFoundError,
    NotFoundError,
    RecordsUnavailableError,
    SecondFactorRequiredError,
    StoreError,
    TableNotFoundError,
    ThrottledError,
    TokenRefusedError,
    TooManyRequestsError,
    UnavailableError,
    UnreachableError,
    ValidationError,
    VaultKeyError,
)
from apps_admin.domain.request_id import accepted_request_id, current_request_id
from apps_admin.services.audit import records_unavailable
from apps_admin.services.connections import get_connection
from apps_admin.services.known_sessions import is_known_session

logger = logging.getLogger(__name__)

Answer: TypeAlias = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


class RequestIdMiddleware:
    """Gives the request an id, kept from a proxy's `X-Request-ID`, and returns it to the caller."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with its id set."""
        token = current_request_id.set(accepted_request_id(request.headers.get("X-Request-ID", "")))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = current_request_id.get()
        finally:
            current_request_id.reset(token)
        return response


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages, padded by a random length so that their size tells nothing of what they hold (BREACH).

    Answers to programs stay as they are: compressed ones have weak ETags, which `If-Match` cannot use.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The answer, compressed if it is a page and the browser takes that."""
        if response.streaming or not response.headers.get("Content-Type", "").startswith(
            "text/html"
        ):
            return response
        return super().process_response(request, response)


class ResponseHeadersMiddleware:
    """No page is kept by a browser or proxy, and no page may use a device."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with the headers added."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class ErrorMiddleware:
    """Turns the errors the console raises on purpose into a page with the next step, by the table `KINDS`."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; `process_exception` does the work.

        Whoever opens an address that only forms send to (from the history, or a copied one) is led back.
        """
        response = self.get_response(request)
        is_page = request.method == "GET" and not request.path_info.startswith("/api/")
        if is_page and isinstance(response, HttpResponseNotAllowed):
            page = answer_problem(request, NO_PAGE, kind=NO_PAGE_KIND)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error of a view; None for those that Django answers itself."""
        if isinstance(error, ConsoleError):
            return answer_problem(request, error)
        if isinstance(error, OperationalError | InterfaceError):
            return answer_problem(request, records_unavailable())
        return None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one kind of error is answered."""

    status: int
    title: str
    level: str = "danger"


NO_PAGE = ConsoleError(
    "There is nothing to look at under this address: a button sends to it.",
    hint="Nothing was done. Go back to the page with the button.",
)
NO_PAGE_KIND = Kind(status=405, title="No page here", level="info")

# Looked up along the error's own class, then its bases.
KINDS: Mapping[type[ConsoleError], Kind] = {
    NotFoundError: Kind(status=404, title="Not found", level="info"),
    AppNotFoundError: Kind(status=404, title="No such app", level="info"),
    ConnectionNotFoundError: Kind(status=404, title="No such connection", level="info"),
    TableNotFoundError: Kind(status=404, title="The table does not exist", level="warning"),
    TokenRefusedError: Kind(status=401, title="Token needed", level="warning"),
    SecondFactorRequiredError: Kind(status=403, title="Second factor needed", level="warning"),
    DeniedError: Kind(status=403, title="Not allowed", level="warning"),
    ConflictError: Kind(status=409, title="Not changed", level="warning"),
    ValidationError: Kind(status=422, title="Not saved", level="warning"),
    CredentialsError: Kind(status=502, title="AWS did not accept the credentials"),
    AccessDeniedError: Kind(status=502, title="AWS denied this"),
    UnavailableError: Kind(status=503, title="Not available right now", level="warning"),
    ThrottledError: Kind(status=503, title="DynamoDB is throttling", level="warning"),
    TooManyRequestsError: Kind(status=429, title="Too many requests", level="warning"),
    UnreachableError: Kind(status=503, title="DynamoDB does not answer", level="danger"),
    RecordsUnavailableError: Kind(status=503, title="The console's own database is down"),
    AuditKeyError: Kind(status=503, title="AUDIT_KEY does not fit"),
    AuditBrokenError: Kind(status=503, title="The audit log was altered"),
    VaultKeyError: Kind(status=503, title="VAULT_KEYS do not fit"),
    StoreError: Kind(status=502, title="DynamoDB answered with an error"),
    IndexNotFoundError: Kind(status=502, title="AppKeyIndex is missing"),
    ConsoleError: Kind(status=500, title="That did not work"),
}
# What the command to disable an app says of a connection that cannot be read, or not be told.
UNTOLD_CONNECTION = Connection(slug="", table="YOUR-TABLE", region="YOUR-REGION")
# A stale `If-Match` (programs only) is 412 instead of 409.
STALE_STATUS = 412


def kind_of(error: ConsoleError) -> Kind:
    """How this error is answered."""
    return next(KINDS[base] for base in type(error).__mro__ if base in KINDS)


def answer_problem(
    request: HttpRequest,
    error: ConsoleError,
    *,
    kind: Kind | None = None,
    keeps_form: bool = True,
) -> HttpResponse:
    """The page for an error, with what was typed in it; for htmx only the part that replaces the content.

    `keeps_form` is off for what may not have been typed here at all.
    """
    kind = kind or kind_of(error)
    if kind.status >= 500:
        logger.warning("%s: %s", error.code, error.message)
    problem = _problem(request, error, kind, keeps_form=keeps_form)
    records_down = isinstance(error, RecordsUnavailableError)
    htmx = bool(getattr(request, "htmx", False))
    response = HttpResponse(
        render_to_string(
            _template(request, htmx=htmx, records_down=records_down),
            {
                "problem": problem,
                "theme": request.COOKIES.get("theme", ""),
                "csp_nonce": getattr(request, "csp_nonce", ""),
                "csrf_token": get_token(request),
            },
            # Sessions, messages and people live in the database that is down: leave them alone then.
            request=None if records_down else request,
        ),
        status=kind.status,
    )
    if htmx:
        response["HX-Retarget"] = "#content"
        response["HX-Reswap"] = "innerHTML show:window:top"
    if isinstance(error, UnavailableError):
        response["Retry-After"] = str(error.retry_after)
    return response


def _template(request: HttpRequest, *, htmx: bool, records_down: bool) -> str:
    """The whole console around the error only for somebody who is signed in to it."""
    if htmx:
        return "errors/problem_body.html"
    user = None if records_down else getattr(request, "user", None)
    is_inside = user is not None and user.is_authenticated
    return "errors/problem.html" if is_inside else "errors/plain.html"


def _problem(
    request: HttpRequest, error: ConsoleError, kind: Kind, *, keeps_form: bool
) -> dict[str, Any]:
    posted = posted_fields(request) if keeps_form else []
    details: list[str] = []
    if isinstance(error, ValidationError):
        details = [f"{field}: {text}" for field, texts in error.errors.items() for text in texts]
    return {
        "status": kind.status,
        "title": kind.title,
        "level": kind.level,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "details": details,
        "request_id": current_request_id.get(),
        "posted": posted,
        "path": request.get_full_path(),
        "retry_url": request.get_full_path() if kind.status >= 500 and not posted else "",
        "retries_form": request.method == "POST",
        "test_url": _url_here(
            request, "connection-test", error, CredentialsError, UnreachableError
        ),
        "deleted_url": _url_here(request, "deleted-app-list", error, AppNotFoundError),
        "second_factor_url": (
            reverse("mfa_index") if isinstance(error, SecondFactorRequiredError) else ""
        ),
        "back_url": _back_url(request),
        "command": _command(request) if isinstance(error, RecordsUnavailableError) else "",
    }


def posted_fields(request: HttpRequest) -> list[dict[str, Any]]:
    """What was typed, to be shown and sent again; a form's machinery stays hidden."""
    if request.method != "POST":
        return []
    return [
        {
            "name": name,
            "value": value,
            "label": name.replace("_", " ").replace("-", " ").capitalize(),
            "long": len(value) > 80 or "\n" in value,
            "hidden": name in HIDDEN_FIELDS,
            "secret": any(word in name for word in ("secret", "password", "session_token")),
        }
        for name, values in request.POST.lists()
        if name not in UNKEPT_FIELDS
        for value in values
        if isinstance(value, str)
    ]


# The signed base of an edit and what the webhook studio remembers are machinery; the token is made anew; credentials of
# people are never sent back.
HIDDEN_FIELDS = frozenset(
    {"base", "step", "next", "revision", "warned"}
    | {"do", "from", "opened", "listed", "start", "filled", "has_lambda"}
)
UNKEPT_FIELDS = frozenset({"csrfmiddlewaretoken", "password", "password1", "password2", "code"})


def _url_here(request: HttpRequest, name: str, error: ConsoleError, *kinds: type[Exception]) -> str:
    slug = _slug(request)
    if not slug or not isinstance(error, kinds):
        return ""
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""


def _back_url(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None or "connection" not in match.kwargs:
        return ""
    try:
        if match.kwargs.get("app_id") and match.url_name != "app-record":
            return reverse(
                "app-record", kwargs={k: match.kwargs[k] for k in ("connection", "app_id")}
            )
        return reverse("app-list", args=[match.kwargs["connection"]])
    except NoReverseMatch:
        return ""


def _slug(request: HttpRequest) -> str:
    return (
        str(request.resolver_match.kwargs.get("connection", "")) if request.resolver_match else ""
    )


def _command(request: HttpRequest) -> str:
    """How to disable the app of this page without the console; empty on other pages.

    Who cannot be recognized while sessions cannot be read is not told where the table is.
    """
    app_id = request.resolver_match.kwargs.get("app_id") if request.resolver_match else None
    if not app_id:
        return ""
    try:
        connection = get_connection(_slug(request))
    except ConsoleError:
        connection = UNTOLD_CONNECTION
    if not is_known_session(request, connection.slug):
        connection = UNTOLD_CONNECTION
    return disable_command(connection, app_id)
