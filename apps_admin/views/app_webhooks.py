"""The webhook studio of one app: a form and the JSON, two ways into one list; checked, reviewed, saved."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App, AppEdit
from apps_admin.domain.errors import AppConflictError, ValidationError
from apps_admin.domain.webhook_schema import webhooks_schema
from apps_admin.domain.webhook_secrets import editable_webhooks, restore_webhooks
from apps_admin.forms.webhooks import SaveForm, Sent
from apps_admin.services.apps import show_app, update_app
from apps_admin.services.form_base import sign_base
from apps_admin.soketi.receivers import RECEIVERS
from apps_admin.views.app_difference import difference_rows
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view
from apps_admin.views.webhook_studio import (
    Studio,
    nodes_of,
    sent_base,
    show_studio,
    studio_place,
)

REVIEW, SAVE = "review", "save"


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view
def app_webhooks(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Edit the webhooks of an app. A POST changes only the page, until it reviews or saves."""
    workspace = request.workspace
    require(request, Action.APP_VIEW, app_id)
    if request.method != "POST":
        app = show_app(workspace, app_id).app
        text = editable_webhooks(app.webhooks_text)
        opened = 0 if len(nodes_of(text)) == 1 else -1
        return show_studio(request, Studio(base=app, text=text, opened=opened))
    received = Sent.of(request.POST)
    studio = Studio.received(sent_base(request, app_id), received)
    if request.headers.get("HX-Request"):
        return _parts(request, studio, received)
    if received.step not in {REVIEW, SAVE}:
        return show_studio(request, studio)
    require(request, Action.APP_UPDATE, app_id)
    if studio.errors:
        return show_studio(request, studio, status=422)
    return _review_or_save(request, studio, is_save=received.step == SAVE)


@require_safe
@workspace_view
def webhook_receivers(request: WorkspaceRequest) -> HttpResponse:
    """How a receiver makes sure that a webhook comes from soketi, in four languages."""
    request.workspace.require(Action.APP_VIEW)
    return render(request, "webhooks/receivers.html", {"receivers": RECEIVERS.values()})


@require_safe
@login_not_required
def webhook_schema(_request: HttpRequest) -> HttpResponse:
    """The JSON Schema of the attribute Webhooks, for editors and CI. It tells nothing about any app."""
    response = JsonResponse(webhooks_schema(), json_dumps_params={"indent": 2})
    response["Content-Type"] = "application/schema+json"
    return response


def _review_or_save(request: WorkspaceRequest, studio: Studio, *, is_save: bool) -> HttpResponse:
    workspace, base = request.workspace, studio.base
    form = SaveForm(sent(request), needs_reason=workspace.connection.reason_required)
    try:
        text = restore_webhooks(studio.text, base.webhooks_text)
        edit = AppEdit(webhooks_text=text if text.strip() else None)
        is_ready = is_save and form.is_valid()
        change = update_app(
            workspace,
            base.id,
            edit,
            base=base.item,
            reason=form.cleaned_data["reason"] if is_ready else "",
            dry_run=not is_ready,
        )
    except ValidationError as error:
        studio.errors += [text for texts in error.errors.values() for text in texts]
        return show_studio(request, studio, status=422)
    except AppConflictError as error:
        if error.stored is None:
            raise
        return _overtaken(request, studio, App(error.stored))
    if is_ready:
        return _saved(request, base.id, is_change=change.is_change)
    before, after = change.before, change.after
    rows = difference_rows(before.item if before else None, after.item if after else None)
    context = {**studio_place(request, studio), "rows": rows, "reason": form}
    return render(request, "webhooks/review.html", context, status=422 if is_save else 200)


def _saved(request: WorkspaceRequest, app_id: str, *, is_change: bool) -> HttpResponse:
    if is_change:
        messages.success(
            request,
            f"The webhooks of {app_id} are saved. soketi sends by them at once; with its app cache on, after the "
            "cache's time to live.",
        )
    else:
        messages.info(request, f"The webhooks of {app_id} already were so. Nothing was written.")
    return redirect("app-webhooks", request.workspace.connection.slug, app_id)


def _overtaken(request: WorkspaceRequest, studio: Studio, stored: App) -> HttpResponse:
    """Somebody else changed them: what was typed stays, on top of what is stored now; nothing was written."""
    mine = stored.item.with_attribute("Webhooks", {"S": studio.restored})
    context = {
        "overtaken": difference_rows(stored.item, mine),
        "overtaken_base": sign_base(request.workspace.connection.slug, stored.item),
    }
    return show_studio(request, studio, status=409, **context)


def _parts(request: WorkspaceRequest, studio: Studio, received: Sent) -> HttpResponse:
    """What changed on the page, for htmx. The element that is typed in is left alone."""
    source = request.POST.get("from", "")
    context = {
        **studio_place(request, studio),
        **studio.context(),
        "oob": True,
        "leaves_form": source == "form" and received.step == "sync",
        "leaves_text": source == "json" and received.step == "sync",
    }
    return render(request, "webhooks/studio_parts.html", context)
