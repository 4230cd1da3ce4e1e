"""Connections and tables for tests."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from apps_admin.aws.session import make_client
from apps_admin.domain.connection import Connection, CredentialMode, Credentials

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.literals import ProjectionTypeType

TEST_KEYS = Credentials(
    mode=CredentialMode.STATIC, access_key_id="AKIATESTS", secret_access_key="tests"
)


def connection_to(endpoint: str, table: str = "apps", **changes: Any) -> Connection:
    """A connection with static keys to a loopback endpoint."""
    given: dict[str, Any] = {"slug": "tests", "credentials": TEST_KEYS, **changes}
    return Connection(table=table, endpoint=endpoint, **given)


def client_to(endpoint: str) -> DynamoDBClient:
    """A bare client, to arrange and to see what the table holds."""
    return make_client(connection_to(endpoint))


def make_apps_table(client: DynamoDBClient, *, projection: ProjectionTypeType = "ALL") -> str:
    """A fresh table as soketi needs it; its name."""
    table = f"apps-{secrets.token_hex(4)}"
    client.create_table(
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": "AppId", "AttributeType": "S"},
            {"AttributeName": "AppKey", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "AppId", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "AppKeyIndex",
                "KeySchema": [{"AttributeName": "AppKey", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": projection},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(
        TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    return table
