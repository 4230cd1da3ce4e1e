"""CloudFormation templates: a Table, or a GlobalTable as soon as there are replicas; YAML and JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps_admin.domain.table import (
    Encryption,
    RemovalPolicy,
    TableClass,
    TableDesign,
    TableKind,
)
from apps_admin.domain.table_calls import attribute_definitions, key_schema, throughput
from apps_admin.generators.quoting import json_text, shell_text, yaml_document
from apps_admin.generators.schemas.format import Format

LOGICAL_IDS = {TableKind.APPS: "AppsTable", TableKind.LAWCKET: "ConnectionsTable"}
PURPOSES = {
    TableKind.APPS: "The table soketi reads its apps from",
    TableKind.LAWCKET: "The table @lawcket/dynamo keeps WebSocket connections in",
}
POLICIES = {RemovalPolicy.RETAIN: "Retain", RemovalPolicy.DELETE: "Delete"}
# What keeps a capacity exact: scaling between a number and itself.
_UTILIZATION = 70


def template(design: TableDesign, *, is_global: bool = False) -> dict[str, Any]:
    """The template as a mapping."""
    place = " and ".join(design.regions)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{PURPOSES[design.kind]}, in {place}.",
        "Resources": resources(design, is_global=is_global),
    }


def resources(design: TableDesign, *, is_global: bool = False) -> dict[str, Any]:
    """The table's resource under its logical id."""
    is_global = is_global or bool(design.replicas)
    resource = {
        "Type": _resource_type(is_global=is_global),
        "DeletionPolicy": POLICIES[design.removal],
        "UpdateReplacePolicy": POLICIES[design.removal],
        "Properties": _global_table(design) if is_global else _table(design),
    }
    return {LOGICAL_IDS[design.kind]: resource}


def _resource_type(*, is_global: bool) -> str:
    return "AWS::DynamoDB::GlobalTable" if is_global else "AWS::DynamoDB::Table"


def _table(design: TableDesign) -> dict[str, Any]:
    properties = _common(design) | throughput(design)
    if design.shape.index:
        properties["GlobalSecondaryIndexes"] = [_index(design) | throughput(design)]
    if design.recovery_days is not None:
        properties["PointInTimeRecoverySpecification"] = _recovery(design)
    if design.deletion_protection:
        properties["DeletionProtectionEnabled"] = True
    if design.encryption is Encryption.CUSTOMER:
        properties["SSESpecification"]["KMSMasterKeyId"] = design.kms_key
    if design.table_class is not TableClass.STANDARD:
        properties["TableClass"] = str(design.table_class)
    if design.tags:
        properties["Tags"] = _tags(design)
    return properties


def _global_table(design: TableDesign) -> dict[str, Any]:
    properties = _common(design) | _write_settings(design)
    if design.shape.index:
        properties["GlobalSecondaryIndexes"] = [_index(design) | _write_settings(design)]
    properties["Replicas"] = [_replica(design, region) for region in design.regions]
    return properties


def _replica(design: TableDesign, region: str) -> dict[str, Any]:
    replica: dict[str, Any] = {"Region": region, **_read_settings(design)}
    if design.shape.index and _read_settings(design):
        replica["GlobalSecondaryIndexes"] = [
            {"IndexName": design.shape.index.name, **_read_settings(design)}
        ]
    if design.recovery_days is not None:
        replica["PointInTimeRecoverySpecification"] = _recovery(design)
    if design.deletion_protection:
        replica["DeletionProtectionEnabled"] = True
    if design.encryption is Encryption.CUSTOMER:
        replica["SSESpecification"] = {"KMSMasterKeyId": design.kms_key_in(region)}
    if design.table_class is not TableClass.STANDARD:
        replica["TableClass"] = str(design.table_class)
    if design.tags:
        replica["Tags"] = _tags(design)
    return replica


def _common(design: TableDesign) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "TableName": design.name,
        "AttributeDefinitions": attribute_definitions(design),
        "KeySchema": key_schema(design.shape.hash_key),
        "BillingMode": str(design.billing_mode),
    }
    if design.expiry_attribute:
        properties["TimeToLiveSpecification"] = {
            "AttributeName": design.expiry_attribute,
            "Enabled": True,
        }
    if design.encryption is not Encryption.OWNED:
        properties["SSESpecification"] = {"SSEEnabled": True, "SSEType": "KMS"}
    if design.stream:
        properties["StreamSpecification"] = {"StreamViewType": str(design.stream)}
    return properties


def _index(design: TableDesign) -> dict[str, Any]:
    index = design.shape.index
    if index is None:
        return {}
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.hash_key),
        "Projection": {"ProjectionType": "ALL"},
    }


def _write_settings(design: TableDesign) -> dict[str, Any]:
    if design.is_provisioned:
        return {
            "WriteProvisionedThroughputSettings": {
                "WriteCapacityAutoScalingSettings": {
                    "MinCapacity": design.write_capacity,
                    "MaxCapacity": design.write_capacity,
                    "TargetTrackingScalingPolicyConfiguration": {"TargetValue": _UTILIZATION},
                }
            }
        }
    if design.max_writes is None:
        return {}
    return {"WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": design.max_writes}}


def _read_settings(design: TableDesign) -> dict[str, Any]:
    if design.is_provisioned:
        return {"ReadProvisionedThroughputSettings": {"ReadCapacityUnits": design.read_capacity}}
    if design.max_reads is None:
        return {}
    return {"ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": design.max_reads}}


def _recovery(design: TableDesign) -> dict[str, Any]:
    return {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": design.recovery_days,
    }


def _tags(design: TableDesign) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in design.tags.items()]


def import_commands(design: TableDesign, filename: str, *, is_global: bool = False) -> str:
    """The AWS CLI commands that take an existing table over into a new stack."""
    resource = [
        {
            "ResourceType": _resource_type(is_global=is_global or bool(design.replicas)),
            "LogicalResourceId": LOGICAL_IDS[design.kind],
            "ResourceIdentifier": {"TableName": design.name},
        }
    ]
    stack = f"table-{design.name.replace('.', '-').replace('_', '-')}"[:128]
    place = f"--region {shell_text(design.region)} --stack-name {stack}"
    return "\n".join(
        [
            f"aws cloudformation create-change-set {place} \\",
            "    --change-set-name import-table --change-set-type IMPORT \\",
            f"    --template-body {shell_text('file://' + filename)} \\",
            f"    --resources-to-import {shell_text(json_text(resource, indent=None))}",
            f"aws cloudformation wait change-set-create-complete {place} --change-set-name import-table",
            f"aws cloudformation execute-change-set {place} --change-set-name import-table",
            f"aws cloudformation wait stack-import-complete {place}",
            "",
        ]
    )


def _as_yaml(design: TableDesign) -> str:
    return yaml_document(template(design))


def _as_json(design: TableDesign) -> str:
    return json_text(template(design)) + "\n"


def _global_as_yaml(design: TableDesign) -> str:
    return yaml_document(template(design, is_global=True))


def _global_as_json(design: TableDesign) -> str:
    return json_text(template(design, is_global=True)) + "\n"


def _import(pattern: str, *, is_global: bool = False) -> Callable[[TableDesign], str]:
    return lambda design: import_commands(
        design, pattern.replace("TABLE", design.name), is_global=is_global
    )


DYNAMIC_REFERENCES = (
    "CloudFormation replaces {{resolve:...}} wherever it stands in a template; "
    "it cannot be written literally."
)
_NOTE = (
    "With replicas the resource is an AWS::DynamoDB::GlobalTable; changing a Table into a GlobalTable later replaces "
    f"it, so choose the GlobalTable format when replicas may come. {DYNAMIC_REFERENCES}"
)
_GLOBAL_NOTE = f"Deploy the stack in the first region. {DYNAMIC_REFERENCES}"

YAML_FORMAT = Format(
    name="cloudformation",
    label="CloudFormation (YAML)",
    filename="TABLE.yaml",
    lexer="yaml",
    write=_as_yaml,
    note=_NOTE,
    write_import=_import("TABLE.yaml"),
    import_filename="import-TABLE.sh",
)
JSON_FORMAT = Format(
    name="cloudformation-json",
    label="CloudFormation (JSON)",
    filename="TABLE.template.json",
    lexer="json",
    write=_as_json,
    note=_NOTE,
    write_import=_import("TABLE.template.json"),
    import_filename="import-TABLE.sh",
)
GLOBAL_YAML_FORMAT = Format(
    name="cloudformation-global",
    label="CloudFormation GlobalTable (YAML)",
    filename="TABLE-global.yaml",
    lexer="yaml",
    write=_global_as_yaml,
    note=_GLOBAL_NOTE,
    write_import=_import("TABLE-global.yaml", is_global=True),
    import_filename="import-TABLE.sh",
)
GLOBAL_JSON_FORMAT = Format(
    name="cloudformation-global-json",
    label="CloudFormation GlobalTable (JSON)",
    filename="TABLE-global.template.json",
    lexer="json",
    write=_global_as_json,
    note=_GLOBAL_NOTE,
    write_import=_import("TABLE-global.template.json", is_global=True),
    import_filename="import-TABLE.sh",
)
