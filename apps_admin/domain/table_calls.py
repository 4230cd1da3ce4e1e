"""The DynamoDB calls that build the desired table: the parameters boto3, the SDKs and the AWS CLI take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps_admin.domain.table import BillingMode, Encryption, TableClass, TableDesign, TableIndex


@dataclass(frozen=True, kw_only=True)
class TableCall:
    """One call of the DynamoDB API. `awaits_table` says the table must be ACTIVE before it."""

    operation: str
    parameters: Mapping[str, Any]
    awaits_table: bool = True


def creation_calls(design: TableDesign) -> tuple[TableCall, ...]:
    """Every call that makes the table, in order. The first is CreateTable."""
    calls = [
        TableCall(
            operation="CreateTable", parameters=creation_parameters(design), awaits_table=False
        )
    ]
    if design.expiry_attribute:
        calls.append(expiry_call(design))
    if design.recovery_days is not None:
        calls.append(recovery_call(design))
    calls += [replica_call(design, region) for region in design.replicas]
    return tuple(calls)


def creation_parameters(design: TableDesign) -> dict[str, Any]:
    """The parameters of CreateTable."""
    shape = design.shape
    parameters: dict[str, Any] = {
        "TableName": design.name,
        "AttributeDefinitions": attribute_definitions(design),
        "KeySchema": key_schema(shape.hash_key),
        "BillingMode": str(design.billing_mode),
        **throughput(design),
    }
    if shape.index:
        parameters["GlobalSecondaryIndexes"] = [index_definition(design, shape.index)]
    if encryption := encryption_specification(design):
        parameters["SSESpecification"] = encryption
    if design.stream:
        parameters["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": str(design.stream),
        }
    if design.table_class is not TableClass.STANDARD:
        parameters["TableClass"] = str(design.table_class)
    if design.deletion_protection:
        parameters["DeletionProtectionEnabled"] = True
    if design.tags:
        parameters["Tags"] = [{"Key": key, "Value": value} for key, value in design.tags.items()]
    return parameters


def attribute_definitions(design: TableDesign) -> list[dict[str, str]]:
    """Exactly the key attributes, each of type S."""
    return [{"AttributeName": name, "AttributeType": "S"} for name in design.shape.key_attributes]


def key_schema(hash_key: str) -> list[dict[str, str]]:
    """A key of one attribute."""
    return [{"AttributeName": hash_key, "KeyType": "HASH"}]


def throughput(design: TableDesign) -> dict[str, Any]:
    """The throughput of the table; the index takes the same."""
    if design.billing_mode is BillingMode.PROVISIONED:
        return {
            "ProvisionedThroughput": {
                "ReadCapacityUnits": design.read_capacity,
                "WriteCapacityUnits": design.write_capacity,
            }
        }
    maximum = {
        name: units
        for name, units in (
            ("MaxReadRequestUnits", design.max_reads),
            ("MaxWriteRequestUnits", design.max_writes),
        )
        if units is not None
    }
    return {"OnDemandThroughput": maximum} if maximum else {}


def index_definition(design: TableDesign, index: TableIndex) -> dict[str, Any]:
    """The index, with every attribute projected: soketi sees only what the index holds."""
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.hash_key),
        "Projection": {"ProjectionType": "ALL"},
        **throughput(design),
    }


def encryption_specification(design: TableDesign) -> dict[str, Any]:
    """SSESpecification; empty for the key that DynamoDB itself owns (the default)."""
    if design.encryption is Encryption.OWNED:
        return {}
    specification: dict[str, Any] = {"Enabled": True, "SSEType": "KMS"}
    if design.encryption is Encryption.CUSTOMER:
        specification["KMSMasterKeyId"] = design.kms_key
    return specification


def index_call(design: TableDesign, index: TableIndex) -> TableCall:
    """Add the missing index to a table that exists."""
    return TableCall(
        operation="UpdateTable",
        parameters={
            "TableName": design.name,
            "AttributeDefinitions": attribute_definitions(design),
            "GlobalSecondaryIndexUpdates": [{"Create": index_definition(design, index)}],
        },
    )


def expiry_call(design: TableDesign) -> TableCall:
    """Switch time to live on."""
    return TableCall(
        operation="UpdateTimeToLive",
        parameters={
            "TableName": design.name,
            "TimeToLiveSpecification": {
                "Enabled": True,
                "AttributeName": design.expiry_attribute,
            },
        },
    )


def recovery_call(design: TableDesign) -> TableCall:
    """Switch point-in-time recovery on (with its window) or off."""
    specification: dict[str, Any] = {"PointInTimeRecoveryEnabled": design.recovery_days is not None}
    if design.recovery_days is not None:
        specification["RecoveryPeriodInDays"] = design.recovery_days
    return TableCall(
        operation="UpdateContinuousBackups",
        parameters={
            "TableName": design.name,
            "PointInTimeRecoverySpecification": specification,
        },
    )


def replica_call(design: TableDesign, region: str) -> TableCall:
    """Add the table to one more region. DynamoDB takes one replica a call."""
    replica: dict[str, Any] = {"RegionName": region}
    if design.encryption is Encryption.CUSTOMER:
        replica["KMSMasterKeyId"] = design.kms_key_in(region)
    return TableCall(
        operation="UpdateTable",
        parameters={"TableName": design.name, "ReplicaUpdates": [{"Create": replica}]},
    )
