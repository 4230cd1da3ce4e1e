from __future__ import annotations

from typing import Any

import pytest

from apps_admin.domain.table import (
    BillingMode,
    Encryption,
    StreamView,
    TableClass,
    TableDesign,
)
from apps_admin.domain.table_calls import creation_parameters
from apps_admin.domain.table_comparison import Aspect, LiveTable, Remedy, compare_table


def described(design: TableDesign, **changes: Any) -> dict[str, Any]:
    """What DescribeTable answers for a table made from this design."""
    parameters = creation_parameters(design)
    description: dict[str, Any] = {
        "TableName": parameters["TableName"],
        "TableStatus": "ACTIVE",
        "AttributeDefinitions": parameters["AttributeDefinitions"],
        "KeySchema": parameters["KeySchema"],
        "BillingModeSummary": {"BillingMode": parameters["BillingMode"]},
        "DeletionProtectionEnabled": design.deletion_protection,
        "GlobalSecondaryIndexes": [
            {**index, "IndexStatus": "ACTIVE"}
            for index in parameters.get("GlobalSecondaryIndexes", [])
        ],
    }
    for name in ("ProvisionedThroughput", "OnDemandThroughput", "StreamSpecification"):
        if name in parameters:
            description[name] = parameters[name]
    if "TableClass" in parameters:
        description["TableClassSummary"] = {"TableClass": parameters["TableClass"]}
    return description | changes


def differences(design: TableDesign, **changes: Any) -> dict[Aspect, tuple[str, str]]:
    live = LiveTable(description=described(TableDesign(), **changes))
    return {d.aspect: (d.wanted, d.found) for d in compare_table(design, live)}


@pytest.mark.parametrize(
    "design",
    [
        TableDesign(),
        TableDesign(billing_mode=BillingMode.PROVISIONED, read_capacity=5, write_capacity=6),
        TableDesign(max_reads=100, max_writes=200),
        TableDesign(
            deletion_protection=True,
            stream=StreamView.KEYS_ONLY,
            table_class=TableClass.INFREQUENT_ACCESS,
        ),
    ],
)
def test_a_table_made_from_the_design_does_not_differ(design: TableDesign) -> None:
    assert compare_table(design, LiveTable(description=described(design))) == ()


def test_a_missing_index_can_be_added_and_says_what_it_breaks() -> None:
    live = LiveTable(description=described(TableDesign(), GlobalSecondaryIndexes=[]))
    (difference,) = compare_table(TableDesign(), live)
    assert difference.aspect is Aspect.INDEX
    assert difference.remedy is Remedy.ADD_INDEX
    assert "4001" in difference.message


def test_a_wrong_projection_needs_the_index_rebuilt() -> None:
    (index,) = described(TableDesign())["GlobalSecondaryIndexes"]
    index["Projection"] = {"ProjectionType": "KEYS_ONLY"}
    live = LiveTable(description=described(TableDesign(), GlobalSecondaryIndexes=[index]))
    (difference,) = compare_table(TableDesign(), live)
    assert (difference.wanted, difference.found) == ("ALL", "KEYS_ONLY")
    assert difference.remedy is Remedy.REBUILD_INDEX


def test_keys_of_another_kind_need_a_new_table() -> None:
    found = differences(
        TableDesign(),
        KeySchema=[
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "AppKey", "AttributeType": "N"},
        ],
    )
    assert found[Aspect.KEY_SCHEMA] == ("AppId (S, HASH)", "id (S, HASH), at (N, RANGE)")
    assert found[Aspect.INDEX_KEY_SCHEMA] == ("AppKey (S, HASH)", "AppKey (N, HASH)")


def test_a_table_in_the_making_is_only_waited_for() -> None:
    live = LiveTable(description=described(TableDesign(), TableStatus="CREATING"))
    (difference,) = compare_table(TableDesign(), live)
    assert difference.remedy is Remedy.WAIT
    assert not live.is_settled


def test_every_option_that_differs_is_named_with_both_values() -> None:
    design = TableDesign(
        billing_mode=BillingMode.PROVISIONED,
        read_capacity=5,
        write_capacity=5,
        deletion_protection=True,
        encryption=Encryption.MANAGED,
        stream=StreamView.KEYS_ONLY,
        table_class=TableClass.INFREQUENT_ACCESS,
    )
    assert differences(design) == {
        Aspect.BILLING: ("PROVISIONED", "PAY_PER_REQUEST"),
        Aspect.CAPACITY: ("5 read, 5 write", "0 read, 0 write"),
        Aspect.INDEX_CAPACITY: ("5 read, 5 write", "0 read, 0 write"),
        Aspect.DELETION_PROTECTION: ("on", "off"),
        Aspect.ENCRYPTION: ("managed", "owned"),
        Aspect.TABLE_CLASS: ("STANDARD_INFREQUENT_ACCESS", "STANDARD"),
        Aspect.STREAM: ("KEYS_ONLY", "off"),
    }


def test_a_table_that_was_always_provisioned_has_no_billing_summary() -> None:
    design = TableDesign(billing_mode=BillingMode.PROVISIONED, read_capacity=1, write_capacity=1)
    description = described(design)
    del description["BillingModeSummary"]
    assert compare_table(design, LiveTable(description=description)) == ()


def test_expiry_recovery_and_tags_are_compared_only_when_they_could_be_read() -> None:
    design = TableDesign(expiry_attribute="expiresAt", recovery_days=7, tags={"team": "a"})
    live = LiveTable(description=described(design))
    assert compare_table(design, live) == ()
    assert set(live.unread) == {Aspect.EXPIRY, Aspect.RECOVERY, Aspect.TAGS}


def test_expiry_recovery_and_tags_that_differ_are_told() -> None:
    design = TableDesign(expiry_attribute="expiresAt", recovery_days=7, tags={"team": "a"})
    live = LiveTable(
        description=described(design),
        expiry={"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"},
        recovery={"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35},
        tags={"team": "b"},
    )
    found = {d.aspect: (d.wanted, d.found) for d in compare_table(design, live)}
    assert found == {
        Aspect.EXPIRY: ("expiresAt", "ttl"),
        Aspect.RECOVERY: ("7 days", "35 days"),
        Aspect.TAGS: ("team=a", "team=b"),
    }


def test_replicas_are_compared_without_the_home_region() -> None:
    design = TableDesign(replicas=("eu-west-1",), stream=StreamView.NEW_AND_OLD_IMAGES)
    replicas = [{"RegionName": "us-east-1"}, {"RegionName": "eu-west-1"}]
    live = LiveTable(description=described(design, Replicas=replicas))
    assert compare_table(design, live) == ()


def test_an_own_key_is_compared_by_its_arn() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    design = TableDesign(encryption=Encryption.CUSTOMER, kms_key=key)
    other = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key.replace("1111", "9999")}
    live = LiveTable(description=described(design, SSEDescription=other))
    (difference,) = compare_table(design, live)
    assert difference.aspect is Aspect.ENCRYPTION
