"""Chromium, and what every page has to do in it: no fault in the console, no violation found by axe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect

# Playwright runs a loop of its own in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
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
AXE_OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"]}

Check = Callable[[], None]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


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
    axe = Axe()

    def check() -> None:
        # A click leads on; what has come of the next page by then may be its head alone.
        page.wait_for_load_state()
        violations = axe.run(page, options=AXE_OPTIONS).response["violations"]
        found = [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in violations
            for node in violation["nodes"]
        ]
        assert found == [], page.url
        overflow = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{page.url} is {overflow} pixels too wide"

    return check
