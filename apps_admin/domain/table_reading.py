"""A live table as a design: what a definition of it would say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps_admin.domain.regions import partition_of
from apps_admin.domain.table import (
    BillingMode,
    Encryption,
    StreamView,
    TableClass,
    TableDesign,
    TableKind,
)
from apps_admin.domain.table_comparison import LiveTable, live_billing


def design_of(live: LiveTable, kind: TableKind, region: str) -> TableDesign:
    """The design of this table as it stands, keys and index of its kind assumed.

    Options a design cannot hold together (a replica without its stream) raise ValidationError.
    """
    description = live.description
    billing = BillingMode(live_billing(live))
    capacity = description.get("ProvisionedThroughput") or {}
    provisioned = billing is BillingMode.PROVISIONED
    encryption, kms_key = _encryption(description.get("SSEDescription") or {})
    replicas = tuple(
        str(replica["RegionName"])
        for replica in description.get("Replicas") or ()
        if replica["RegionName"] != region
    )
    return TableDesign(
        kind=kind,
        name=str(description["TableName"]),
        region=region,
        billing_mode=billing,
        read_capacity=int(capacity["ReadCapacityUnits"]) if provisioned else None,
        write_capacity=int(capacity["WriteCapacityUnits"]) if provisioned else None,
        max_reads=_maximum(description, "MaxReadRequestUnits"),
        max_writes=_maximum(description, "MaxWriteRequestUnits"),
        recovery_days=_recovery_days(live.recovery or {}),
        expiry_attribute=_expiry_attribute(live.expiry or {}),
        deletion_protection=bool(description.get("DeletionProtectionEnabled")),
        encryption=encryption,
        kms_key=kms_key,
        table_class=TableClass(
            (description.get("TableClassSummary") or {}).get("TableClass", TableClass.STANDARD)
        ),
        stream=_stream(description.get("StreamSpecification") or {}),
        tags={key: text for key, text in (live.tags or {}).items() if not key.startswith("aws:")},
        replicas=replicas,
    )


def account_of(live: LiveTable) -> str:
    """The account a live table is in, as its ARN says; empty where the ARN is an emulator's."""
    parts = str(live.description.get("TableArn", "")).split(":")
    is_real = len(parts) > 5 and partition_of(parts[3]) is not None and parts[4].isdigit()
    return parts[4] if is_real and len(parts[4]) == 12 else ""


def _maximum(description: Mapping[str, Any], name: str) -> int | None:
    units = (description.get("OnDemandThroughput") or {}).get(name)
    return int(units) if units is not None and int(units) > 0 else None


def _recovery_days(recovery: Mapping[str, Any]) -> int | None:
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        return None
    return int(recovery.get("RecoveryPeriodInDays", 35))


def _expiry_attribute(expiry: Mapping[str, Any]) -> str:
    if expiry.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        return ""
    return str(expiry.get("AttributeName", ""))


def _encryption(found: Mapping[str, Any]) -> tuple[Encryption, str]:
    if found.get("Status") != "ENABLED" or found.get("SSEType") != "KMS":
        return Encryption.OWNED, ""
    key = str(found.get("KMSMasterKeyArn", ""))
    # DescribeTable does not tell AWS's own key from one's own; an emulator's ARN is no key at all.
    region = key.split(":")[3] if key.count(":") > 4 else ""
    return (Encryption.CUSTOMER, key) if partition_of(region) else (Encryption.MANAGED, "")


def _stream(found: Mapping[str, Any]) -> StreamView | None:
    return StreamView(found["StreamViewType"]) if found.get("StreamEnabled") else None
