"""The whole life of an app in a real browser: by mouse, by keyboard alone, without JavaScript, and in every look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.services.accounts import add_person
from apps_admin.services.app_index import refresh_index
from apps_admin.services.connections import get_connection
from apps_admin.services.sample_apps import sample_items
from tests.browser.conftest import Check, Look, enter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

APPS = "/connections/default/apps"
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@pytest.fixture
def console(
    page: Page,
    live_server: LiveServer,
    transactional_db: None,
    default_connection: str,
    apps_table: str,
    dynamodb_client: DynamoDBClient,
) -> str:
    """The console's address, with sample apps in its table and Alice signed in."""
    grant = Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
    alice = add_person("alice", {EVERY_CONNECTION: grant}, None)
    for item in sample_items(12):
        dynamodb_client.put_item(TableName=apps_table, Item=dict(item.attributes))
    refresh_index(get_connection("default"))
    enter(page, live_server, alice)
    return str(live_server.url)


@contextmanager
def refusals(page: Page, faults: list[str]) -> Iterator[None]:
    """The browser tells of every page with an error status, some time later; here one is wanted."""
    before = len(faults)
    with page.expect_console_message(lambda message: bool(REFUSED.search(message.text))):
        yield
    told = [fault for fault in faults[before:] if not REFUSED.search(fault)]
    faults[before:] = told


def stored(client: DynamoDBClient, table: str, app_id: str) -> dict[str, Any] | None:
    found = client.get_item(TableName=table, Key={"AppId": {"S": app_id}}, ConsistentRead=True)
    return found.get("Item")


def test_the_whole_life_of_an_app(
    page: Page,
    console: str,
    check_page: Check,
    faults: list[str],
    apps_table: str,
    dynamodb_client: DynamoDBClient,
) -> None:
    page.goto(f"{console}{APPS}/")
    page.get_by_role("link", name="New app").click()
    page.get_by_label("Id", exact=False).first.fill("news")
    page.get_by_label("Client messages").check()
    page.get_by_text("Webhooks", exact=True).click()
    editor = page.get_by_role("textbox", name="Webhooks, JSON")
    editor.click()
    page.keyboard.insert_text('[{"url": "https://example.com/hook"}]')
    expect(page.locator("#webhook-problems")).to_contain_text("event_types")
    check_page()

    with refusals(page, faults):
        page.get_by_role("button", name="Create app").click()
        expect(page.locator(".error-summary")).to_be_focused()
        check_page()
    page.get_by_role("textbox", name="Webhooks, JSON").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(
        '[{"url": "https://example.com/hook", "event_types": ["cache_miss"]}]'
    )
    page.get_by_role("button", name="Create app").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("news is created")
    check_page()

    page.get_by_role("link", name="Open app").click()
    check_page()
    page.get_by_role("button", name="Reveal secret").click()
    secret = (stored(dynamodb_client, apps_table, "news") or {})["AppSecret"]["S"]
    expect(page.locator("#secret")).to_contain_text(secret)
    expect(page.locator("#use-it")).to_contain_text(f"PUSHER_APP_SECRET={secret}")
    check_page()

    page.get_by_role("link", name="Edit app").click()
    page.get_by_label("Connections in connections").fill("250")
    check_page()
    page.get_by_role("button", name="Review changes").click()
    check_page()
    page.get_by_role("button", name="Save app").click()
    expect(page.locator("#messages")).to_contain_text("news is saved")
    assert (stored(dynamodb_client, apps_table, "news") or {})["MaxConnections"] == {"N": "250"}
    check_page()

    for action, name in (("Disable app", "news is disabled"), ("Enable app", "news is enabled")):
        page.get_by_role("link", name=action).click()
        check_page()
        page.get_by_role("button", name=action).click()
        expect(page.locator("#messages")).to_contain_text(name)

    page.locator("summary", has_text="More actions").click()
    page.get_by_role("link", name="Rotate secret").click()
    check_page()
    page.get_by_role("button", name="Rotate secret").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New secret for news")
    check_page()

    page.goto(f"{console}{APPS}/news/cut-off/")
    page.get_by_role("button", name="Cut off app").click()
    check_page()
    page.goto(f"{console}{APPS}/news/delete/")
    with refusals(page, faults):
        page.get_by_role("button", name="Delete app").click()
        check_page()
    page.get_by_label("Type news to confirm").fill("news")
    page.get_by_label("No client is connected any more").check()
    page.get_by_role("button", name="Delete app").click()
    expect(page.locator("#messages")).to_contain_text("news is deleted")
    assert stored(dynamodb_client, apps_table, "news") is None

    page.goto(f"{console}/connections/default/audit/")
    expect(page.get_by_role("row")).to_have_count(9)
    check_page()


def test_keyboard_alone_is_enough(
    page: Page,
    console: str,
    check_page: Check,
    apps_table: str,
    dynamodb_client: DynamoDBClient,
) -> None:
    page.goto(f"{console}{APPS}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "New app")
    page.keyboard.press("Enter")
    page.wait_for_url("**/new-app/")
    tab_to(page, "Id")
    page.keyboard.type("typed")
    tab_to(page, "Create app")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("typed is created")
    tab_to(page, "Open app")
    page.keyboard.press("Enter")
    page.wait_for_url("**/apps/typed/")
    tab_to(page, "More actions")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Rotate secret")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Rotate secret")).to_be_hidden()
    assert focused(page) == "More actions"
    tab_to(page, "Disable app", backwards=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/disable/")
    tab_to(page, "Disable app")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("typed is disabled")
    assert (stored(dynamodb_client, apps_table, "typed") or {})["Enabled"] == {"BOOL": False}


def focused(page: Page) -> str:
    """The name of what has the focus: its label, its own text."""
    return str(
        page.evaluate(
            """() => {
                const at = document.activeElement;
                const label = at.labels?.[0]?.firstChild?.textContent;
                return (at.getAttribute("aria-label") ?? label ?? at.innerText ?? "").trim();
            }"""
        )
    )


def tab_to(page: Page, name: str, *, backwards: bool = False) -> None:
    """Press Tab until something of this name has the focus."""
    seen = []
    for _ in range(120):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        seen.append(focused(page))
        if seen[-1] == name:
            return
    raise AssertionError(f"{name} is not reached: {seen}")


def test_the_editor_lets_go_of_tab(page: Page, console: str) -> None:
    page.goto(f"{console}{APPS}/shop/edit/")
    page.get_by_role("textbox", name="Webhooks, JSON").click()
    tab_to(page, "Review changes")


def test_the_search_answers_while_typing_and_the_address_follows(page: Page, console: str) -> None:
    page.goto(f"{console}{APPS}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("chat")
    expect(page.locator("#app-list tbody tr")).to_have_count(2)
    page.wait_for_url("**/apps/?q=chat*")
    page.get_by_role("link", name="Duplicates").click()
    page.wait_for_url("**/apps/?*duplicates=yes*")
    expect(page.locator("#app-list tbody tr")).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value("chat")


def test_an_editor_that_meets_another_one_shows_both(
    page: Page, console: str, check_page: Check, faults: list[str]
) -> None:
    page.goto(f"{console}{APPS}/shop/edit/")
    page.get_by_label("Connections in connections").fill("250")
    other = page.context.new_page()
    other.goto(f"{console}{APPS}/shop/edit/")
    other.get_by_label("Connections in connections").fill("999")
    other.get_by_role("button", name="Review changes").click()
    other.get_by_role("button", name="Save app").click()
    expect(other.locator("#messages")).to_contain_text("shop is saved")
    with refusals(page, faults):
        page.get_by_role("button", name="Review changes").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Somebody changed shop")
        check_page()
        page.set_viewport_size({"width": 360, "height": 740})
        check_page()
    page.get_by_role("button", name="Review the result").click()
    expect(page.get_by_role("table")).to_contain_text("250")
    page.get_by_role("button", name="Save app").click()
    expect(page.locator("#messages")).to_contain_text("shop is saved")


def test_everything_works_without_javascript(
    browser: Browser, page: Page, console: str, apps_table: str, dynamodb_client: DynamoDBClient
) -> None:
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    ).new_page()
    plain.set_default_timeout(15_000)
    plain.goto(f"{console}{APPS}/?q=chat")
    expect(plain.locator("#app-list tbody tr")).to_have_count(2)
    plain.get_by_role("link", name="New app").click()
    plain.locator("#id_id").fill("plain")
    plain.get_by_text("Webhooks", exact=True).click()
    plain.locator("#id_webhooks").fill(
        '[{"url": "https://example.com/", "event_types": ["cache_miss"]}]'
    )
    plain.get_by_role("button", name="Create app").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("plain is created")
    plain.get_by_role("link", name="Open app").click()
    plain.get_by_role("button", name="Reveal secret").click()
    secret = (stored(dynamodb_client, apps_table, "plain") or {})["AppSecret"]["S"]
    expect(plain.locator("#secret")).to_contain_text(secret)
    plain.set_viewport_size({"width": 360, "height": 740})
    plain.get_by_role("button", name="Menu").click()
    plain.get_by_role("link", name="Audit log", exact=True).click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Audit log")
    plain.context.close()


PAGES = (
    "/",
    f"{APPS}/",
    f"{APPS}/?finding=any&sort=-findings",
    f"{APPS}/?q=nothing-like-it",
    f"{APPS}/shop/",
    f"{APPS}/from-the-docs/",
    f"{APPS}/billing/",
    f"{APPS}/crm/",
    f"{APPS}/shop/edit/",
    f"{APPS}/shop/enable/",
    f"{APPS}/shop/disable/",
    f"{APPS}/shop/cut-off/",
    f"{APPS}/shop/rotate-secret/",
    f"{APPS}/shop/reveal-secret/",
    f"{APPS}/paused/delete/",
    f"{APPS}/shop/delete/",
    f"{APPS}/shop/history/",
    "/connections/default/new-app/",
    "/connections/default/audit/",
    "/patterns/",
)


def test_every_page_is_accessible_in_every_look(
    page: Page, console: str, check_looks: Look, faults: list[str]
) -> None:
    for number, path in enumerate(PAGES):
        page.goto(f"{console}{path}")
        check_looks(f"page-{number:02}")
    with refusals(page, faults):
        page.goto(f"{console}{APPS}/nobody/")
        check_looks("nobody")


def test_the_theme_is_kept_and_painted_at_once(page: Page, console: str) -> None:
    page.goto(f"{console}{APPS}/")
    page.get_by_text("alice", exact=True).click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    answer = page.goto(f"{console}{APPS}/shop/")
    assert answer is not None
    assert 'data-bs-theme="dark"' in answer.text()
