"""People sign in, add passkeys, are invited and confirm who they are, in a real browser."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.models import Person
from apps_admin.models.session import SessionStore
from apps_admin.services.accounts import add_person
from tests.browser.conftest import Check, Look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery staple"
CHOSEN = "an orange in the rain"
RECORDS = "account_authentication_methods"


@pytest.fixture
def alice(transactional_db: None, default_connection: str) -> Person:
    grant = Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
    return add_person("alice", {EVERY_CONNECTION: grant}, PASSWORD)


@pytest.fixture
def authenticator(page: Page) -> None:
    """A device that holds passkeys and always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )


def sign_in(page: Page, server: LiveServer, password: str = PASSWORD) -> None:
    page.goto(f"{server.url}/sign-in/")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.url}/sign-out/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")


def let_time_pass(page: Page) -> None:
    """Make the sign-in an hour old."""
    (key,) = [one["value"] for one in page.context.cookies() if one["name"] == "session"]
    session = SessionStore(key)
    session[RECORDS] = [{**record, "at": time.time() - 3600} for record in session[RECORDS]]
    session.save()


def test_a_passkey_is_added_and_signs_in_alone(
    page: Page, live_server: LiveServer, alice: Person, authenticator: None, check_page: Check
) -> None:
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/account/second-factor/passkeys/add/")
    check_page()
    page.get_by_role("button", name="Add key").click()
    page.wait_for_url("**/recovery-codes/")
    check_page()
    sign_out(page, live_server)

    page.get_by_role("button", name="Sign in with a passkey").click()

    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(f"{live_server.url}/account/")
    expect(page.get_by_text("Signed in with a second factor")).to_be_visible()
    check_page()


def test_a_key_is_the_second_factor_after_the_password(
    page: Page, live_server: LiveServer, alice: Person, authenticator: None, check_page: Check
) -> None:
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/account/second-factor/passkeys/add/")
    page.get_by_label("Sign in with this key alone").uncheck()
    page.get_by_role("button", name="Add key").click()
    page.wait_for_url("**/recovery-codes/")
    sign_out(page, live_server)
    sign_in(page, live_server)
    page.wait_for_url("**/sign-in/second-factor/")
    check_page()

    page.get_by_role("button", name="Use a passkey or security key").click()

    page.wait_for_url(lambda url: "sign-in" not in url)


def test_a_form_that_came_too_late_goes_on_after_the_confirmation(
    page: Page, live_server: LiveServer, alice: Person, check_page: Check
) -> None:
    vera = add_person("vera", {}, None)
    sign_in(page, live_server)
    page.wait_for_url(lambda url: "sign-in" not in url)
    let_time_pass(page)
    page.goto(f"{live_server.url}/people/{vera.pk}/")
    check_page()
    page.get_by_label("Operator:").check()
    page.get_by_role("button", name="Save role").click()
    page.wait_for_url("**/account/confirm/**")
    check_page()

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()

    expect(page.get_by_text("vera is operator of every connection from now on.")).to_be_visible()
    assert vera.memberships.get().role == "operator"


def test_an_invitation_leads_from_the_link_to_the_first_sign_in(
    page: Page, live_server: LiveServer, alice: Person, check_page: Check
) -> None:
    sign_in(page, live_server)
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(f"{live_server.url}/people/invite/")
    check_page()
    page.get_by_label("Username").fill("newcomer")
    page.get_by_role("button", name="Make the link").click()
    check_page()
    link = page.locator("figure.code code").inner_text()
    page.goto(f"{live_server.url}/people/")
    check_page()
    sign_out(page, live_server)

    page.goto(link)
    page.wait_for_url("**/invitation/accept/")
    check_page()
    page.get_by_label("New password", exact=True).fill(CHOSEN)
    page.get_by_label("New password again").fill(CHOSEN)
    page.get_by_role("button", name="Save password").click()

    page.wait_for_url("**/sign-in/")
    expect(page.get_by_text("Your password is saved.")).to_be_visible()
    check_page()


def test_the_pages_of_the_account_are_accessible(
    page: Page, live_server: LiveServer, alice: Person, check_looks: Look
) -> None:
    sign_in(page, live_server, "a wrong guess")
    check_looks("sign-in")
    sign_in(page, live_server)
    page.wait_for_url(lambda url: "sign-in" not in url)
    for path in (
        "/account/",
        "/account/activity/",
        "/account/password/",
        "/account/second-factor/",
        "/account/second-factor/app/add/",
        "/account/second-factor/passkeys/",
        "/people/",
        "/people/activity/",
        "/people/invite/",
        f"/people/{alice.pk}/",
        "/sign-out/",
        "/invitation/",
    ):
        page.goto(f"{live_server.url}{path}")
        check_looks(path.strip("/").replace("/", "-"))
