"""A connection whose policy hides secrets: what it asks satisfies that policy, and what it reads holds no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps_admin.aws.app_repository import DynamoAppRepository, SecretlessAppRepository
from apps_admin.aws.probe import Probe
from apps_admin.aws.session import make_client
from apps_admin.domain.connection import Connection
from apps_admin.domain.errors import ReadOnlyConnectionError
from apps_admin.domain.findings import find_findings
from apps_admin.domain.item import RawItem
from apps_admin.generators.policies import PURPOSES
from tests.aws.tables import connection_to
from tests.generators.policy_cases import least

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHOP: dict[str, Any] = {
    "AppId": {"S": "shop"},
    "AppKey": {"S": "shop-key"},
    "AppSecret": {"S": "half-of-a-pair"},
    "secret": {"S": "its-alias"},
    "max_connections": {"N": "5"},
    "Owner": {"S": "nobody soketi knows"},
}
READS = {"GetItem", "BatchGetItem", "Query", "Scan"}


@pytest.fixture
def connection(
    dynamodb_endpoint: str, apps_table: str, dynamodb_client: DynamoDBClient
) -> Connection:
    dynamodb_client.put_item(TableName=apps_table, Item=SHOP)
    return connection_to(dynamodb_endpoint, apps_table, without_secrets=True)


@pytest.fixture
def asked(connection: Connection) -> tuple[DynamoAppRepository, list[tuple[str, dict[str, Any]]]]:
    """The store, and every request it makes."""
    requests: list[tuple[str, dict[str, Any]]] = []
    client = make_client(connection)

    def note(params: dict[str, Any], model: Any, **_event: Any) -> None:
        requests.append((model.name, dict(params)))

    client.meta.events.register("provide-client-params.dynamodb", note)
    return SecretlessAppRepository(client, connection.table), requests


def test_such_a_connection_is_read_only(connection: Connection) -> None:
    assert connection.read_only


def test_every_read_comes_without_the_secret_and_says_so(
    asked: tuple[DynamoAppRepository, list[Any]],
) -> None:
    apps, _ = asked
    for item in (apps.get("shop"), apps.get_many(["shop"])["shop"], *apps.scan().items):
        assert set(item.attributes) == {"AppId", "AppKey", "max_connections"}
        assert item.hidden == {"AppSecret", "secret"}
    assert [match.app_id for match in apps.find_by_key("shop-key")] == ["shop"]


def test_every_request_meets_the_condition_of_the_generated_policy(
    asked: tuple[DynamoAppRepository, list[tuple[str, dict[str, Any]]]],
) -> None:
    apps, requests = asked
    apps.get("shop")
    apps.get_many(["shop"])
    apps.find_by_key("shop-key")
    apps.scan()
    document = PURPOSES["console-viewer-no-secret"].document(least("console-viewer-no-secret"))
    condition = document["Statement"][1]["Condition"]
    allowed = set(condition["ForAllValues:StringEquals"]["dynamodb:Attributes"])
    assert {operation for operation, _ in requests} == READS
    for operation, request in requests:
        part = next(iter(request.get("RequestItems", {"": request}).values()))
        names = part.get("ExpressionAttributeNames", {})
        projected = {names.get(n, n) for n in part["ProjectionExpression"].split(", ")}
        assert projected <= allowed, operation
        if operation in {"Query", "Scan"}:
            assert request["Select"] == condition["StringEquals"]["dynamodb:Select"]


def test_nothing_can_be_written(asked: tuple[DynamoAppRepository, list[Any]]) -> None:
    apps, _ = asked
    with pytest.raises(ReadOnlyConnectionError):
        apps.create(RawItem(attributes={"AppId": {"S": "new"}}))


def test_a_secret_that_was_not_asked_for_is_no_finding(
    asked: tuple[DynamoAppRepository, list[Any]],
) -> None:
    apps, _ = asked
    codes = {finding.code for finding in find_findings(apps.get("shop"))}
    assert not [code for code in codes if code.startswith("secret-")]
    whole = RawItem(attributes=apps.get("shop").attributes)
    assert "secret-missing" in {finding.code for finding in find_findings(whole)}


def test_the_connection_test_reads_in_the_same_way(connection: Connection) -> None:
    probe = Probe(connection)
    probe.find_credentials()
    probe.get_item()
    probe.batch_get_item()
    item = probe.scan()
    assert item is not None
    assert "AppSecret" not in item.attributes
