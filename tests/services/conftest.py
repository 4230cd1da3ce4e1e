"""A workspace on an apps table in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from apps_admin.domain.actor import Actor
from apps_admin.domain.connection import Connection
from apps_admin.domain.item import RawItem
from apps_admin.services.workspace import Origin, Workspace
from tests.cast import ALICE
from tests.fakes import InMemoryAppRepository

SHOP = RawItem(
    attributes={
        "AppId": {"S": "shop"},
        "AppKey": {"S": "shop-key"},
        "AppSecret": {"S": "the-old-secret-of-the-shop"},
        "Enabled": {"B": b"false"},
        "MaxConnections": {"N": "100"},
        "MaxEventPayloadInKb": {"N": "99999999999999999999999999999999999.25"},
        "Team": {"SS": ["red", "blue"]},
        "Logo": {"B": b"\x00\x01\xff"},
        "Nested": {"M": {"a": {"L": [{"NULL": True}, {"N": "1E+30"}]}}},
    }
)

MakeWorkspace = Callable[..., Workspace]


@pytest.fixture
def store() -> InMemoryAppRepository:
    """An apps table that holds the shop."""
    return InMemoryAppRepository([SHOP])


@pytest.fixture
def open_as(store: InMemoryAppRepository) -> MakeWorkspace:
    """Opens a workspace of an actor on a connection with these properties."""

    def open_one(actor: Actor = ALICE, **properties: object) -> Workspace:
        connection = replace(Connection(slug="production"), **properties)  # type: ignore[arg-type]
        return Workspace(
            connection=connection,
            actor=actor,
            origin=Origin(request_id="request-1", address="203.0.113.5", user_agent="tests"),
            open_store=lambda _connection: store,
        )

    return open_one


@pytest.fixture
def workspace(open_as: MakeWorkspace) -> Workspace:
    """Alice's workspace."""
    return open_as()
