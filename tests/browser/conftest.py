"""Chromium, and what every page has to do in it: no fault in the console, no violation found by axe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps_admin.models import Person
from tests.sign_in import sign_in

# Playwright runs a loop of its own in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), PROGRAMS[0])
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

TIMEOUT = 15_000  # milliseconds
# What htmx says of a request whose page was left before the answer. A request that fails says htmx:sendError as well.
LEFT_EARLY = ("htmx:sendAbort", "htmx:afterRequest")
# Both color schemes and both layouts. The light desk is where every other test is.
LOOKS = (("dark", 1280), ("light", 360))
AXE = Axe().axe_script
FIND_VIOLATIONS = """
async (rules) => {
    const options = {runOnly: rules, reporter: "no-passes", preload: false};
    const {violations} = await axe.run(options);
    return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 200)}`));
}
"""
FIND_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

Check = Callable[[], None]
Look = Callable[[str], None]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Nothing moves: a color halfway to another one is judged by nobody."""
    return {**browser_context_args, "reduced_motion": "reduce"}


def enter(page: Page, server: LiveServer, person: Person) -> None:
    """Sign a person in without the page for it."""
    client = Client()
    sign_in(client, person)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


def shoot(page: Page, name: str) -> None:
    """A picture of the page, where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def faults(page: Page) -> Iterator[list[str]]:
    """What the browser complains about on any page of the test; has to stay empty."""
    told: list[str] = []
    page.set_default_timeout(TIMEOUT)
    expect.set_options(timeout=TIMEOUT)

    def listen(message: ConsoleMessage) -> None:
        if not message.text.startswith(LEFT_EARLY):
            told.append(f"{page.url}: {message.text}")

    page.on("console", listen)
    page.on("pageerror", lambda error: told.append(f"{page.url}: {error}"))
    yield told
    assert told == []


@pytest.fixture
def check_page(page: Page, faults: list[str]) -> Check:
    """Says whether the page at hand is accessible and fits its window."""
    return lambda: judge(page)


@pytest.fixture
def check_looks(page: Page, faults: list[str]) -> Look:
    """Says it of every look of the page at hand, and takes a picture of each under the name given."""

    def check(name: str) -> None:
        for scheme, width in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            judge(page)
            shoot(page, f"{name}-{scheme}-{width}")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")

    return check


def judge(page: Page) -> None:
    """Fails when the page breaks one of axe's rules, or is wider than its window."""
    # A click leads on; what has come of the next page by then may be its head alone.
    page.wait_for_load_state()
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    assert page.evaluate(FIND_VIOLATIONS, RULES) == [], page.url
    overflow = page.evaluate(FIND_OVERFLOW)
    assert overflow <= 0, f"{page.url} is {overflow} pixels too wide"
