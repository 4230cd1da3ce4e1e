"""Editing an app: form, review of what changes, save; and the comparison when somebody else was faster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App, AppEdit
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.errors import AppConflictError, ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.domain.webhook_problems import WebhookProblem
from apps_admin.domain.webhook_secrets import restore_webhooks
from apps_admin.domain.webhooks import lint_webhooks
from apps_admin.forms.apps import AppEditForm, AppSettingsForm, NewAppForm
from apps_admin.forms.fields import plain_lines
from apps_admin.services.apps import show_app, update_app
from apps_admin.services.form_base import read_base, sign_base
from apps_admin.views.app_actions import tell, to_app
from apps_admin.views.app_comparison import compared, comparison_rows, merged_fields
from apps_admin.views.app_difference import difference_rows
from apps_admin.views.decorators import WorkspaceRequest, require, workspace_view

# The steps of the form's buttons.
EDIT, REVIEW, SAVE, MERGE = "edit", "review", "save", "merge"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody typed, and what the app was when they opened the form."""

    base: App
    form: AppEditForm


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view
def app_edit(request: WorkspaceRequest, app_id: str) -> HttpResponse:
    """Edit an app. Nothing is written before the change was reviewed."""
    workspace = request.workspace
    require(request, Action.APP_UPDATE, app_id)
    if request.method != "POST":
        app = show_app(workspace, app_id).app
        return _ask(request, Draft(base=app, form=_form(request, app)))
    step = request.POST.get("step", REVIEW)
    draft = _merged_draft(request, app_id) if step == MERGE else _draft(request, app_id)
    if step == EDIT or not draft.form.is_valid():
        return _ask(request, draft)
    try:
        edit = draft.form.to_edit()
        if draft.form.errors:
            return _ask(request, draft)
        return _save(request, draft, edit) if step == SAVE else _review(request, draft, edit)
    except ValidationError as error:
        draft.form.add_domain_errors(error)
        return _ask(request, draft)
    except AppConflictError as error:
        if error.stored is None:
            raise
        return _compare(request, draft, edit, App(error.stored))


@require_POST
@workspace_view
def app_check_webhooks(request: WorkspaceRequest) -> HttpResponse:
    """The problems of the webhooks as they stand in the editor, for htmx.

    A new app has no `base`; an edited one has, and its values stand where the form shows dots.
    """
    request.workspace.require(Action.APP_VIEW)
    text = plain_lines(request.POST.get("webhooks", ""))
    app_id = request.POST.get("app_id", "")
    stored = _base(request, app_id, "base").webhooks_text if app_id else ""
    return render(request, "apps/webhook_problems.html", {"problems": _problems(text, stored)})


@require_POST
@workspace_view
def app_check_limits(request: WorkspaceRequest) -> HttpResponse:
    """What is surprising about the limits as they stand in the form, for htmx: a piece of the page for each limit.

    A new app has no `base`.
    """
    request.workspace.require(Action.APP_VIEW)
    app_id = request.POST.get("app_id", "")
    if app_id:
        form: AppSettingsForm = _form(request, _base(request, app_id, "base"), request.POST)
    else:
        form = NewAppForm(request.POST)
    return render(request, "apps/limit_warnings.html", {"form": form})


def _form(request: WorkspaceRequest, app: App, data: Any = None) -> AppEditForm:
    return AppEditForm(app, data, needs_reason=request.workspace.connection.reason_required)


def _draft(request: WorkspaceRequest, app_id: str) -> Draft:
    """What was sent, against the base that was taken when the form was opened."""
    base = _base(request, app_id, "base")
    return Draft(base=base, form=_form(request, base, request.POST))


def _merged_draft(request: WorkspaceRequest, app_id: str) -> Draft:
    """What was sent, on top of what was stored when the comparison was shown."""
    mine = _draft(request, app_id)
    stored = _base(request, app_id, "stored_base")
    if not mine.form.is_valid():
        return mine
    fields = compared(mine.base.item, mine.form.to_edit().apply_to(mine.base).item, stored.item)
    typed = merged_fields(fields, stored, request.POST)
    return Draft(base=stored, form=_form(request, stored, typed))


def _base(request: WorkspaceRequest, app_id: str, name: str) -> App:
    slug = request.workspace.connection.slug
    base = read_base(slug, app_id, request.POST.get(name, ""))
    return App(base.with_attribute("AppId", {"S": app_id}))


def _ask(request: WorkspaceRequest, draft: Draft) -> HttpResponse:
    """The form, as it was opened or as it was typed."""
    text = plain_lines(str(draft.form["webhooks"].value() or ""))
    problems = _problems(text, draft.base.webhooks_text)
    context = {**_context(request, draft), "problems": problems}
    return render(request, "apps/edit.html", context, status=422 if draft.form.errors else 200)


def _problems(text: str, stored: str) -> Sequence[WebhookProblem]:
    """What the lint says of a text, with the values in it that the form shows masked."""
    try:
        return lint_webhooks(restore_webhooks(text, stored))
    except ValidationError:
        return lint_webhooks(text)


def _review(request: WorkspaceRequest, draft: Draft, edit: AppEdit) -> HttpResponse:
    """What would change, before anything does."""
    app_id, base = draft.base.id, draft.base.item
    change = update_app(request.workspace, app_id, edit, base=base, dry_run=True)
    rows = difference_rows(_item(change.before), _item(change.after))
    warnings = [each for found in draft.form.limit_warnings.values() for each in found]
    context = {
        **_context(request, draft),
        "rows": rows,
        "typed": typed_fields(draft),
        "warnings": warnings,
    }
    return render(request, "apps/review.html", context)


def _item(app: App | None) -> RawItem | None:
    return app.item if app else None


def _save(request: WorkspaceRequest, draft: Draft, edit: AppEdit) -> HttpResponse:
    app_id, reason = draft.base.id, draft.form.cleaned_data["reason"]
    change = update_app(request.workspace, app_id, edit, base=draft.base.item, reason=reason)
    tell(
        request,
        change,
        f"{app_id} is saved. soketi uses it for new connections and requests; connected clients keep what was "
        "true when they connected.",
    )
    return to_app(request, app_id)


def _compare(request: WorkspaceRequest, draft: Draft, edit: AppEdit, stored: App) -> HttpResponse:
    """Both versions side by side, with all that was typed."""
    fields = compared(draft.base.item, edit.apply_to(draft.base).item, stored.item)
    context = {
        **_context(request, draft),
        "rows": comparison_rows(fields),
        "stored_base": sign_base(request.workspace.connection.slug, stored.item),
        "typed": typed_fields(draft),
    }
    return render(request, "apps/compare.html", context, status=409)


def typed_fields(draft: Draft) -> list[tuple[str, str]]:
    """Everything typed, to be sent along as hidden fields."""
    machinery = {"csrfmiddlewaretoken", "base", "stored_base", "step"}
    return [
        (name, value)
        for name, value in draft.form.data.items()
        if name not in machinery and not name.startswith("take-") and isinstance(value, str)
    ]


def _context(request: WorkspaceRequest, draft: Draft) -> dict[str, Any]:
    app_id = draft.base.id
    return {
        "form": draft.form,
        "app_id": app_id,
        "segment": encode_app_id(app_id),
        "base": sign_base(request.workspace.connection.slug, draft.base.item),
    }
