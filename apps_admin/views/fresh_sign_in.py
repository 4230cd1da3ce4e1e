"""What matters needs a fresh sign-in: `@fresh_sign_in` above a view.

A form that comes too late is kept in the (encrypted) session while its person confirms who they are, and offered again
after that with all that was typed: it goes to the view as any form does, through every check.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps_admin.services.sessions import is_fresh

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

SESSION_KEY: Final = "console_suspended_form"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def fresh_sign_in(view: View[P]) -> View[P]:
    """Let a form through only when its person proved who they are within ten minutes; ask them otherwise."""
    return _guard(view, free=SAFE_METHODS)


def fresh_sign_in_to_see(view: View[P]) -> View[P]:
    """The same for every method: the page itself shows something secret."""
    return _guard(view, free=frozenset())


def _guard(view: View[P], *, free: frozenset[str]) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method in free or is_fresh(request):
            return view(request, *args, **kwargs)
        return suspend(request)

    return guarded


def suspend(request: HttpRequest) -> HttpResponse:
    """Keep what was asked for and send the person to confirm who they are."""
    if request.method in SAFE_METHODS:
        target = request.get_full_path()
    else:
        target = reverse("account-resume", args=[_keep_form(request)])
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    page = methods[0]["url"] if methods else reverse("account_login")
    address = f"{page}?{urlencode({'next': target})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


@require_safe
def account_resume(request: HttpRequest, form_id: str) -> HttpResponse:
    """Offer the form that was kept, to be sent again."""
    kept = request.session.get(SESSION_KEY) or {}
    is_alive = time.time() - kept.get("at", 0) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    if kept.get("id") != form_id or not is_alive or kept.get("person") != request.user.pk:
        request.session.pop(SESSION_KEY, None)
        return render(request, "account/resume_gone.html", status=410)
    if not is_fresh(request):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}")
    fields = QueryDict(kept["body"])
    return render(
        request,
        "account/resume.html",
        {
            "path": kept["path"],
            "fields": [(name, value) for name, values in fields.lists() for value in values],
            "files": kept["files"],
        },
    )


def _keep_form(request: HttpRequest) -> str:
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    form_id = get_random_string(16)
    request.session[SESSION_KEY] = {
        "id": form_id,
        "person": request.user.pk,
        "path": request.get_full_path(),
        "body": fields.urlencode(),
        "files": [*request.FILES],
        "at": time.time(),
    }
    return form_id
