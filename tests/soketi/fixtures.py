"""Fixtures around the real soketi; every test that uses one carries the `soketi` marker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.soketi.server import SoketiServer, install, start_soketi, why_not_here

StartSoketi: TypeAlias = Callable[..., SoketiServer]


@pytest.fixture(scope="session")
def soketi_installed() -> None:
    """The real soketi is installed. Skips without Node, but never where CI=true."""
    reason = why_not_here()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    install()


@pytest.fixture
def soketi_starter(
    soketi_installed: None, dynamodb_endpoint: str, apps_table: str, tmp_path: Path
) -> Iterator[StartSoketi]:
    """Starts real servers on the test's table, each with its own `SOKETI_*` variables; all end with the test."""
    started: list[SoketiServer] = []

    def start(**env: str) -> SoketiServer:
        server = start_soketi(
            endpoint=dynamodb_endpoint, table=apps_table, folder=tmp_path, env=env
        )
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def soketi_server(soketi_starter: StartSoketi) -> SoketiServer:
    """One real server on the test's table."""
    return soketi_starter()
