"""One's own API tokens: list, create, rotate, revoke. A token's text is shown once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps_admin.domain.errors import ValidationError
from apps_admin.forms.api_tokens import API_ACTIONS, TokenForm
from apps_admin.services.account_log import origin_of
from apps_admin.services.accounts import actor_of
from apps_admin.services.api_tokens import (
    IssuedToken,
    create_token,
    is_valid,
    list_tokens,
    revoke_token,
    rotate_token,
)
from apps_admin.services.connections import list_connections
from apps_admin.services.sessions import person_of
from apps_admin.views.fresh_sign_in import fresh_sign_in


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    """My tokens, what each may do and when it was last used."""
    person, now = person_of(request), timezone.now()
    rows = [
        {"token": token, "is_valid": is_valid(token, now)}
        for token in list_tokens(actor_of(request), person)
    ]
    return render(request, "api/token_list.html", {"rows": rows})


@fresh_sign_in
@require_http_methods(["GET", "POST"])
def token_create(request: HttpRequest) -> HttpResponse:
    """Make a token; its text is on the answer's page and nowhere else."""
    form = _form(request)
    if form.is_valid():
        try:
            issued = create_token(
                actor_of(request),
                person_of(request),
                name=form.cleaned_data["name"],
                narrowing=form.narrowing,
                lifetime=form.lifetime,
                origin=origin_of(request),
            )
        except ValidationError as error:
            for field, texts in error.errors.items():
                form.add_error(field if field in form.fields else None, texts)
        else:
            return _show_once(request, issued)
    status = 422 if form.errors else 200
    return render(request, "api/token_create.html", {"form": form}, status=status)


@fresh_sign_in
@require_POST
def token_rotate(request: HttpRequest, token_id: str) -> HttpResponse:
    """Make a successor; the old token works for another day."""
    return _show_once(request, rotate_token(actor_of(request), token_id, origin=origin_of(request)))


@require_POST
def token_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    """End a token at once."""
    row = revoke_token(actor_of(request), token_id, origin=origin_of(request))
    messages.success(request, f"{row.name} is revoked. Requests with this token are refused now.")
    return redirect("token-list")


def _form(request: HttpRequest) -> TokenForm:
    actor = actor_of(request)
    mine = list_connections(actor)
    allowed = [a for a in API_ACTIONS if any(actor.may(a, place) for place in actor.grants)]
    return TokenForm(
        request.POST or None,
        actions=allowed,
        connections=[(connection.slug, connection.name) for connection in mine],
    )


def _show_once(request: HttpRequest, issued: IssuedToken) -> HttpResponse:
    context = {
        "token_text": issued.text,
        "token": issued.row,
        "curl": f'curl -H "Authorization: Bearer {issued.text}" {request.build_absolute_uri("/api/v1/me")}',
    }
    return render(request, "api/token_made.html", context)
