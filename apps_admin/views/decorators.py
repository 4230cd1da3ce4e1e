"""Policy above a view's name: fetching a connection and authorizing for it is one call, so it cannot be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase, QueryDict

from apps_admin.domain.actions import Action
from apps_admin.services.account_log import origin_of
from apps_admin.services.accounts import actor_of
from apps_admin.services.known_sessions import remember_session
from apps_admin.services.workspace import Workspace, open_workspace

Parameters = ParamSpec("Parameters")
Response = TypeVar("Response", bound=HttpResponseBase)


class WorkspaceRequest(HttpRequest):
    """A request with the workspace of its person in the connection its address names."""

    workspace: Workspace
    htmx: object


def workspace_view(
    view: Callable[Concatenate[WorkspaceRequest, Parameters], Response],
) -> Callable[Concatenate[HttpRequest, str, Parameters], Response]:
    """Opens the workspace of the connection in the address.

    Raises ConnectionNotFoundError for a connection that does not exist or that this person has no role on.
    """

    @wraps(view)
    def opened(
        request: HttpRequest,
        connection: str,
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Response:
        request.workspace = open_workspace(  # type: ignore[attr-defined]
            connection, actor_of(request), origin=origin_of(request)
        )
        remember_session(request, connection)
        return view(request, *arguments, **options)  # type: ignore[arg-type]

    # Django gives `connection` by name.
    return cast(Callable[Concatenate[HttpRequest, str, Parameters], Response], opened)


def require(request: WorkspaceRequest, action: Action, app_id: str = "") -> None:
    """Raises DeniedError when this person may not do this here. A refused form is recorded, a refused look is not."""
    if request.method == "POST":
        request.workspace.authorize(action, app_id)
    else:
        request.workspace.require(action)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: also an empty one that was sent."""
    return request.POST if request.method == "POST" else None
