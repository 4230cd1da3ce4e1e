"""Somebody chooses a table and a policy in a real browser, and the document follows while they type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.domain.table import TableDesign
from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.schemas import FORMATS
from apps_admin.services.accounts import add_person
from tests.browser.conftest import Check, Look, enter, shoot
from tests.generators.policy_cases import ACCOUNT, least

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def console(page: Page, live_server: LiveServer, default_connection: str) -> str:
    """The console's address, with Alice signed in."""
    alice = add_person("alice", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)}, None)
    enter(page, live_server, alice)
    return live_server.url


def test_the_schema_follows_while_one_types(page: Page, console: str, check_page: Check) -> None:
    page.goto(f"{console}/generators/")
    check_page()
    page.get_by_role("link", name="Write a schema").click()
    page.get_by_label("Table name").fill("shop-apps")
    expect(page.locator("#preview")).to_contain_text('"shop-apps"')
    page.wait_for_function("() => location.search.includes('table=shop-apps')")
    page.get_by_label("Format").select_option("aws-cli")
    expect(page.locator("#preview")).to_contain_text("create-shop-apps.sh")
    expect(page.get_by_label("Table name")).to_have_value("shop-apps")
    page.get_by_label("On-demand ceiling, reads").fill("many")
    expect(page.locator("#preview")).to_contain_text("is not a whole number")
    page.get_by_label("On-demand ceiling, reads").fill("")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert waiting.value.suggested_filename == "create-shop-apps.sh"
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert text == FORMATS["aws-cli"].write(TableDesign(name="shop-apps"))
    page.reload()
    expect(page.locator("#preview")).to_contain_text("create-shop-apps.sh")
    check_page()


def test_a_policy_is_written_and_checked(page: Page, console: str, check_page: Check) -> None:
    page.goto(f"{console}/generators/policies/")
    page.get_by_label("Accounts").fill(ACCOUNT)
    expect(page.locator("#preview")).to_contain_text(f"{ACCOUNT}:table/apps/index/AppKeyIndex")
    check_page()
    shoot(page, "policy-light")
    page.get_by_role("link", name="Check a policy").click()
    page.get_by_label("Accounts").fill(ACCOUNT)
    policy = PURPOSES["soketi-server"].document(least("soketi-server"))
    policy["Statement"][0]["Action"] = "dynamodb:*"
    page.get_by_label("Policy", exact=True).fill(json.dumps(policy))
    page.get_by_role("button", name="Check policy").click()
    expect(page.locator("#result")).to_contain_text("allows what the purpose does not need")
    check_page()
    shoot(page, "check-light")


def test_the_live_table_is_planned_into_another_one(
    page: Page, console: str, check_page: Check
) -> None:
    page.goto(f"{console}/connections/default/table/")
    expect(page.locator("#plan")).to_contain_text("No difference")
    page.get_by_label("Billing mode").select_option("PROVISIONED")
    page.get_by_label("Read capacity").fill("5")
    page.get_by_label("Write capacity").fill("6")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#plan")).to_contain_text("3 differences")
    expect(page.locator("#plan")).to_contain_text("update-table")
    check_page()
    shoot(page, "table-light")


def test_every_page_is_accessible_in_both_themes_and_on_a_phone(
    page: Page, console: str, check_looks: Look
) -> None:
    for name, path in {
        "list": "/generators/",
        "schema": "/generators/schemas/?for=lawcket&table=sockets&ttl=expiresAt&format=cli-input-json",
        "schema-terraform": "/generators/schemas/?pitr=7&tag=team%3Drealtime&deletion_protection=on",
        "policy": f"/generators/policies/?purpose=console-operator&account={ACCOUNT}&feature=bulk",
        "trust": f"/generators/policies/?purpose=trust-irsa&account={ACCOUNT}",
        "check": "/generators/policies/check/",
        "table": "/connections/default/table/",
    }.items():
        page.goto(f"{console}{path}")
        check_looks(name)
