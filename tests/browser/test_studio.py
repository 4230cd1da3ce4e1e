"""The whole webhook studio by keyboard alone: list, form, JSON, filter test, test delivery, review, save."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.services.accounts import add_person
from tests.browser.conftest import Check, Look, enter, shoot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks and answers with a page that must stay text."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<script>alert(1)</script> thank you")

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


def _server_on_an_allowed_port() -> ThreadingHTTPServer:
    for port in range(8300, 8999):
        try:
            return ThreadingHTTPServer(("127.0.0.1", port), Receiver)
        except OSError:
            continue
    raise AssertionError("no port between 8300 and 8999 is free")


@pytest.fixture
def receiver(settings: Settings) -> Iterator[ThreadingHTTPServer]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    server = _server_on_an_allowed_port()
    server.received = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def table(default_connection: str, dynamodb_client: DynamoDBClient, apps_table: str) -> str:
    dynamodb_client.put_item(
        TableName=apps_table,
        Item={
            "AppId": {"S": "shop"},
            "AppKey": {"S": "shop-key"},
            "AppSecret": {"S": "b0c1d2e3f4a5968778695a4b3c2d1e0f"},
            "Enabled": {"BOOL": True},
        },
    )
    return apps_table


def focused(page: Page) -> str:
    found: str = page.evaluate("() => document.activeElement?.id ?? ''")
    return found


def tab_to(page: Page, element: str, *, key: str = "Tab") -> None:
    """Press Tab until the focus is there: what cannot be reached so fails."""
    for _ in range(140):
        if focused(page) == element:
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab never reaches #{element}")


def in_editor(page: Page) -> str:
    text: str = page.evaluate("() => document.querySelector('#id_webhooks').value")
    return text


def hooks(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(in_editor(page))
    return found


def wait_for_hooks(page: Page, expression: str) -> None:
    page.wait_for_function(
        "() => { try { const hooks = JSON.parse(document.querySelector('#id_webhooks').value);"
        f" return {expression}; }} catch {{ return false; }} }}"
    )


def stored(client: DynamoDBClient, table: str) -> list[dict[str, Any]]:
    item = client.get_item(TableName=table, Key={"AppId": {"S": "shop"}}, ConsistentRead=True)
    found: list[dict[str, Any]] = json.loads(item["Item"]["Webhooks"]["S"])
    return found


def test_the_whole_studio_by_keyboard(
    page: Page,
    live_server: LiveServer,
    table: str,
    receiver: ThreadingHTTPServer,
    dynamodb_client: DynamoDBClient,
    check_page: Check,
) -> None:
    alice = add_person("alice", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)}, None)
    enter(page, live_server, alice)
    page.goto(f"{live_server.url}/connections/default/apps/shop/webhooks/")
    expect(page.locator(".cm-editor")).to_be_visible()
    check_page()
    target = f"http://127.0.0.1:{receiver.server_address[1]}/hook"

    # A webhook by the form.
    tab_to(page, "add")
    page.keyboard.press("Enter")
    expect(page.locator("#w-url")).to_be_visible()
    tab_to(page, "w-url")
    page.keyboard.press("Control+a")
    page.keyboard.type(target)
    wait_for_hooks(page, f"hooks[0].url === '{target}'")
    tab_to(page, "event-cache_miss")
    page.keyboard.press("Space")
    wait_for_hooks(page, "hooks[0].event_types[0] === 'cache_miss'")
    tab_to(page, "header-name-1")
    page.keyboard.type("X-Team")
    page.keyboard.press("Tab")
    page.keyboard.type("shop")
    wait_for_hooks(page, "hooks[0].headers['X-Team'] === 'shop'")
    tab_to(page, "w-starts")
    page.keyboard.type("cache-")
    wait_for_hooks(page, "hooks[0].filter.channel_name_starts_with === 'cache-'")
    assert focused(page) == "w-starts", "typing never loses the focus"
    check_page()
    shoot(page, "studio-form")

    # Duplicate, change into a function, reorder, remove.
    tab_to(page, "duplicate-0", key="Shift+Tab")
    page.keyboard.press("Enter")
    wait_for_hooks(page, "hooks.length === 2")
    expect(page.locator("#webhook-form-title")).to_have_text("Webhook 2")
    tab_to(page, "target-url")
    page.keyboard.press("ArrowDown")
    tab_to(page, "w-function")
    page.keyboard.type("notify")
    wait_for_hooks(page, "hooks[1].lambda_function === 'notify' && hooks[1].lambda")
    tab_to(page, "up-1", key="Shift+Tab")
    page.keyboard.press("Enter")
    wait_for_hooks(page, "hooks[0].lambda_function === 'notify'")
    expect(page.locator("#announcements")).to_have_text("Webhook 2 is number 1 now.")
    tab_to(page, "duplicate-0")
    page.keyboard.press("Enter")
    wait_for_hooks(page, "hooks.length === 3")
    tab_to(page, "remove-1", key="Shift+Tab")
    page.keyboard.press("Enter")
    wait_for_hooks(page, "hooks.length === 2")
    assert focused(page) == "open-1"

    # The JSON: a fault is told at its place, and mending it brings the form back.
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("[")
    expect(page.locator("#webhook-problems .problem-error").first).to_be_visible()
    expect(page.locator("#studio-list")).to_contain_text("not a list of webhooks")
    page.keyboard.press("Backspace")
    expect(page.locator("#studio-list .studio-webhook")).to_have_count(2)
    assert page.locator("#webhook-problems .problem-error").count() == 0

    # Which webhooks fire?
    tab_to(page, "t-channel")
    page.keyboard.type("cache-orders")
    tab_to(page, "t-event")
    page.keyboard.type("cache")
    expect(page.locator("#studio-tester")).to_contain_text("Fires")
    shoot(page, "studio-tester")

    # A test delivery of what is not saved yet.
    tab_to(page, "s-webhook")
    page.keyboard.type("2")
    page.get_by_role("button", name="Send test delivery").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Test delivery of cache_miss")).to_be_visible()
    expect(page.get_by_text("<script>alert(1)</script> thank you")).to_be_visible()
    assert receiver.received[0]["events"][0]["channel"] == "cache-orders"  # type: ignore[attr-defined]
    assert len(hooks(page)) == 2, "what is not saved yet stays in the editor"
    assert focused(page) == "sent-title"
    # What is drawn anew while somebody types leaves the focus where it is.
    page.locator("#t-channel").focus()
    with page.expect_response("**/apps/shop/webhooks/"):
        page.keyboard.type("-x")
    page.wait_for_function("() => document.querySelector('#studio-tester').textContent")
    assert focused(page) == "t-channel"
    check_page()
    shoot(page, "studio-delivery")
    page.get_by_role("link", name="Deliveries").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    check_page()
    shoot(page, "studio-deliveries")


def test_json_typed_by_hand_is_reviewed_and_saved(
    page: Page,
    live_server: LiveServer,
    table: str,
    dynamodb_client: DynamoDBClient,
    check_page: Check,
) -> None:
    alice = add_person("alice", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)}, None)
    enter(page, live_server, alice)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{live_server.url}/connections/default/apps/shop/webhooks/")
    page.locator(".cm-content").focus()
    hook = {"url": "https://example.com/hook", "event_types": ["cache_miss"], "note": "keep me"}
    # Long enough to scroll: what scrolls has to be reached by keyboard.
    page.keyboard.insert_text(json.dumps([hook], indent=1).replace("{", "{" + "\n" * 40))
    expect(page.locator("#studio-list .studio-webhook")).to_have_count(1)
    check_page()
    shoot(page, "studio-phone")
    page.get_by_role("button", name="Review changes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What will change")).to_be_visible()
    check_page()
    shoot(page, "studio-review")
    page.get_by_role("button", name="Save webhooks").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The webhooks of shop are saved")).to_be_visible()
    assert stored(dynamodb_client, table) == [hook]


def test_the_doctor_and_the_receivers_are_accessible(
    page: Page,
    live_server: LiveServer,
    table: str,
    dynamodb_client: DynamoDBClient,
    check_looks: Look,
) -> None:
    from apps_admin.services.app_index import refresh_index
    from apps_admin.services.connections import get_connection

    dynamodb_client.put_item(
        TableName=table,
        Item={"AppId": {"S": "old"}, "AppKey": {"S": "old-key"}, "Enabled": {"B": b"false"}},
    )
    refresh_index(get_connection("default"))
    alice = add_person("alice", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)}, None)
    enter(page, live_server, alice)
    page.goto(f"{live_server.url}/connections/default/doctor/")
    check_looks("doctor")
    page.get_by_role("link", name="Enabled is not BOOL", exact=True).click()
    check_looks("doctor-finding")
    page.get_by_role("link", name="Mend all").click()
    check_looks("doctor-fix")
    page.goto(f"{live_server.url}/connections/default/webhook-receivers/")
    check_looks("receivers")
