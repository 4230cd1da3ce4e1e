"""One's own account: password, sessions, what one may do where."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.decorators import login_stage_required
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps_admin.forms.account import ChangePasswordForm, NewPasswordForm
from apps_admin.services.accounts import grants_of
from apps_admin.services.people import change_own_password, end_own_session, end_own_sessions
from apps_admin.services.second_factor import count_second_factors
from apps_admin.services.sessions import (
    current_session_id,
    has_second_factor,
    list_sessions,
    person_of,
)
from apps_admin.services.sign_in import ChangePasswordStage, finish_new_password, pending_person
from apps_admin.services.single_sign_on import has_identity_provider


@require_safe
def account_show(request: HttpRequest) -> HttpResponse:
    """Who I am, what I may do where, where I am signed in."""
    person = person_of(request)
    return render(
        request,
        "account/show.html",
        {
            "person": person,
            "grants": grants_of(person),
            "sessions": list_sessions(person),
            "current_session": current_session_id(request),
            "second_factors": count_second_factors(person),
            "used_second_factor": has_second_factor(request),
            "has_identity_provider": has_identity_provider(person),
        },
    )


@sensitive_post_parameters("current_password", "password1", "password2")
@require_http_methods(["GET", "POST"])
def account_change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session of this person ends."""
    person = person_of(request)
    if not person.has_usable_password():
        messages.info(request, "Your password is kept by the identity provider. Change it there.")
        return redirect("account-show")
    form = ChangePasswordForm(request.POST or None, person=person)
    if form.is_valid():
        change_own_password(request, person, form.cleaned_data["password1"])
        update_session_auth_hash(request, person)
        messages.success(request, "Your password is changed. Your other sessions have ended.")
        return redirect("account-show")
    return render(request, "account/change_password.html", {"form": form, "person": person})


@require_POST
def session_end(request: HttpRequest, session_id: str) -> HttpResponse:
    """End one of my sessions."""
    ended = end_own_session(request, person_of(request), session_id)
    if ended:
        messages.success(request, "The session has ended. That browser has to sign in again.")
    else:
        messages.info(request, "That session had ended already.")
    return redirect("account-show")


@require_POST
def session_end_others(request: HttpRequest) -> HttpResponse:
    """End all of my sessions but this one."""
    count = end_own_sessions(request, person_of(request))
    messages.success(
        request,
        f"{count} other {'session has' if count == 1 else 'sessions have'} ended. You are signed in only here.",
    )
    return redirect("account-show")


@require_safe
def account_confirm_provider(request: HttpRequest) -> HttpResponse:
    """Confirm who I am at the identity provider."""
    next_url = request.GET.get("next", "")
    safe = next_url if get_adapter(request).is_safe_url(next_url) else ""
    return render(
        request,
        "account/confirm_provider.html",
        {"next": safe or reverse("account-show")},
    )


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
