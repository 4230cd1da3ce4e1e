"""The pictures of the README: `make screenshots` takes them anew into docs/images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.models.job import WorkerBeat
from apps_admin.services.accounts import add_person
from apps_admin.services.app_index import refresh_index
from apps_admin.services.connections import get_connection
from apps_admin.services.sample_apps import sample_items
from tests.browser.conftest import enter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
APPS = "/connections/production/apps"
# Name, address, theme, width and height.
PICTURES = (
    ("apps-light", f"{APPS}/", "light", 1280, 800),
    ("apps-dark", f"{APPS}/", "dark", 1280, 800),
    ("record-light", f"{APPS}/from-the-docs/", "light", 1280, 900),
    ("record-dark", f"{APPS}/billing/", "dark", 1280, 900),
    ("record-narrow", f"{APPS}/from-the-docs/", "light", 360, 740),
)
PRODUCTION = """
[connections.production]
label = "Production"
color = "red"
protected = true
table = "{table}"
region = "eu-west-1"
endpoint = "{endpoint}"
"""


@pytest.fixture
def console(
    page: Page,
    live_server: LiveServer,
    default_connection: str,
    apps_table: str,
    dynamodb_endpoint: str,
    dynamodb_client: DynamoDBClient,
    settings: Settings,
    tmp_path: Path,
) -> str:
    """A console on a production table with the sample apps, a worker, and Alice signed in."""
    file = tmp_path / "connections.toml"
    file.write_text(PRODUCTION.format(table=apps_table, endpoint=dynamodb_endpoint))
    settings.CONNECTIONS_FILE = str(file)
    grant = Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)
    alice = add_person("alice", {EVERY_CONNECTION: grant}, None)
    for item in sample_items(12):
        dynamodb_client.put_item(TableName=apps_table, Item=dict(item.attributes))
    refresh_index(get_connection("production"))
    WorkerBeat.objects.create(worker="pictures", seen_at=timezone.now())
    enter(page, live_server, alice)
    return str(live_server.url)


@pytest.fixture
def writes_screenshots(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--write-screenshots"))


def test_the_pictures_are_of_pages_that_answer(
    browser: Browser, page: Page, console: str, writes_screenshots: bool
) -> None:
    for name, path, theme, width, height in PICTURES:
        context = browser.new_context(
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": height},
            storage_state=page.context.storage_state(),
            reduced_motion="reduce",
        )
        picture = context.new_page()
        answer = picture.goto(f"{console}{path}")
        assert answer is not None
        assert answer.status == 200
        if writes_screenshots:
            picture.wait_for_load_state("networkidle")
            IMAGES.mkdir(parents=True, exist_ok=True)
            picture.screenshot(path=IMAGES / f"{name}.png")
        context.close()
