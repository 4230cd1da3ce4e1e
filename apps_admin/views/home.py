"""The first page: the connections a person may use; with only one, its apps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps_admin.services.accounts import actor_of
from apps_admin.services.connections import list_connections


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Choose a connection, or go to the only one."""
    actor = actor_of(request)
    connections = list_connections(actor)
    if len(connections) == 1:
        return redirect("app-list", connection=connections[0].slug)
    rows = [{"connection": each, "grant": actor.grant_on(each.slug)} for each in connections]
    return render(request, "connections/home.html", {"rows": rows})
