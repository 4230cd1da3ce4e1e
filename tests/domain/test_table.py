from __future__ import annotations

from typing import Any

import pytest

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table import (
    BillingMode,
    Encryption,
    RemovalPolicy,
    StreamView,
    TableDesign,
    TableKind,
    check_regions,
)
from apps_admin.domain.table_calls import creation_calls, creation_parameters

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
MULTI_REGION_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef"
REPLICATED: dict[str, Any] = {
    "replicas": ("eu-west-1",),
    "stream": StreamView.NEW_AND_OLD_IMAGES,
}


def refused_fields(**fields: Any) -> set[str]:
    with pytest.raises(ValidationError) as refusal:
        TableDesign(**fields)
    return set(refusal.value.errors)


@pytest.mark.parametrize("name", ["ab", "a" * 256, "a!b", "tïger", "a b", "apps\n", "a/b", "${x}"])
def test_it_refuses_names_dynamodb_refuses(name: str) -> None:
    assert refused_fields(name=name) == {"name"}


@pytest.mark.parametrize("name", ["abc", "a" * 255, "A-b_c.9", "..."])
def test_it_takes_every_name_dynamodb_takes(name: str) -> None:
    assert TableDesign(name=name).name == name


@pytest.mark.parametrize(
    ("kind", "name"), [(TableKind.APPS, "apps"), (TableKind.LAWCKET, "connections")]
)
def test_a_table_without_a_name_has_the_usual_one(kind: TableKind, name: str) -> None:
    assert TableDesign(kind=kind).name == name


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"billing_mode": BillingMode.PROVISIONED}, {"read_capacity", "write_capacity"}),
        ({"billing_mode": BillingMode.PROVISIONED, "read_capacity": 5}, {"write_capacity"}),
        ({"read_capacity": 5, "write_capacity": 5}, {"read_capacity", "write_capacity"}),
        ({"max_reads": 0}, {"max_reads"}),
        (
            {
                "billing_mode": BillingMode.PROVISIONED,
                "read_capacity": 1,
                "write_capacity": 1,
                "max_writes": 5,
            },
            {"max_writes"},
        ),
        ({"recovery_days": 0}, {"recovery_days"}),
        ({"recovery_days": 36}, {"recovery_days"}),
        ({"expiry_attribute": "AppKey"}, {"expiry_attribute"}),
        ({"expiry_attribute": "é" * 128}, {"expiry_attribute"}),
        ({"encryption": Encryption.CUSTOMER}, {"kms_key"}),
        ({"encryption": Encryption.CUSTOMER, "kms_key": "alias/x"}, {"kms_key"}),
        ({"encryption": Encryption.MANAGED, "kms_key": KEY}, {"kms_key"}),
        ({"encryption": Encryption.CUSTOMER, "kms_key": KEY, "region": "eu-west-1"}, {"kms_key"}),
        ({"encryption": Encryption.CUSTOMER, "kms_key": KEY, **REPLICATED}, {"kms_key"}),
        ({"replicas": ("eu-west-1",)}, {"stream"}),
        ({"replicas": ("eu-west-1",), "stream": StreamView.KEYS_ONLY}, {"stream"}),
        ({**REPLICATED, "replicas": ("us-east-1",)}, {"replicas"}),
        ({**REPLICATED, "replicas": ("eu-west-1", "eu-west-1")}, {"replicas"}),
        (
            {
                **REPLICATED,
                "billing_mode": BillingMode.PROVISIONED,
                "read_capacity": 1,
                "write_capacity": 1,
            },
            {"billing_mode"},
        ),
        ({"tags": {f"key{number}": "" for number in range(51)}}, {"tags"}),
        ({"tags": {"": "x"}}, {"tags"}),
        ({"tags": {"k" * 129: "x"}}, {"tags"}),
        ({"tags": {"k": "v" * 257}}, {"tags"}),
        ({"tags": {"aws:owner": "x"}}, {"tags"}),
        ({"tags": {"k": "nul\x00"}}, {"tags"}),
        ({"tags": {"k": "\ud800"}}, {"tags"}),
        ({"region": "US EAST"}, {"region"}),
    ],
)
def test_it_refuses_what_cannot_be_and_names_the_fields(
    fields: dict[str, Any], refused: set[str]
) -> None:
    assert refused_fields(**fields) == refused


def test_a_refusal_says_which_two_options_disagree() -> None:
    with pytest.raises(ValidationError, match=r"replicas and stream \(none\) disagree"):
        TableDesign(replicas=("eu-west-1",))


def test_every_fault_is_told_at_once() -> None:
    assert refused_fields(name="!", recovery_days=99, read_capacity=1) == {
        "name",
        "recovery_days",
        "read_capacity",
    }


def test_a_region_aws_does_not_have_is_refused_when_checked() -> None:
    design = TableDesign(region="us-east-9")
    with pytest.raises(ValidationError, match="no region called 'us-east-9'"):
        check_regions(design)


def test_replicas_stay_in_one_partition() -> None:
    design = TableDesign(replicas=("cn-north-1",), stream=StreamView.NEW_AND_OLD_IMAGES)
    with pytest.raises(ValidationError, match="separate partitions"):
        check_regions(design)


def test_a_multi_region_key_has_an_arn_in_each_region() -> None:
    design = TableDesign(encryption=Encryption.CUSTOMER, kms_key=MULTI_REGION_KEY, **REPLICATED)
    assert design.kms_key_in("eu-west-1") == MULTI_REGION_KEY.replace("us-east-1", "eu-west-1")


def test_expiry_on_the_apps_table_is_warned_about() -> None:
    assert "soketi serves an expired app" in TableDesign(expiry_attribute="expiresAt").warnings()[0]


def test_expiry_on_the_connections_table_is_not() -> None:
    assert not TableDesign(kind=TableKind.LAWCKET, expiry_attribute="expiresAt").warnings()


def test_a_protected_table_that_is_deleted_with_its_definition_is_warned_about() -> None:
    design = TableDesign(deletion_protection=True, removal=RemovalPolicy.DELETE)
    assert "two directions" in design.warnings()[0]


def test_a_tag_that_dynamodb_will_refuse_is_warned_about() -> None:
    assert "`rm -rf`" in TableDesign(tags={"note": "x", "`rm -rf`": "y"}).warnings()[0]


@pytest.mark.parametrize("kind", list(TableKind))
def test_the_definitions_are_exactly_the_keys(kind: TableKind) -> None:
    parameters = creation_parameters(TableDesign(kind=kind))
    used = [key["AttributeName"] for key in parameters["KeySchema"]]
    for index in parameters.get("GlobalSecondaryIndexes", []):
        used += [key["AttributeName"] for key in index["KeySchema"]]
    assert [d["AttributeName"] for d in parameters["AttributeDefinitions"]] == used


def test_the_index_projects_everything_and_gets_the_capacity_of_the_table() -> None:
    design = TableDesign(billing_mode=BillingMode.PROVISIONED, read_capacity=7, write_capacity=3)
    (index,) = creation_parameters(design)["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert index["ProvisionedThroughput"] == {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}


def test_what_create_table_cannot_say_follows_in_calls_of_its_own() -> None:
    design = TableDesign(expiry_attribute="expiresAt", recovery_days=7, **REPLICATED)
    assert [call.operation for call in creation_calls(design)] == [
        "CreateTable",
        "UpdateTimeToLive",
        "UpdateContinuousBackups",
        "UpdateTable",
    ]
