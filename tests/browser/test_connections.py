"""Somebody adds a second connection, reads what is missing, applies the shown policy, and the test turns green."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.services.accounts import add_person
from tests.aws.conftest import iam
from tests.aws.iam_server import ACCOUNT, IamServer
from tests.aws.tables import make_apps_table
from tests.browser.conftest import Check, enter, shoot

__all__ = ["iam"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_second_connection_from_its_form_to_a_green_test(
    page: Page, live_server: LiveServer, default_connection: str, iam: IamServer, check_page: Check
) -> None:
    alice = add_person("alice", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR)}, None)
    table = make_apps_table(iam.dynamodb)
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}"
    may_only_read_one = [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": arn}]
    keys = iam.user_with(may_only_read_one)
    enter(page, live_server, alice)

    page.goto(f"{live_server.url}/connections/")
    check_page()
    shoot(page, "connections-list")
    page.get_by_role("link", name="Add connection").click()
    check_page()
    for name, value in {
        "slug": "second",
        "label": "Second",
        "table": table,
        "endpoint": iam.url,
    }.items():
        page.locator(f"#id_{name}").fill(value)
    page.get_by_label("Keys stored here, encrypted").check()
    page.locator("#id_access_key_id").fill(keys.access_key_id)
    page.locator("#id_secret_access_key").fill(keys.secret_access_key)
    expect(page.locator("#id_role_arn")).to_be_hidden()
    check_page()
    shoot(page, "connection-form")

    page.get_by_role("button", name="Test these values").click()
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible(timeout=30_000)
    expect(page.locator("#id_secret_access_key")).to_have_value(keys.secret_access_key)
    shoot(page, "connection-form-tested")

    page.get_by_role("button", name="Add connection").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible(timeout=30_000)
    verdict = page.locator(".verdicts li").filter(has_text="This console can edit")
    expect(verdict).to_contain_text("dynamodb:PutItem")
    check_page()
    shoot(page, "connection-test-red")

    verdict.get_by_text("A policy with what is missing").click()
    policy = verdict.locator("pre").inner_text()
    allow(iam, keys.user, policy)
    page.get_by_role("button", name="Test again").click()
    expect(verdict).to_contain_text("Yes", timeout=30_000)
    expect(page.locator(".verdicts li").first).to_contain_text(re.compile("Yes"))
    shoot(page, "connection-test-green")

    page.goto(f"{live_server.url}/connections/second/connection/")
    check_page()
    shoot(page, "connection-record")
    page.get_by_role("link", name="soketi's environment").click()
    check_page()
    shoot(page, "connection-environment")
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("", "second/connection/", "second/edit/", "second/test/", "second/environment/"):
        page.goto(f"{live_server.url}/connections/{path}")
        check_page()
        shoot(page, f"narrow-{path.replace('/', '-')}")
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_server.url}/connections/second/test/")
    check_page()
    page.set_viewport_size({"width": 1200, "height": 900})
    shoot(page, "dark-connection-test")


def allow(server: IamServer, user: str, policy: str) -> None:
    """Apply the policy as an administrator of the account would."""
    json.loads(policy)
    server.client("iam").put_user_policy(
        UserName=user, PolicyName="from-the-console", PolicyDocument=policy
    )
