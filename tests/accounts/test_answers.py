"""What every answer of the sign-in carries: cookies, headers, and redirects that stay here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps_admin.models import Person
from apps_admin.services.accounts import actor_of
from apps_admin.services.invitations import invite_to_new_password
from tests.accounts.cast import PASSWORD
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "dashboard.settings",
    "SECRET_KEY": "only-for-this-test-" * 4,
    "ALLOWED_HOSTS": "console.example",
    "AUDIT_KEY": "only-for-this-test-" * 4,
    "VAULT_KEYS": "b25seS1mb3ItdGhpcy10ZXN0LW9ubHktZm9yLXRlc3Q=",
    "LOCAL_RUN": "false",
}
OUTSIDE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    r"/\evil.example",
    r"\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "http://localhost/",
    " https://evil.example/",
    "/\t/evil.example",
]


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**PRODUCTION, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("outside", OUTSIDE)
def test_signing_in_leads_nowhere_else(alice: Person, outside: str) -> None:
    answer = Client().post(
        reverse("account_login"), {"login": "alice", "password": PASSWORD, "next": outside}
    )

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("outside", OUTSIDE)
def test_signing_out_and_confirming_lead_nowhere_else(alice: Person, outside: str) -> None:
    client = Client()
    sign_in(client, alice)

    confirmed = client.post(
        reverse("account_reauthenticate"), {"password": PASSWORD, "next": outside}
    )
    assert confirmed.headers["Location"] == "/"
    page = client.get(reverse("account-confirm-provider"), {"next": outside}).content.decode()
    assert "evil.example" not in page
    signed_out = client.post(reverse("account_logout"), {"next": outside})
    assert signed_out.headers["Location"] == reverse("account_login")


@pytest.mark.parametrize("next_url", ["/a%0d%0aSet-Cookie:%20x=1", "/a\r\nSet-Cookie: x=1"])
def test_no_header_can_be_put_into_a_redirect(alice: Person, next_url: str) -> None:
    answer = Client().post(
        reverse("account_login"), {"login": "alice", "password": PASSWORD, "next": next_url}
    )

    assert "x" not in answer.cookies
    assert "\r" not in answer.headers["Location"]
    assert "\n" not in answer.headers["Location"]


def test_a_made_up_host_is_refused(alice: Person) -> None:
    answer = Client().get(reverse("account_login"), HTTP_HOST="evil.example")

    assert answer.status_code == 400


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(alice: Person) -> None:
    client = Client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})

    flags = {
        name: (bool(cookie["httponly"]), cookie["samesite"])
        for name, cookie in client.cookies.items()
    }
    assert flags == {
        "session": (True, "Lax"),
        "csrf": (True, "Strict"),
        "browser": (True, "Lax"),
    }


def test_in_production_cookies_are_bound_to_this_very_host_over_https() -> None:
    told = run_python(
        "import django; django.setup()\n"
        "from django.conf import settings as s\n"
        "from apps_admin.services.sign_in_limits import cookie_name\n"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, cookie_name(), s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_DOMAIN, s.SECURE_HSTS_SECONDS >= 31536000)"
    )

    assert told == "__Host-session __Host-csrf __Host-browser True True None True"


def test_passwords_are_hashed_with_argon2_in_production() -> None:
    told = run_python(
        "import django; django.setup()\n"
        "from django.contrib.auth.hashers import make_password\nprint(make_password('x')[:12])"
    )

    assert told == "argon2$argon"


def test_the_deployment_check_finds_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**PRODUCTION, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"OIDC_GROUP_ROLES": "ops=king@*"}, "console.E101"),
        ({"OIDC_SERVER_URL": "http://login.example", "OIDC_CLIENT_ID": "x"}, "console.E102"),
        ({"OIDC_SERVER_URL": "https://login.example", "OIDC_CLIENT_ID": "x"}, "console.W103"),
        ({"VAULT_KEYS": ""}, "console.W104"),
    ],
)
def test_the_deployment_check_finds_what_is_wrong(
    tmp_path: Path, environment: dict[str, str], found: str
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**PRODUCTION, "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert found in done.stderr


def test_forms_may_lead_to_the_identity_provider_and_nowhere_else() -> None:
    told = run_python(
        "import django; django.setup()\nfrom django.conf import settings\n"
        "print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])",
        OIDC_SERVER_URL="https://login.example/realms/x",
        OIDC_CLIENT_ID="console",
    )

    assert told == "[\"'self'\", 'https://login.example']"


def test_pages_carry_the_headers_that_keep_other_sites_out(alice: Person) -> None:
    headers = Client().get(reverse("account_login")).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert "no-store" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"]


def test_the_log_holds_nothing_that_was_typed(
    alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    issued = invite_to_new_password(actor_of(alice), alice)
    client = Client()
    client.post(reverse("account_login"), {"login": "alice", "password": "a wrong guess"})
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    key = client.cookies["session"].value
    client.get("/no-such-page/")
    client.post(reverse("person-invite"), {"username": "x y", "password": "typed-by-mistake"})
    guest = Client(enforce_csrf_checks=True)
    guest.post(reverse("invitation-open"), {"code": issued.code})
    Client().post(reverse("invitation-open"), {"code": issued.code})

    assert "/no-such-page/" in caplog.text
    for typed in (PASSWORD, "a wrong guess", key, issued.code, "typed-by-mistake"):
        assert typed not in caplog.text
