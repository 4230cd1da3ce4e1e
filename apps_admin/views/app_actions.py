"""Enable, disable, rotate, cut off, delete, remove an attribute: GET explains what soketi does, POST does it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.errors import ValidationError
from apps_admin.forms.apps import ConfirmForm, DeleteForm, RemoveAttributeForm, RotateForm
from apps_admin.services.apps import (
    Change,
    cut_off_app,
    delete_app,
    disable_app,
    enable_app,
    remove_attribute,
    rotate_secret,
    show_app,
)
from apps_admin.services.audit_lines import disabled_since
from apps_admin.services.undo import is_undo_offered
from apps_admin.templatetags.console import span
from apps_admin.views import app_facts
from apps_admin.views.app_record import snippets_of
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view
from apps_admin.views.fresh_sign_in import fresh_sign_in

ask_then_do = require_http_methods(["GET", "HEAD", "POST"])


@ask_then_do
@workspace_view
def app_enable(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Let soketi accept new connections."""
    require(request, Action.APP_ENABLE, app_id)
    form = confirm_form(request, app_id)
    if not is_confirmed(request, form):
        return _ask(request, app_id, form, "apps/enable.html")
    change = enable_app(request.workspace, app_id, reason=form.cleaned_data["reason"])
    view = change.after.view if change.after else None
    text = "soketi accepts new connections as soon as the index and its app cache have followed."
    if view is not None and not view.accepts_connections:
        text = f"But soketi still lets nobody in. {view.reason}"
    tell(request, change, f"{app_id} is enabled. {text}")
    return to_app(request, app_id)


@ask_then_do
@workspace_view
def app_disable(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Make soketi refuse new connections."""
    require(request, Action.APP_DISABLE, app_id)
    form = confirm_form(request, app_id, is_dangerous=True)
    if not is_confirmed(request, form):
        return _ask(request, app_id, form, "apps/disable.html")
    change = disable_app(request.workspace, app_id, **form.words)
    tell(
        request,
        change,
        f"{app_id} is disabled. soketi refuses new connections with 4003 (with its app cache on, after the cache's "
        "time to live); clients that are connected stay, and its HTTP API stays open to whoever holds the secret.",
    )
    return to_app(request, app_id)


@ask_then_do
@fresh_sign_in
@workspace_view
def app_rotate_secret(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Give the app another secret, shown this one time."""
    require(request, Action.APP_ROTATE_SECRET, app_id)
    form = confirm_form(request, app_id, is_dangerous=True, form_class=RotateForm)
    if not is_confirmed(request, form):
        return _ask(request, app_id, form, "apps/rotate_secret.html")
    try:
        change = rotate_secret(
            request.workspace, app_id, secret=form.cleaned_data["secret"], **form.words
        )
    except ValidationError as error:
        form.add_domain_errors(error)
        return _ask(request, app_id, form, "apps/rotate_secret.html")
    return _show_new_secret(request, change, "apps/rotated.html")


@ask_then_do
@fresh_sign_in
@workspace_view
def app_cut_off(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Disable and rotate in one write."""
    require(request, Action.APP_CUT_OFF, app_id)
    form = confirm_form(request, app_id, is_dangerous=True)
    if not is_confirmed(request, form):
        return _ask(request, app_id, form, "apps/cut_off.html")
    change = cut_off_app(request.workspace, app_id, **form.words)
    return _show_new_secret(request, change, "apps/was_cut_off.html")


@ask_then_do
@fresh_sign_in
@workspace_view
def app_delete(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Delete a disabled app, in the only order that is safe for soketi."""
    require(request, Action.APP_DELETE, app_id)
    form = DeleteForm(
        sent(request),
        app_id=app_id,
        needs_id=True,
        needs_reason=_needs_reason(request),
    )
    if not is_confirmed(request, form):
        since = disabled_since(request.workspace.connection.slug, app_id)
        length = span((timezone.now() - since).total_seconds()) if since else ""
        return _ask(
            request, app_id, form, "apps/delete.html", disabled_at=since, disabled_for=length
        )
    change = delete_app(
        request.workspace, app_id, is_drained=form.cleaned_data["is_drained"], **form.words
    )
    tell(request, change, f"{app_id} is deleted. soketi answers 4001 to its clients from now on.")
    return redirect("app-list", connection=request.workspace.connection.slug)


@ask_then_do
@workspace_view
def app_remove_attribute(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Remove one attribute that soketi does not read."""
    require(request, Action.APP_UPDATE, app_id)
    name = request.POST.get("name") or request.GET.get("name", "")
    form = RemoveAttributeForm(
        sent(request),
        app_id=app_id,
        needs_reason=_needs_reason(request),
        initial={"name": name},
    )
    context = {"attribute": name}
    if not is_confirmed(request, form):
        return _ask(request, app_id, form, "apps/remove_attribute.html", **context)
    try:
        change = remove_attribute(
            request.workspace, app_id, name, reason=form.cleaned_data["reason"]
        )
    except ValidationError as error:
        form.add_error(None, error.message)
        return _ask(request, app_id, form, "apps/remove_attribute.html", **context)
    tell(request, change, f"{name} is removed from {app_id}. soketi never read it.")
    return to_app(request, app_id)


def confirm_form(
    request: WorkspaceRequest,
    app_id: str,
    *,
    is_dangerous: bool = False,
    form_class: type[ConfirmForm] = ConfirmForm,
) -> ConfirmForm:
    """A protected connection has the id typed before anything that takes something away from users."""
    return form_class(
        sent(request),
        app_id=app_id,
        needs_id=is_dangerous and request.workspace.connection.protected,
        needs_reason=_needs_reason(request),
    )


def _needs_reason(request: WorkspaceRequest) -> bool:
    return request.workspace.connection.reason_required


def is_confirmed(request: WorkspaceRequest, form: ConfirmForm) -> bool:
    """Whether the form was sent and nothing is missing in it."""
    return request.method == "POST" and form.is_valid()


def _ask(
    request: WorkspaceRequest, app_id: str, form: ConfirmForm, template: str, **more: Any
) -> HttpResponse:
    """The confirmation page, on what is stored now."""
    return ask_on(request, show_app(request.workspace, app_id).app, form, template, **more)


def ask_on(
    request: WorkspaceRequest,
    app: App,
    form: ConfirmForm,
    template: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The confirmation page of an app that was just read."""
    context = {
        "app": app,
        "app_id": app.id,
        "segment": encode_app_id(app.id),
        "view": app.view,
        "state": app_facts.state_of(app.view),
        "form": form,
        **more,
    }
    return render(request, template, context, status=422 if form.errors else status)


def tell(request: WorkspaceRequest, change: Change, text: str) -> None:
    """Say the new fact on the next page, with a way back; or that there is none."""
    if change.is_change:
        url = undo_url(request, change)
        said = format_html('{} <a href="{}">Undo</a>', text, url) if url else text
        messages.success(request, said)
    else:
        app_id = change.before.id if change.before else ""
        messages.info(request, f"{app_id} was already like this. Nothing was written.")


def undo_url(request: WorkspaceRequest, change: Change) -> str:
    """Where a change that was just made can be undone; empty when it cannot."""
    if not is_undo_offered(request.workspace, change):
        return ""
    return reverse("app-undo", args=[request.workspace.connection.slug, change.operation_id])


def _show_new_secret(request: WorkspaceRequest, change: Change, template: str) -> HttpResponse:
    app = change.after
    if app is None:
        raise AssertionError("a rotation leaves an app")
    context = {
        "app": app,
        "app_id": app.id,
        "segment": encode_app_id(app.id),
        "secret": app.secret,
        "snippets": _server_snippets(request, app),
        "undo_url": undo_url(request, change),
    }
    return render(request, template, context)


def _server_snippets(request: WorkspaceRequest, app: App) -> list[Any]:
    snippets = snippets_of(request.workspace, app.id, app.key, app.secret)
    return [snippet for snippet in snippets if snippet.needs_secret]


def to_app(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """On to the app's page."""
    slug = request.workspace.connection.slug
    return redirect("app-record", connection=slug, app_id=app_id)
