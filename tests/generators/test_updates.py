"""Update steps: run as a script against a plain table, they make it the desired one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from apps_admin.aws.tables import DynamoTables
from apps_admin.domain.connection import Connection
from apps_admin.domain.table import (
    BillingMode,
    StreamView,
    TableClass,
    TableDesign,
    TableKind,
)
from apps_admin.domain.table_calls import creation_calls, creation_parameters
from apps_admin.domain.table_comparison import LiveTable, compare_table
from apps_admin.domain.table_reading import account_of, design_of
from apps_admin.domain.table_updates import TableUpdate, plan_update
from apps_admin.generators.schemas import FORMATS
from tests.generators.designs import DESIGNS
from tests.generators.live import Endpoint, moto_endpoint
from tests.generators.node_tools import run


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with moto_endpoint() as running:
        yield running


def tables(endpoint: Endpoint, region: str = "us-east-1") -> DynamoTables:
    client = boto3.session.Session().client(
        "dynamodb",
        endpoint_url=endpoint.url,
        region_name=region,
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )
    return DynamoTables(client, Connection(slug="tests", endpoint=endpoint.url))


def found(endpoint: Endpoint, design: TableDesign) -> LiveTable:
    live = tables(endpoint, design.region).find(design.name)
    assert live
    return live


def plan(endpoint: Endpoint, design: TableDesign) -> TableUpdate:
    live = found(endpoint, design)
    return plan_update(design, live, compare_table(design, live))


@pytest.mark.parametrize(
    "name",
    ["provisioned", "recovery", "protected", "stream", "hostile-one"],
)
def test_the_steps_make_a_plain_table_the_desired_one(
    name: str, endpoint: Endpoint, tmp_path: Any
) -> None:
    design = DESIGNS[name]
    plain = TableDesign(name=design.name, region=design.region, tags={"old": "x"})
    dynamodb = tables(endpoint, design.region)
    dynamodb._client.create_table(**creation_parameters(plain))
    write_calls = FORMATS["boto3"].write_calls
    assert write_calls
    (tmp_path / "update.py").write_text(
        write_calls(design, plan(endpoint, design).calls), encoding="utf-8"
    )
    done = run([sys.executable, "update.py"], cwd=tmp_path, env=endpoint.env())
    assert done.returncode == 0, done.stderr
    assert endpoint.differences(design) == {}


def test_a_table_as_wanted_needs_no_step(endpoint: Endpoint) -> None:
    design = TableDesign(name="steady", tags={"a": "b"})
    tables(endpoint)._client.create_table(**creation_parameters(design))
    assert plan(endpoint, design) == TableUpdate(calls=(), by_hand=())


def test_another_expiry_attribute_is_switched_off_first(endpoint: Endpoint) -> None:
    design = TableDesign(name="expiring", expiry_attribute="new")
    dynamodb = tables(endpoint)
    dynamodb._client.create_table(**creation_parameters(design))
    dynamodb._client.update_time_to_live(
        TableName="expiring",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "old"},
    )
    update = plan(endpoint, design)
    switches = [c.parameters["TimeToLiveSpecification"] for c in update.calls]
    assert [(s["Enabled"], s["AttributeName"]) for s in switches] == [(False, "old"), (True, "new")]
    assert "an hour" in update.by_hand[0]


def described(**changes: Any) -> LiveTable:
    parameters = creation_parameters(TableDesign())
    indexes = [{**i, "IndexStatus": "ACTIVE"} for i in parameters["GlobalSecondaryIndexes"]]
    description = {
        **parameters,
        "TableStatus": "ACTIVE",
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "GlobalSecondaryIndexes": indexes,
    }
    return LiveTable(description=description | changes)


def test_a_wrong_index_is_told_in_words_and_never_deleted_by_a_call() -> None:
    (index,) = described().description["GlobalSecondaryIndexes"]
    live = described(
        GlobalSecondaryIndexes=[{**index, "Projection": {"ProjectionType": "KEYS_ONLY"}}]
    )
    update = plan_update(TableDesign(), live, compare_table(TableDesign(), live))
    assert update.calls == ()
    assert "Delete AppKeyIndex and add it again" in update.by_hand[0]


def test_a_replica_too_many_is_told_in_words() -> None:
    live = described(Replicas=[{"RegionName": "eu-west-1"}])
    update = plan_update(TableDesign(), live, compare_table(TableDesign(), live))
    assert update.calls == ()
    assert "eu-west-1" in update.by_hand[0]


def test_a_missing_index_and_a_ceiling_are_calls() -> None:
    design = TableDesign(max_reads=5)
    live = described(GlobalSecondaryIndexes=[])
    calls = plan_update(design, live, compare_table(design, live)).calls
    assert [list(call.parameters) for call in calls] == [
        ["TableName", "AttributeDefinitions", "GlobalSecondaryIndexUpdates"],
        ["TableName", "BillingMode", "OnDemandThroughput"],
    ]
    assert calls[1].parameters["OnDemandThroughput"]["MaxWriteRequestUnits"] == -1


@pytest.mark.parametrize(
    "name", ["plain", "lawcket", "provisioned", "recovery", "stream", "hostile-two"]
)
def test_a_live_table_is_read_back_as_its_design(name: str, endpoint: Endpoint) -> None:
    design = DESIGNS[name]
    tables_here = tables(endpoint, design.region)
    for call in creation_calls(design):
        tables_here.call(call)
    live = found(endpoint, design)
    assert design_of(live, design.kind, design.region) == design
    assert account_of(live) == "123456789012"


def test_what_moto_does_not_tell_is_read_as_well() -> None:
    live = described(
        OnDemandThroughput={"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": -1},
        TableClassSummary={"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        Replicas=[{"RegionName": "eu-west-1"}],
        DeletionProtectionEnabled=True,
    )
    assert design_of(live, TableKind.APPS, "us-east-1") == TableDesign(
        max_reads=7,
        table_class=TableClass.INFREQUENT_ACCESS,
        stream=StreamView.NEW_AND_OLD_IMAGES,
        replicas=("eu-west-1",),
        deletion_protection=True,
    )


def test_an_emulators_arn_names_no_account() -> None:
    live = described(TableArn="arn:aws:dynamodb:dynoxide:000000000000:table/apps")
    assert account_of(live) == ""


@pytest.mark.parametrize(
    ("design", "specification"),
    [
        (DESIGNS["managed-key"], {"Enabled": True, "SSEType": "KMS"}),
        (
            DESIGNS["own-key"],
            {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": DESIGNS["own-key"].kms_key},
        ),
    ],
)
def test_another_key_is_a_call(design: TableDesign, specification: dict[str, Any]) -> None:
    """moto takes UpdateTable's SSESpecification and forgets it, so this one is not run."""
    live = described(TableName=design.name)
    (call,) = plan_update(design, live, compare_table(design, live)).calls
    assert call.parameters == {"TableName": design.name, "SSESpecification": specification}


def test_going_back_to_on_demand_says_how_often_that_may_be() -> None:
    live = described(
        BillingModeSummary={"BillingMode": "PROVISIONED"},
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    update = plan_update(TableDesign(), live, compare_table(TableDesign(), live))
    assert update.calls[0].parameters["BillingMode"] == BillingMode.ON_DEMAND
    assert "four times" in update.by_hand[0]
