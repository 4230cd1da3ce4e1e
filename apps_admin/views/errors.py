"""The answers that Django asks for by itself: they look and read like every other error of the console."""

from __future__ import annotations

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from apps_admin.domain.errors import ConsoleError, DeniedError, NotFoundError
from apps_admin.middleware import Kind, answer_problem
from apps_admin.services.audit import records_unavailable


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """400: what was sent is not a request the console understands."""
    return answer_problem(
        request,
        ConsoleError(
            "The console could not read this request.", hint="Go back, reload the page, try again."
        ),
        kind=Kind(status=400, title="Not understood", level="warning"),
    )


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes it
    """403: the form's token is missing or old. What was typed is kept, unless another site made the form."""
    own_origin = f"{request.scheme}://{request.get_host()}"
    return answer_problem(
        request,
        DeniedError(
            "This form did not come from this session, so nothing was done.",
            hint="This happens after signing in again, or when cookies are blocked.",
        ),
        kind=Kind(status=403, title="Please send it again", level="warning"),
        # With the form of a stranger in it, one click on this page would do what the stranger wants.
        keeps_form=request.headers.get("Origin") == own_origin,
    )


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """403."""
    return answer_problem(request, DeniedError("You may not do this here."))


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """404 for an address that leads nowhere."""
    return answer_problem(
        request,
        NotFoundError(
            "This address leads nowhere.", hint="Check it, or start from the first page."
        ),
    )


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500 for a fault of the console, 503 when its database is why."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return answer_problem(request, records_unavailable())
    return answer_problem(
        request,
        ConsoleError(
            "The console has a fault. It is in the log under the request's id.",
            hint="If you were changing an app, open it and look: the page shows what DynamoDB holds.",
        ),
        kind=Kind(status=500, title="Something broke here"),
    )
