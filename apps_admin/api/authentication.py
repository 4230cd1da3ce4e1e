"""Who asks: the bearer of a token, and nobody else. Cookies count for nothing here."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from ninja.security.http import HttpAuthBase

from apps_admin.api.bodies import require_readable
from apps_admin.domain.actor import Actor
from apps_admin.domain.errors import TokenRefusedError, ValidationError
from apps_admin.services.account_log import origin_of
from apps_admin.services.api_limits import count_request
from apps_admin.services.api_tokens import REFUSED_HINT, actor_of_token
from apps_admin.services.workspace import Workspace, open_workspace

# By URL name and method: `application.py` fills it when all operations are known.
QUERY_NAMES: dict[tuple[str, str], frozenset[str]] = {}


class ApiRequest(HttpRequest):
    """A request with the actor its token stands for."""

    auth: Actor


class BearerToken(HttpAuthBase):
    """`Authorization: Bearer <token>`."""

    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Actor:
        """The actor. Raises TokenRefusedError, TooManyRequestsError, RequestError."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenRefusedError("The API takes a token.", hint=REFUSED_HINT)
        actor = actor_of_token(token.strip(), address=origin_of(request).address)
        count_request(actor.id)
        match = request.resolver_match
        operation = ((match.url_name or "") if match else "", str(request.method))
        require_readable(request, operation)
        _require_known_parameters(request, operation)
        return actor


def actor_in(request: HttpRequest) -> Actor:
    """Who asks."""
    return cast(ApiRequest, request).auth


def workspace_of(request: HttpRequest, connection: str) -> Workspace:
    """The workspace of the token in this connection. Raises ConnectionNotFoundError."""
    return open_workspace(connection, actor_in(request), origin=origin_of(request))


def _require_known_parameters(request: HttpRequest, operation: tuple[str, str]) -> None:
    """A parameter that is spelled wrong is no parameter that is absent: `?dryrun=true` must not write.

    Nor does one count that is given twice: `?dry_run=true&dry_run=false`.
    """
    known = QUERY_NAMES.get(operation, frozenset())
    errors = {
        name[:80]: ["It is given twice."] if name in known else ["There is no such parameter here."]
        for name, values in sorted(request.GET.lists())
        if name not in known or len(values) > 1
    }
    if errors:
        raise ValidationError(errors)
