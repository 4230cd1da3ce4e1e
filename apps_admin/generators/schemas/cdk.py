"""The CDK's constructs as one tree, which TypeScript and Python write in their own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, Union

from apps_admin.domain.table import (
    Encryption,
    RemovalPolicy,
    TableClass,
    TableDesign,
    TableIndex,
    TableKind,
)

Node: TypeAlias = Union[str, int, bool, "Name", "Struct", "Call", Sequence["Node"], "Table"]

LOGICAL_IDS = {TableKind.APPS: "AppsTable", TableKind.LAWCKET: "ConnectionsTable"}
_CLASSES = {TableClass.INFREQUENT_ACCESS: "dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS"}
_REMOVAL = {
    RemovalPolicy.RETAIN: "cdk.RemovalPolicy.RETAIN",
    RemovalPolicy.DELETE: "cdk.RemovalPolicy.DESTROY",
}


@dataclass(frozen=True)
class Name:
    """A constant or a variable."""

    text: str


@dataclass(frozen=True)
class Struct:
    """An object literal in TypeScript, a call of its class in Python. Field names are TypeScript's."""

    type: str
    fields: Mapping[str, Node]


@dataclass(frozen=True)
class Table:
    """A mapping whose keys are texts, not names."""

    entries: Mapping[str, Node]


@dataclass(frozen=True)
class Call:
    """A call; `options` is the trailing object in TypeScript, keyword arguments in Python."""

    name: str
    positional: Sequence[Node] = ()
    options: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What a stack's constructor does."""

    title: str
    region: str
    key: Call | None
    table: Call
    index: Call | None
    tags: Mapping[str, str]


def stack_of(design: TableDesign) -> Stack:
    """A Table, or a TableV2 (a GlobalTable) when there are replicas."""
    key = None
    if design.encryption is Encryption.CUSTOMER:
        key = Call("kms.Key.fromKeyArn", [Name("this"), "TableKey", design.kms_key])
    is_global = bool(design.replicas)
    table = "dynamodb.TableV2" if is_global else "dynamodb.Table"
    options = _global_options(design) if is_global else _options(design)
    index = None
    if design.shape.index and not is_global:
        index = Call("table.addGlobalSecondaryIndex", (), _index(design, design.shape.index))
    return Stack(
        title=f"{LOGICAL_IDS[design.kind]}Stack",
        region=design.region,
        key=key,
        table=Call(table, [Name("this"), LOGICAL_IDS[design.kind]], options),
        index=index,
        tags={} if is_global else design.tags,
    )


def _common(design: TableDesign) -> dict[str, Node]:
    options: dict[str, Node] = {
        "tableName": design.name,
        "partitionKey": _attribute(design.shape.hash_key),
    }
    if design.recovery_days is not None:
        options["pointInTimeRecoverySpecification"] = Struct(
            "dynamodb.PointInTimeRecoverySpecification",
            {
                "pointInTimeRecoveryEnabled": True,
                "recoveryPeriodInDays": design.recovery_days,
            },
        )
    if design.expiry_attribute:
        options["timeToLiveAttribute"] = design.expiry_attribute
    if design.deletion_protection:
        options["deletionProtection"] = True
    if design.table_class in _CLASSES:
        options["tableClass"] = Name(_CLASSES[design.table_class])
    options["removalPolicy"] = Name(_REMOVAL[design.removal])
    return options


def _options(design: TableDesign) -> dict[str, Node]:
    options = _common(design)
    options["billingMode"] = Name(f"dynamodb.BillingMode.{design.billing_mode}")
    options |= _units(design)
    if design.encryption is Encryption.MANAGED:
        options["encryption"] = Name("dynamodb.TableEncryption.AWS_MANAGED")
    if design.encryption is Encryption.CUSTOMER:
        options["encryption"] = Name("dynamodb.TableEncryption.CUSTOMER_MANAGED")
        options["encryptionKey"] = Name("key")
    if design.stream:
        options["stream"] = Name(f"dynamodb.StreamViewType.{design.stream}")
    return options


def _global_options(design: TableDesign) -> dict[str, Node]:
    options = _common(design)
    options["billing"] = Call("dynamodb.Billing.onDemand", (), _units(design))
    if design.shape.index:
        index = _index(design, design.shape.index)
        del index["projectionType"]  # ALL is the default, and the only one TableV2 takes by name
        options["globalSecondaryIndexes"] = [Struct("dynamodb.GlobalSecondaryIndexPropsV2", index)]
    if design.encryption is Encryption.MANAGED:
        options["encryption"] = Call("dynamodb.TableEncryptionV2.awsManagedKey")
    if design.encryption is Encryption.CUSTOMER:
        keys: dict[str, Node] = {region: design.kms_key_in(region) for region in design.replicas}
        options["encryption"] = Call(
            "dynamodb.TableEncryptionV2.customerManagedKey", [Name("key"), Table(keys)]
        )
    tags = [Struct("cdk.CfnTag", {"key": key, "value": text}) for key, text in design.tags.items()]
    if tags:
        options["tags"] = tags
    options["dynamoStream"] = Name(f"dynamodb.StreamViewType.{design.stream}")
    options["replicas"] = [
        Struct("dynamodb.ReplicaTableProps", {"region": region} | ({"tags": tags} if tags else {}))
        for region in design.replicas
    ]
    return options


def _index(design: TableDesign, index: TableIndex) -> dict[str, Node]:
    return {
        "indexName": index.name,
        "partitionKey": _attribute(index.hash_key),
        "projectionType": Name("dynamodb.ProjectionType.ALL"),
        **_units(design),
    }


def _attribute(name: str) -> Struct:
    return Struct(
        "dynamodb.Attribute", {"name": name, "type": Name("dynamodb.AttributeType.STRING")}
    )


def _units(design: TableDesign) -> dict[str, Node]:
    units = {
        "readCapacity": design.read_capacity,
        "writeCapacity": design.write_capacity,
        "maxReadRequestUnits": design.max_reads,
        "maxWriteRequestUnits": design.max_writes,
    }
    return {name: number for name, number in units.items() if number is not None}
