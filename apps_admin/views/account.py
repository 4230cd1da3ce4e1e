"""One's own account: the first password, sessions, what one may do where."""

from __future__ import annotations

from allauth.account.internal.decorators import login_stage_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps_admin.forms.account import NewPasswordForm
from apps_admin.services.sign_in import ChangePasswordStage, finish_new_password, pending_person


@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
@login_stage_required(stage=ChangePasswordStage.key, redirect_urlname="account_login")
def account_new_password(request: HttpRequest) -> HttpResponse:
    """Choose a password in place of a one-time one; the sign-in goes on after that."""
    person = pending_person(request)
    if person is None:
        return finish_new_password(request, "")
    form = NewPasswordForm(request.POST or None, person=person)
    if form.is_valid():
        return finish_new_password(request, form.cleaned_data["password1"])
    return render(request, "account/new_password.html", {"form": form, "person": person})
