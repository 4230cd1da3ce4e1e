"""The cast signed in, an apps table on a real engine, and the calls that a request makes to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from django.test import Client
from django.urls import reverse

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant
from apps_admin.models import Person
from apps_admin.services.accounts import add_person
from apps_admin.services.connections import get_connection
from tests.sign_in import sign_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHOP: dict[str, Any] = {
    "AppId": {"S": "shop"},
    "AppKey": {"S": "shop-key"},
    "AppSecret": {"S": "the-old-secret-of-the-shop"},
    "Enabled": {"BOOL": True},
    "MaxConnections": {"N": "100"},
    "Team": {"SS": ["red", "blue"]},
    "Precise": {"N": "3.1415926535897932384626433832795028841"},
}

StoreApp = Callable[..., None]
Stored = Callable[[str], dict[str, Any] | None]


def client_of(name: str, grants: Mapping[str, Grant]) -> Client:
    """A browser in which this person has just signed in."""
    client = Client()
    sign_in(client, add_person(name, grants, None))
    return client


@pytest.fixture
def alice(default_connection: str, db: None) -> Client:
    """Administrates everything and may reveal secrets."""
    return client_of(
        "alice", {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)}
    )


@pytest.fixture
def bob(default_connection: str, db: None) -> Client:
    """Operates the default connection, without its secrets."""
    return client_of("bob", {"default": Grant(role=Role.OPERATOR)})


@pytest.fixture
def victor(default_connection: str, db: None) -> Client:
    """Only looks at the default connection."""
    return client_of("victor", {"default": Grant(role=Role.VIEWER)})


@pytest.fixture
def charlie(default_connection: str, db: None) -> Client:
    """Is signed in, and has no role anywhere."""
    return client_of("charlie", {})


@pytest.fixture
def store_app(apps_table: str, dynamodb_client: DynamoDBClient) -> StoreApp:
    """Puts an item into the table behind the console's back: the shop, changed by what is given."""

    def put(**changes: Any) -> None:
        item = {**SHOP, **changes}
        dynamodb_client.put_item(
            TableName=apps_table, Item={k: v for k, v in item.items() if v is not None}
        )

    return put


@pytest.fixture
def shop(store_app: StoreApp) -> str:
    """The id of an app that is in the table."""
    store_app()
    return "shop"


@pytest.fixture
def stored(apps_table: str, dynamodb_client: DynamoDBClient) -> Stored:
    """What the table holds under an id."""

    def get(app_id: str) -> dict[str, Any] | None:
        found = dynamodb_client.get_item(
            TableName=apps_table, Key={"AppId": {"S": app_id}}, ConsistentRead=True
        )
        return found.get("Item")

    return get


@pytest.fixture
def dynamodb_calls(monkeypatch: pytest.MonkeyPatch, default_connection: str) -> list[str]:
    """The names of the calls made to DynamoDB, in their order. Clear it before what is to be counted."""
    calls: list[str] = []
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def counted(self: BaseClient, operation_name: str, parameters: Any) -> Any:
        calls.append(operation_name)
        return original(self, operation_name, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    return calls


def url(name: str, app_id: str = "shop") -> str:
    """The address of one of an app's pages on the default connection."""
    return reverse(name, args=["default", app_id])


def text_of(response: Any) -> str:
    """The page as text."""
    return str(response.content.decode())


def person(name: str) -> Person:
    """Somebody of the cast."""
    return Person.objects.get(username=name)


@pytest.fixture
def protected(monkeypatch: pytest.MonkeyPatch, default_connection: str) -> None:
    """The default connection is protected."""
    _change_default(monkeypatch, protected=True)


@pytest.fixture
def reasons_required(monkeypatch: pytest.MonkeyPatch, default_connection: str) -> None:
    """The default connection asks for a reason for every change."""
    _change_default(monkeypatch, reason_required=True)


def _change_default(monkeypatch: pytest.MonkeyPatch, **properties: Any) -> None:
    def changed(slug: str) -> Any:
        return replace(get_connection(slug), **properties)

    monkeypatch.setattr("apps_admin.services.workspace.get_connection", changed)
