"""Creating an app."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps_admin.domain.actions import Action
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.errors import AppExistsError, KeyTakenError, ValidationError
from apps_admin.domain.webhooks import lint_webhooks
from apps_admin.forms.apps import NewAppForm
from apps_admin.forms.fields import plain_lines
from apps_admin.services.apps import Change, create_app
from apps_admin.views.app_actions import undo_url
from apps_admin.views.app_record import snippets_of
from apps_admin.views.decorators import WorkspaceRequest, require, sent, workspace_view


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view
def app_create(request: WorkspaceRequest) -> HttpResponse:
    """Ask for a new app; create it; show its secret this one time."""
    require(request, Action.APP_CREATE)
    needs_reason = request.workspace.connection.reason_required
    form = NewAppForm(sent(request), needs_reason=needs_reason)
    is_valid = request.method == "POST" and form.is_valid()
    # What is surprising about the limits has to have been on the page before the app is created.
    is_warned = not is_valid or request.POST.get("warned", "") == form.warned
    change = _create(request, form) if is_valid and is_warned else None
    if change is None or change.after is None:
        status = 422 if form.errors else 200
        problems = lint_webhooks(plain_lines(str(form["webhooks"].value() or "")))
        context = {"form": form, "problems": problems, "asks_again": not is_warned}
        return render(request, "apps/create.html", context, status=status)
    app = change.after
    created = {
        "app": app,
        "app_id": app.id,
        "segment": encode_app_id(app.id),
        "secret": app.secret,
        "snippets": snippets_of(request.workspace, app.id, app.key, app.secret),
        "undo_url": undo_url(request, change),
    }
    return render(request, "apps/created.html", created, status=201)


def _create(request: WorkspaceRequest, form: NewAppForm) -> Change | None:
    """The created app; None when something typed has to be mended."""
    try:
        new_app = form.to_new_app()
        if form.errors:
            return None
        return create_app(request.workspace, new_app, reason=form.cleaned_data["reason"])
    except ValidationError as error:
        form.add_domain_errors(error)
    except AppExistsError as error:
        form.add_error("id", f"{error.message} {error.hint}")
    except KeyTakenError as error:
        form.add_error(error.field, f"{error.message} {error.hint}")
    return None
