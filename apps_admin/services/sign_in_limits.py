"""How often somebody may guess passwords, counted in the cache that all processes share.

Three rules, none of which lets a stranger lock somebody else out:

- From a browser that signed in to this account before (a signed cookie), only that browser's own failures count. So
  nobody elsewhere can keep the owner out.
- From any other browser, failures on the account count, and failures on the account from this address.
- An address with many failures is not refused as a whole: each account may then still be tried from it once in ten
  minutes, so that a neighbor behind the same address gets in.
"""

from __future__ import annotations

from typing import Final

from allauth.core.internal.ratelimit import RateLimitUsage, consume, get_ip
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from apps_admin.models.person import Person

LIMITS: Final = {
    "browser": "10/10m/key",
    "account": "30/10m/key",
    "account_and_address": "5/10m/key",
    "address": "60/10m/ip",
    "busy_address": "1/10m/key",
    "written_refusals": "100/10m/ip",
}
COOKIE_SALT = "console.known-browser"
COOKIE_AGE = 180 * 24 * 3600
# One browser remembers so many people.
REMEMBERED = 5


def consume_attempt(request: HttpRequest, username: str) -> RateLimitUsage | None:
    """Count one attempt; None when there were too many. A right password gives it back by `.rollback()`."""
    name = username.strip().casefold()
    browser = _known_browser_of(request, name)
    if browser:
        return _consume(request, "browser", browser)
    place = f"{get_ip(request)} {name}"
    account = _consume(request, "account", name)
    if account is None:
        return None
    address = _consume(request, "address")
    pair = _consume(request, "busy_address" if address is None else "account_and_address", place)
    if pair is None:
        account.rollback()
        return None
    return RateLimitUsage(usage=[*account.usage, *(address.usage if address else []), *pair.usage])


def consume_refusal(request: HttpRequest) -> bool:
    """Whether this refusal is one of the first hundred from its address in ten minutes, which are written down."""
    return _consume(request, "written_refusals") is not None


def remember_browser(request: HttpRequest, response: HttpResponse, person_id: int) -> None:
    """Give the browser the cookie by which it is known as one of this person's."""
    browsers = _browsers(request)
    token = browsers.pop(str(person_id), None) or get_random_string(22)
    kept = [*browsers.items()][-(REMEMBERED - 1) :]
    response.set_cookie(
        cookie_name(),
        signing.dumps({**dict(kept), str(person_id): token}, salt=COOKIE_SALT),
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def cookie_name() -> str:
    """The cookie's name, bound to this host where cookies are secure."""
    return "__Host-browser" if settings.SESSION_COOKIE_SECURE else "browser"


def _known_browser_of(request: HttpRequest, name: str) -> str:
    browsers = _browsers(request)
    if not browsers:
        return ""
    person = Person.objects.filter(pk__in=browsers, username__iexact=name).only("pk").first()
    return f"{person.pk}:{browsers[str(person.pk)]}" if person else ""


def _browsers(request: HttpRequest) -> dict[str, str]:
    try:
        cookie = request.COOKIES.get(cookie_name(), "")
        return dict(signing.loads(cookie, salt=COOKIE_SALT, max_age=COOKIE_AGE))
    except signing.BadSignature:
        return {}


def _consume(request: HttpRequest, action: str, key: str | None = None) -> RateLimitUsage | None:
    return consume(request, app="console", action=action, config=dict(LIMITS), key=key)
