"""Accepting an invitation. Its code travels behind the # of the link, so no log or Referer ever holds it."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps_admin.domain.errors import NotFoundError, ValidationError
from apps_admin.forms.account import NewPasswordForm
from apps_admin.forms.people import InvitationCodeForm
from apps_admin.models import Person
from apps_admin.services.invitations import accept_invitation, find_invitation, get_invitation

SESSION_KEY: Final = "console_invitation"


@login_not_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def invitation_open(request: HttpRequest) -> HttpResponse:
    """Take the code of an invitation; the browser puts in what stands behind the #."""
    form = InvitationCodeForm(request.POST or None)
    if form.is_valid():
        try:
            invitation = find_invitation(form.cleaned_data["code"])
        except NotFoundError as error:
            form.add_error("code", f"{error.message} {error.hint}")
        else:
            request.session[SESSION_KEY] = invitation.pk
            return redirect("invitation-accept")
    return render(request, "people/open_invitation.html", {"form": form})


@login_not_required
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest) -> HttpResponse:
    """Choose a password, and be somebody."""
    try:
        invitation = get_invitation(int(request.session.get(SESSION_KEY) or 0))
    except NotFoundError as error:
        request.session.pop(SESSION_KEY, None)
        messages.error(request, f"{error.message} {error.hint}")
        return redirect("invitation-open")
    person = invitation.person or Person(username=invitation.username)
    form = NewPasswordForm(request.POST or None, person=person)
    if form.is_valid():
        try:
            accept_invitation(invitation, form.cleaned_data["password1"], request=request)
        except ValidationError as error:
            for field, texts in error.errors.items():
                form.add_error("password1" if field == "password" else None, texts)
        else:
            request.session.pop(SESSION_KEY, None)
            messages.success(request, "Your password is saved. Sign in with it now.")
            return redirect("account_login")
    return render(
        request,
        "people/accept_invitation.html",
        {"form": form, "username": invitation.username, "is_new": invitation.person is None},
    )
