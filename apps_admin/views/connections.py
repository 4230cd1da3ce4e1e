"""Connections: the list with each one's last verdict, create and edit, delete, and soketi's environment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps_admin.diagnostics.report import Part
from apps_admin.domain.actions import Action
from apps_admin.domain.actor import EVERY_CONNECTION, Actor
from apps_admin.domain.connection import Connection, ConnectionSource, CredentialMode
from apps_admin.domain.errors import ConflictError, DeniedError, ValidationError
from apps_admin.forms.connections import MODES, ConnectionForm, initial_of
from apps_admin.generators.environment import soketi_environment
from apps_admin.models import ConnectionTest
from apps_admin.services.account_log import origin_of
from apps_admin.services.accounts import actor_of
from apps_admin.services.connection_edits import (
    create_connection,
    delete_connection,
    update_connection,
    with_kept_secrets,
)
from apps_admin.services.connection_tests import begin_connection_test, last_tests
from apps_admin.services.connections import list_connections
from apps_admin.views.connection_tests import context_of_test
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view
from apps_admin.views.fresh_sign_in import fresh_sign_in

SOURCES = {
    ConnectionSource.ENVIRONMENT: "the console's environment",
    ConnectionSource.EMBEDDED: "the embedded engine",
    ConnectionSource.FILE: "CONNECTIONS_FILE",
    ConnectionSource.SQL: "this console",
}
TRY = "test"


@require_safe
def connection_list(request: HttpRequest) -> HttpResponse:
    """Every connection of this person, with what its last test said."""
    actor = actor_of(request)
    connections = list_connections(actor)
    tested = last_tests(connection.slug for connection in connections)
    rows = [
        {
            "connection": connection,
            "source": SOURCES[connection.source],
            "test": tested.get(connection.slug),
            "verdicts": verdicts_of(tested.get(connection.slug)),
        }
        for connection in connections
    ]
    may_create = actor.may(Action.CONNECTION_CREATE, EVERY_CONNECTION)
    return render(request, "connections/list.html", {"rows": rows, "may_create": may_create})


def verdicts_of(test: ConnectionTest | None) -> list[dict[str, Any]]:
    """The last verdict on soketi, reading and editing, for a list."""
    wanted = (Part.SOKETI, Part.READ, Part.EDIT)
    kept = {v["part"]: v for v in (test.report.get("verdicts", ()) if test else ())}
    labels = {Part.SOKETI: "soketi", Part.READ: "read", Part.EDIT: "edit"}
    return [{**kept[part], "label": labels[part]} for part in wanted if part in kept]


@workspace_view
@require_safe
def connection_home(request: WorkspaceRequest) -> HttpResponse:
    """The address above all pages of a connection leads to what is known of it."""
    require(request, Action.CONNECTION_VIEW)
    return redirect("connection-record", request.workspace.connection.slug)


@workspace_view
@require_safe
def connection_record(request: WorkspaceRequest) -> HttpResponse:
    """One connection: where it leads, how it signs in, what its last test said."""
    require(request, Action.CONNECTION_VIEW)
    connection = request.workspace.connection
    test = last_tests([connection.slug]).get(connection.slug)
    context = {
        "source": SOURCES[connection.source],
        "mode": MODES[connection.credentials.mode],
        "base_mode": MODES[(connection.credentials.base or connection.credentials).mode],
        "is_editable": connection.source is ConnectionSource.SQL,
        "may_delete": request.workspace.actor.may(Action.CONNECTION_DELETE, EVERY_CONNECTION),
        "test": test,
        "verdicts": verdicts_of(test),
    }
    return render(request, "connections/record.html", context)


@workspace_view
@require_safe
def connection_environment(request: WorkspaceRequest) -> HttpResponse:
    """What makes a soketi read this table, ready to copy."""
    require(request, Action.CONNECTION_VIEW)
    environment = soketi_environment(request.workspace.connection)
    return render(request, "connections/environment.html", {"environment": environment})


@fresh_sign_in
@require_http_methods(["GET", "POST"])
def connection_create(request: HttpRequest) -> HttpResponse:
    """A new connection, or a test of one that is not saved yet."""
    actor = actor_of(request)
    if not actor.may(Action.CONNECTION_CREATE, EVERY_CONNECTION):
        raise DeniedError(
            f"{actor.name} may not add connections.",
            hint="Ask an administrator of every connection.",
        )
    form = ConnectionForm(request.POST or None, is_new=True)
    if form.is_valid():
        try:
            wanted = form.to_connection()
            if request.POST.get("do") == TRY:
                return _try_out(request, actor, form, wanted)
            created = create_connection(actor, wanted, origin=origin_of(request))
        except ValidationError as error:
            form.take_errors(error)
        else:
            messages.success(
                request, f"{created.name} is a connection now. Test it before anybody relies on it."
            )
            return redirect("connection-test", created.slug)
    return _render_form(request, form)


@fresh_sign_in
@workspace_view
@require_http_methods(["GET", "POST"])
def connection_edit(request: WorkspaceRequest) -> HttpResponse:
    """Change a connection that is kept in SQL; its short name stays."""
    require(request, Action.CONNECTION_UPDATE)
    actor, before = request.workspace.actor, request.workspace.connection
    if before.source is not ConnectionSource.SQL:
        raise ConflictError(
            f"{before.name} is declared in {SOURCES[before.source]}, so it cannot be changed here.",
            hint="Change it there; it is read again at once.",
        )
    form = ConnectionForm(request.POST or None, is_new=False, initial=initial_of(before))
    if form.is_valid():
        try:
            wanted = form.to_connection(before.slug)
            if request.POST.get("do") == TRY:
                return _try_out(request, actor, form, _with_secrets_of(before, wanted))
            after = update_connection(actor, wanted, origin=origin_of(request))
        except ValidationError as error:
            form.take_errors(error)
        else:
            messages.success(
                request, f"{after.name} is saved, and used from the next request on. Test it."
            )
            return redirect("connection-record", after.slug)
    return _render_form(request, form)


@fresh_sign_in
@workspace_view
@require_POST
def connection_delete(request: WorkspaceRequest) -> HttpResponse:
    """Forget a connection; its table stays as it is."""
    connection = request.workspace.connection
    try:
        delete_connection(
            request.workspace.actor,
            connection.slug,
            confirmation=request.POST.get("confirmation", ""),
            origin=origin_of(request),
        )
    except ValidationError as error:
        messages.error(request, str(error))
        return redirect("connection-record", connection.slug)
    messages.success(
        request,
        f"{connection.name} is forgotten, with its credentials. Its table stays, and soketi goes on reading it.",
    )
    return redirect("connection-list")


def _with_secrets_of(before: Connection, wanted: Connection) -> Connection:
    kept = with_kept_secrets(wanted.credentials, before.credentials)
    return replace(wanted, credentials=kept)


def _try_out(
    request: HttpRequest, actor: Actor, form: ConnectionForm, wanted: Connection
) -> HttpResponse:
    """Test values that are not saved. Without scripts the form comes back, its secrets blank."""
    row = begin_connection_test(actor, wanted, is_of_form=True, origin=origin_of(request))
    context = context_of_test(row, wanted, reverse("connection-try", args=[row.pk]))
    if request.headers.get("HX-Request"):
        return render(request, "connections/test_progress.html", context)
    return _render_form(request, form, **context)


def _render_form(request: HttpRequest, form: ConnectionForm, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound and not form.is_valid() else 200
    modes = {
        "mode_profile": CredentialMode.PROFILE,
        "mode_static": CredentialMode.STATIC,
        "mode_role": CredentialMode.ASSUME_ROLE,
        "mode_web": CredentialMode.WEB_IDENTITY,
    }
    return render(
        request, "connections/form.html", {"form": form, **modes, **context}, status=status
    )
