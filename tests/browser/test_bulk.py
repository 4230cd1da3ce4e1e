"""Many apps in Chromium: import a file, search, disable what matches, stop, resume, undo."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.jobs.worker import Worker
from apps_admin.models import Job
from apps_admin.models.job import JobState
from apps_admin.services.accounts import add_person
from apps_admin.services.app_index import refresh_index
from apps_admin.services.connections import get_connection
from tests.browser.conftest import Check, enter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

APPS = int(os.environ.get("BROWSER_APPS", "5000"))
BASE = "/connections/default"


@pytest.fixture
def console(page: Page, live_server: LiveServer, default_connection: str) -> str:
    """The console's address, with an empty table and Alice signed in."""
    grant = Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
    alice = add_person("alice", {EVERY_CONNECTION: grant}, None)
    refresh_index(get_connection("default"))
    enter(page, live_server, alice)
    return str(live_server.url)


def write_file(path: Path) -> None:
    lines = []
    for number in range(APPS):
        team = "blue" if number % 5 == 0 else "red"
        item = {
            "AppId": {"S": f"{team}-{number:05}"},
            "AppKey": {"S": f"key-{number:05}"},
            "Enabled": {"BOOL": True},
        }
        lines.append(json.dumps({"soketi_app": item}))
    path.write_text("\n".join(lines))


def work(page: Page) -> None:
    """What the worker does, in this thread and with no page asking: a database in memory bears no two at once."""
    address = page.url
    page.goto("about:blank")
    while Worker(threads=1).run_next():
        pass
    page.goto(address)


def disabled(client: DynamoDBClient, table: str) -> int:
    pages = client.get_paginator("scan").paginate(TableName=table)
    return sum(not item["Enabled"]["BOOL"] for page in pages for item in page["Items"])


def test_import_search_disable_stop_resume_undo(
    page: Page,
    console: str,
    check_page: Check,
    tmp_path: Path,
    apps_table: str,
    dynamodb_client: DynamoDBClient,
) -> None:
    write_file(tmp_path / "apps.jsonl")
    page.goto(f"{console}{BASE}/transfer/")
    check_page()
    page.locator("#id_file").set_input_files(tmp_path / "apps.jsonl")
    page.get_by_role("button", name="Preview import").click()
    page.wait_for_url("**/jobs/**")
    work(page)
    start = page.get_by_role("button", name=f"Start: change {APPS:,} apps")
    expect(start).to_be_visible()
    check_page()
    start.click()
    work(page)
    expect(page.locator("#job")).to_contain_text(f"Changed: {APPS:,}")
    check_page()

    page.goto(f"{console}{BASE}/apps/?q=blue-")
    check_page()
    page.get_by_role("link", name=re.compile("^Change all .* that match$")).click()
    page.get_by_role("button", name="Disable").click()
    check_page()
    page.get_by_role("button", name="Preview").click()
    page.wait_for_url("**/jobs/**")
    work(page)
    matching = len(range(0, APPS, 5))
    page.get_by_role("button", name=f"Start: change {matching:,} app").click()
    expect(page.get_by_role("button", name="Stop job")).to_be_visible()

    address = page.url
    page.goto("about:blank")

    def stop() -> None:
        job.refresh_from_db()
        if job.done >= 100 and job.stop_asked_at is None:
            page.goto(address)
            page.get_by_role("button", name="Stop job").click()
            expect(page.get_by_text("Stopping")).to_be_visible()
            page.goto("about:blank")

    job = Job.objects.get(kind="write", state=JobState.WAITING)
    Worker(threads=0).run_job(job, stop)
    page.goto(address)
    expect(page.get_by_role("button", name="Resume job")).to_be_visible()
    stopped_at = disabled(dynamodb_client, apps_table)
    assert 0 < stopped_at < matching or matching <= 100

    page.get_by_role("button", name="Resume job").click()
    work(page)
    expect(page.locator("#job")).to_contain_text(f"Changed: {matching:,}")
    assert disabled(dynamodb_client, apps_table) == matching

    page.get_by_role("button", name="Undo job").click()
    page.wait_for_url("**/jobs/**")
    work(page)
    page.get_by_role("button", name=f"Start: change {matching:,} app").click()
    work(page)
    expect(page.locator("#job")).to_contain_text(f"Changed: {matching:,}")
    assert disabled(dynamodb_client, apps_table) == 0
    page.goto(f"{console}{BASE}/jobs/")
    check_page()
    if os.environ.get("SHOTS"):
        shots(page, console)


def shots(page: Page, console: str) -> None:
    """Pages for a person to look at, where SHOTS names a folder."""
    job = Job.objects.filter(kind="write").latest("created_at")
    pages = {
        "list": "apps/",
        "choose": "bulk/?query=%3Fq%3Dblue",
        "jobs": "jobs/",
        "job": f"jobs/{job.pk}/",
        "transfer": "transfer/",
    }
    for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for name, path in pages.items():
            page.goto(f"{console}{BASE}/{path}")
            page.screenshot(path=f"{os.environ['SHOTS']}/{name}-{width}-{scheme}.png")
