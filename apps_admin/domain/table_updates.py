"""What turns a live table into the desired one: the calls that can, and in words what no call can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps_admin.domain.table import BillingMode, Encryption, TableDesign
from apps_admin.domain.table_calls import (
    TableCall,
    encryption_specification,
    expiry_call,
    index_call,
    recovery_call,
    replica_call,
)
from apps_admin.domain.table_comparison import (
    Aspect,
    LiveTable,
    Remedy,
    TableDifference,
    live_replicas,
)

NO_LIMIT = -1
_THROUGHPUT = frozenset(
    {
        Aspect.BILLING,
        Aspect.CAPACITY,
        Aspect.INDEX_CAPACITY,
        Aspect.MAXIMUM,
        Aspect.INDEX_MAXIMUM,
    }
)


@dataclass(frozen=True, kw_only=True)
class TableUpdate:
    """The calls in order, and what has to be done by hand beside them."""

    calls: tuple[TableCall, ...]
    by_hand: tuple[str, ...]


def plan_update(
    design: TableDesign, live: LiveTable, differences: Sequence[TableDifference]
) -> TableUpdate:
    """Everything these differences ask for. Nothing is ever deleted by a call: that is told in words."""
    aspects = {difference.aspect for difference in differences}
    return TableUpdate(
        calls=tuple(_calls(design, live, aspects)),
        by_hand=tuple(_by_hand(design, live, differences)),
    )


def _calls(design: TableDesign, live: LiveTable, aspects: set[Aspect]) -> Iterator[TableCall]:
    if Aspect.INDEX in aspects and design.shape.index:
        yield index_call(design, design.shape.index)
    if aspects & _THROUGHPUT:
        yield _throughput_call(design, live)
    yield from _setting_calls(design, aspects)
    if Aspect.STREAM in aspects:
        yield from _stream_calls(design, live)
    if Aspect.EXPIRY in aspects:
        yield from _expiry_calls(design, live)
    if Aspect.RECOVERY in aspects:
        yield recovery_call(design)
    if Aspect.TAGS in aspects and live.tags is not None:
        yield from _tag_calls(design, live, live.tags)
    known = live_replicas(design, live)
    yield from (replica_call(design, region) for region in design.replicas if region not in known)


def _setting_calls(design: TableDesign, aspects: set[Aspect]) -> Iterator[TableCall]:
    if Aspect.ENCRYPTION in aspects:
        owned = design.encryption is Encryption.OWNED
        specification = {"Enabled": False} if owned else encryption_specification(design)
        yield _update(design, SSESpecification=specification)
    if Aspect.TABLE_CLASS in aspects:
        yield _update(design, TableClass=str(design.table_class))
    if Aspect.DELETION_PROTECTION in aspects:
        yield _update(design, DeletionProtectionEnabled=design.deletion_protection)


def _update(design: TableDesign, **parameters: Any) -> TableCall:
    return TableCall(operation="UpdateTable", parameters={"TableName": design.name, **parameters})


def _throughput_call(design: TableDesign, live: LiveTable) -> TableCall:
    part: dict[str, Any]
    if design.is_provisioned:
        part = {
            "ProvisionedThroughput": {
                "ReadCapacityUnits": design.read_capacity,
                "WriteCapacityUnits": design.write_capacity,
            }
        }
    else:
        part = {
            "OnDemandThroughput": {
                "MaxReadRequestUnits": design.max_reads or NO_LIMIT,
                "MaxWriteRequestUnits": design.max_writes or NO_LIMIT,
            }
        }
    parameters: dict[str, Any] = {"BillingMode": str(design.billing_mode), **part}
    index = design.shape.index
    if index and live.index(index.name) is not None:
        parameters["GlobalSecondaryIndexUpdates"] = [{"Update": {"IndexName": index.name, **part}}]
    return _update(design, **parameters)


def _stream_calls(design: TableDesign, live: LiveTable) -> Iterator[TableCall]:
    if (live.description.get("StreamSpecification") or {}).get("StreamEnabled"):
        yield _update(design, StreamSpecification={"StreamEnabled": False})
    if design.stream:
        yield _update(
            design,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": str(design.stream)},
        )


def _expiry_calls(design: TableDesign, live: LiveTable) -> Iterator[TableCall]:
    found = live.expiry or {}
    if found.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        specification = {"Enabled": False, "AttributeName": found.get("AttributeName", "")}
        yield TableCall(
            operation="UpdateTimeToLive",
            parameters={"TableName": design.name, "TimeToLiveSpecification": specification},
        )
    if design.expiry_attribute:
        yield expiry_call(design)


def _tag_calls(
    design: TableDesign, live: LiveTable, found: Mapping[str, str]
) -> Iterator[TableCall]:
    arn = str(live.description.get("TableArn", ""))
    gone = [key for key in found if key not in design.tags]
    if gone:
        yield TableCall(operation="UntagResource", parameters={"ResourceArn": arn, "TagKeys": gone})
    changed = {key: text for key, text in design.tags.items() if found.get(key) != text}
    if changed:
        tags = [{"Key": key, "Value": text} for key, text in changed.items()]
        yield TableCall(operation="TagResource", parameters={"ResourceArn": arn, "Tags": tags})


def _by_hand(
    design: TableDesign, live: LiveTable, differences: Sequence[TableDifference]
) -> Iterator[str]:
    aspects = {difference.aspect for difference in differences}
    remedies = {difference.remedy for difference in differences}
    index = design.shape.index
    if Remedy.NEW_TABLE in remedies:
        yield "The keys of a table never change: make a new table, copy the items, and point soketi at it."
    if Remedy.REBUILD_INDEX in remedies and index:
        yield (
            f"Delete {index.name} and add it again (manage.py bootstrap_table --repair adds it). "
            "While it is away or being built, soketi refuses every WebSocket with 4001: do it in a quiet hour, "
            "or build a new table and switch over."
        )
    if (
        Aspect.EXPIRY in aspects
        and design.expiry_attribute
        and (live.expiry or {}).get("AttributeName")
    ):
        yield "DynamoDB takes up to an hour between switching time to live off and on with another attribute."
    if Aspect.BILLING in aspects and design.billing_mode is BillingMode.ON_DEMAND:
        yield "A table changes to on-demand billing at most four times in 24 hours."
    known = live_replicas(design, live)
    if gone := [region for region in known if region not in design.replicas]:
        yield f"Delete the replica in {', '.join(gone)} by hand, once nothing reads it any more."
