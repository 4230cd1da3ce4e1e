"""The API as one thing: its operations, how errors are answered, its URLs."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as SchemaError

from apps_admin.api import (
    app_actions,
    apps,
    audit,
    audit_exports,
    connections,
    findings,
    generators,
    jobs,
    me,
    transfer,
    webhooks,
)
from apps_admin.api.authentication import QUERY_NAMES, BearerToken
from apps_admin.api.bodies import StrictParser
from apps_admin.api.problems import answer_error, answer_schema_error, problem
from apps_admin.domain.errors import ConsoleError
from apps_admin.services.audit import records_unavailable

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="soketi console",
    version="1",
    description="Everything the console's pages can do with apps, for programs.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="",
    auth=BearerToken(),
    parser=StrictParser(),
)
PARTS = (
    *(connections, apps, app_actions, findings, webhooks, jobs, transfer),
    *(audit, audit_exports, generators, me),
)
for part in PARTS:
    api.add_router("", part.router)


@api.exception_handler(ConsoleError)
def on_console_error(request: HttpRequest, error: ConsoleError) -> HttpResponse:
    """An error the console raised on purpose."""
    return answer_error(request, error)


@api.exception_handler(SchemaError)
def on_schema_error(request: HttpRequest, error: SchemaError) -> HttpResponse:  # noqa: ARG001
    """A request that does not fit the schema."""
    return answer_schema_error(error)


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own: a body it could not read, for the reason our parser gave."""
    if isinstance(error.__cause__, ConsoleError):
        return answer_error(request, error.__cause__)
    return problem(error.status_code, title="Not understood", code="error", detail=str(error))


@api.exception_handler(OperationalError)
def on_sql_down(request: HttpRequest, error: OperationalError) -> HttpResponse:  # noqa: ARG001
    """The console's own database does not answer."""
    return answer_error(request, records_unavailable())


@api.exception_handler(InterfaceError)
def on_sql_gone(request: HttpRequest, error: InterfaceError) -> HttpResponse:  # noqa: ARG001
    """The same, at the connection."""
    return answer_error(request, records_unavailable())


@api.exception_handler(Exception)
def on_fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of the console: in the log, not in the answer."""
    logger.error("the API failed on %s", request.path, exc_info=error)
    return problem(
        500,
        title="Something broke here",
        code="fault",
        detail="The console has a fault. It is in the log under the request's id.",
        hint="If you were changing an app, read it: the answer is what DynamoDB holds.",
    )


def api_urls() -> list[URLPattern]:
    """The API's URLs. The API knows its own people: no sign-in page is offered to a program."""
    patterns = [
        pattern
        for pattern in api.urls[0]
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    ]
    for pattern in patterns:
        login_not_required(pattern.callback)
    return patterns


def query_names() -> dict[tuple[str, str], frozenset[str]]:
    """The query parameters of each operation, by its URL's name and its method."""
    return {
        (str(view.url_name), method): frozenset(
            name
            for model in operation.models
            if model.__ninja_param_source__ == "query"
            for name in getattr(model, "__ninja_flatten_map__", {})
        )
        for bound in api._get_bound_routers()  # noqa: SLF001 - there is no other list of operations
        for view in bound.path_operations.values()
        for operation in view.operations
        for method in operation.methods
    }


QUERY_NAMES.update(query_names())
