"""A token made, rotated and revoked by keyboard alone; each page accessible, also narrow and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.services.accounts import add_person
from tests.browser.conftest import Check, enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_token_is_made_rotated_and_revoked_by_keyboard(
    page: Page, live_server: LiveServer, default_connection: str, check_page: Check
) -> None:
    alice = add_person("alice", {EVERY_CONNECTION: Grant(role=Role.OPERATOR)}, None)
    enter(page, live_server, alice)
    page.goto(f"{live_server.url}/api-tokens/")
    check_page()

    page.get_by_role("link", name="Create token").press("Enter")
    expect(page.get_by_role("heading", level=1, name="Create token")).to_be_visible()
    check_page()
    page.get_by_label("Name").press_sequentially("deploy")
    page.get_by_label("Name").press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Everything I may do, now and later")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This token is shown only now")).to_be_visible()
    check_page()

    page.get_by_role("link", name="page of tokens").press("Enter")
    rotate, revoke = (
        page.get_by_role("button", name=f"{verb} deploy") for verb in ("Rotate", "Revoke")
    )
    check_page()
    first, second = rotate.bounding_box(), revoke.bounding_box()
    assert first
    assert second
    assert first["y"] == second["y"], "the buttons of a token stand beside each other"
    rotate.press("Enter")
    expect(page.get_by_text("This token is shown only now")).to_be_visible()
    page.goto(f"{live_server.url}/api-tokens/")
    revoke.first.press("Enter")
    expect(page.get_by_text("deploy is revoked")).to_be_visible()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    check_page()

    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    for path in ("/api-tokens/", "/api-tokens/new/", "/api-reference/"):
        page.goto(f"{live_server.url}{path}")
        check_page()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
