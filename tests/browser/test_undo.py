"""Undo in a real browser: from the message after a save, from the timeline, and of a deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from apps_admin.jobs.worker import Worker
from tests.browser.conftest import Look
from tests.browser.test_apps import APPS, console, refusals, stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["console"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_undo_after_a_save_and_from_the_timeline(
    page: Page,
    console: str,
    check_looks: Look,
    faults: list[str],
    apps_table: str,
    dynamodb_client: DynamoDBClient,
) -> None:
    page.goto(f"{console}{APPS}/")
    app_id = page.locator("#app-list tbody th a").first.inner_text()
    app = f"{console}{APPS}/{app_id}"
    before = stored(dynamodb_client, apps_table, app_id)

    page.goto(f"{app}/edit/")
    webhooks = (
        '[{"url": "https://example.com/new", "event_types": ["channel_occupied"],'
        ' "headers": {"X-Team": "shop"}}]'
    )
    page.locator("textarea[name=webhooks]").evaluate(
        "(field, text) => { field.value = text }", webhooks
    )
    page.get_by_label("Client messages").click()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Save").click()
    message = page.locator("#messages")
    expect(message).to_contain_text("is saved")
    assert stored(dynamodb_client, apps_table, app_id) != before
    message.get_by_role("link", name="Undo").click()
    expect(page.get_by_role("heading", name="What undo writes")).to_be_visible()
    check_looks("undo")
    page.get_by_role("button", name="Undo change").click()
    expect(message).to_contain_text("is undone")
    assert stored(dynamodb_client, apps_table, app_id) == before

    page.goto(f"{app}/history/")
    check_looks("history")
    page.get_by_role("link", name="Undo app.undo").click()
    page.get_by_role("button", name="Undo change").click()
    expect(message).to_contain_text("is undone")
    changed = stored(dynamodb_client, apps_table, app_id)
    assert changed != before

    page.goto(f"{app}/history/")
    page.get_by_role("link", name="Undo app.update").click()
    expect(page.get_by_role("heading", name="What undo writes")).to_be_visible()
    page.goto(f"{app}/history/")
    page.get_by_role("link", name="State before app.update").click()
    check_looks("restore")
    page.get_by_role("button", name="Restore app").click()
    expect(message).to_contain_text("is what it was then")
    assert stored(dynamodb_client, apps_table, app_id) == before

    page.goto(f"{app}/history/")
    with refusals(page, faults):
        page.get_by_role("link", name="Undo app.update").click()
        expect(page.get_by_role("heading", name=f"{app_id} changed since")).to_be_visible()
        check_looks("conflict")
    page.goto(f"{app}/history/")
    page.locator("tbody time").last.click()
    check_looks("audit-record")


def test_a_deleted_app_comes_back(
    page: Page,
    console: str,
    check_looks: Look,
    apps_table: str,
    dynamodb_client: DynamoDBClient,
) -> None:
    page.goto(f"{console}{APPS}/")
    app_id = page.locator("#app-list tbody th a").first.inner_text()
    app = f"{console}{APPS}/{app_id}"
    page.goto(f"{app}/disable/")
    page.get_by_role("button", name="Disable app").click()
    before = stored(dynamodb_client, apps_table, app_id)
    page.goto(f"{app}/delete/")
    page.get_by_label(f"Type {app_id} to confirm").fill(app_id)
    page.get_by_label("No client is connected any more").check()
    page.get_by_role("button", name="Delete app").click()
    expect(page.locator("#messages")).to_contain_text("is deleted")
    assert stored(dynamodb_client, apps_table, app_id) is None

    page.goto(f"{console}{APPS}/")
    page.get_by_role("link", name="Deleted apps").click()
    check_looks("deleted-apps")
    page.get_by_role("link", name=f"Restore {app_id}").click()
    check_looks("restore-deleted")
    page.get_by_role("button", name="Restore app").click()
    expect(page.locator("#messages")).to_contain_text("is what it was then")
    assert stored(dynamodb_client, apps_table, app_id) == before
    page.goto(f"{console}/connections/default/audit/")
    check_looks("audit-list")


def test_the_audit_log_is_filtered_and_exported(
    page: Page, console: str, check_looks: Look
) -> None:
    page.goto(f"{console}{APPS}/")
    app_id = page.locator("#app-list tbody th a").first.inner_text()
    page.goto(f"{console}{APPS}/{app_id}/disable/")
    page.get_by_role("button", name="Disable app").click()
    page.goto(f"{console}/audit/")
    page.get_by_text("More filters").click()
    check_looks("audit-everything")
    page.goto(f"{console}/connections/default/audit/")
    page.get_by_text("More filters").click()
    page.get_by_label("App", exact=True).fill(app_id)
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("app.disable").last).to_be_visible()
    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_text(f"app_id {app_id}")).to_be_visible()
    page.get_by_role("button", name="Export entries").click()
    expect(page.locator("#messages")).to_contain_text("has begun")
    worker = Worker(threads=0)
    while worker.run_next():
        pass
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=15_000)
    check_looks("audit-export")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".jsonl.gz")
