"""How a live table differs from the desired one, and what can be done about each difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps_admin.domain.table import (
    BillingMode,
    Encryption,
    StreamView,
    TableClass,
    TableDesign,
    TableIndex,
)


class Aspect(StrEnum):
    """What of a table can differ. The first six are what the table's reader depends on."""

    STATUS = "status"
    KEY_SCHEMA = "key_schema"
    INDEX = "index"
    INDEX_KEY_SCHEMA = "index_key_schema"
    INDEX_PROJECTION = "index_projection"
    INDEX_STATUS = "index_status"
    BILLING = "billing"
    CAPACITY = "capacity"
    INDEX_CAPACITY = "index_capacity"
    MAXIMUM = "maximum"
    INDEX_MAXIMUM = "index_maximum"
    RECOVERY = "recovery"
    EXPIRY = "expiry"
    DELETION_PROTECTION = "deletion_protection"
    ENCRYPTION = "encryption"
    TABLE_CLASS = "table_class"
    STREAM = "stream"
    TAGS = "tags"
    REPLICAS = "replicas"


ESSENTIAL_ASPECTS = frozenset(
    {
        Aspect.STATUS,
        Aspect.KEY_SCHEMA,
        Aspect.INDEX,
        Aspect.INDEX_KEY_SCHEMA,
        Aspect.INDEX_PROJECTION,
        Aspect.INDEX_STATUS,
    }
)


class Remedy(StrEnum):
    """What turns the found table into the wanted one."""

    WAIT = "wait"
    ADD_INDEX = "add_index"
    UPDATE = "update"
    REBUILD_INDEX = "rebuild_index"
    NEW_TABLE = "new_table"


@dataclass(frozen=True, kw_only=True)
class TableDifference:
    """One aspect in which the live table is not as wanted. `effect` says what it means to the table's reader."""

    aspect: Aspect
    wanted: str
    found: str
    remedy: Remedy
    effect: str = ""

    @property
    def is_essential(self) -> bool:
        """Whether soketi depends on it."""
        return self.aspect in ESSENTIAL_ASPECTS

    @property
    def message(self) -> str:
        """One line for a terminal or a list."""
        line = f"{self.aspect}: wanted {self.wanted}, found {self.found}"
        return f"{line}. {self.effect}" if self.effect else line

    def to_json(self) -> dict[str, Any]:
        """The shape of `--format json`."""
        return {
            "aspect": str(self.aspect),
            "wanted": self.wanted,
            "found": self.found,
            "remedy": str(self.remedy),
            "effect": self.effect,
            "essential": self.is_essential,
        }


@dataclass(frozen=True, kw_only=True)
class LiveTable:
    """What AWS answers about a table. A part that is None could not be read, and is not compared.

    `description` is DescribeTable's `Table`, `expiry` DescribeTimeToLive's `TimeToLiveDescription`, `recovery`
    DescribeContinuousBackups' `PointInTimeRecoveryDescription`.
    """

    description: Mapping[str, Any]
    expiry: Mapping[str, Any] | None = None
    recovery: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None

    @property
    def status(self) -> str:
        """The table's status, ACTIVE when it can be used."""
        return str(self.description.get("TableStatus", ""))

    def index(self, name: str) -> Mapping[str, Any] | None:
        """The description of one global secondary index."""
        indexes: Sequence[Mapping[str, Any]] = self.description.get("GlobalSecondaryIndexes") or ()
        return next((index for index in indexes if index.get("IndexName") == name), None)

    @property
    def is_settled(self) -> bool:
        """Whether the table and all its indexes are ACTIVE."""
        indexes: Sequence[Mapping[str, Any]] = self.description.get("GlobalSecondaryIndexes") or ()
        return self.status == "ACTIVE" and all(
            index.get("IndexStatus") == "ACTIVE" for index in indexes
        )

    @property
    def unread(self) -> tuple[Aspect, ...]:
        """The aspects that could not be read."""
        parts = {
            Aspect.EXPIRY: self.expiry,
            Aspect.RECOVERY: self.recovery,
            Aspect.TAGS: self.tags,
        }
        return tuple(aspect for aspect, part in parts.items() if part is None)


def compare_table(design: TableDesign, live: LiveTable) -> tuple[TableDifference, ...]:
    """Everything in which the live table is not the desired one, essential things first."""
    return tuple(_essential_differences(design, live)) + tuple(_option_differences(design, live))


def _essential_differences(design: TableDesign, live: LiveTable) -> Iterator[TableDifference]:
    if live.status != "ACTIVE":
        yield TableDifference(
            aspect=Aspect.STATUS, wanted="ACTIVE", found=live.status, remedy=Remedy.WAIT
        )
    wanted = _key_text({design.shape.hash_key: "HASH"}, {design.shape.hash_key: "S"})
    found = _live_key_text(live.description, live.description)
    if found != wanted:
        yield TableDifference(
            aspect=Aspect.KEY_SCHEMA,
            wanted=wanted,
            found=found,
            remedy=Remedy.NEW_TABLE,
            effect="The keys of a table are fixed when it is created: this is not a table of this kind.",
        )
    if design.shape.index:
        yield from _index_differences(design.shape.index, live)


def _index_differences(index: TableIndex, live: LiveTable) -> Iterator[TableDifference]:
    found = live.index(index.name)
    if found is None:
        yield TableDifference(
            aspect=Aspect.INDEX,
            wanted=index.name,
            found="none",
            remedy=Remedy.ADD_INDEX,
            effect="Without it soketi refuses every WebSocket with 4001, while its HTTP API works.",
        )
        return
    wanted_key = _key_text({index.hash_key: "HASH"}, {index.hash_key: "S"})
    found_key = _live_key_text(found, live.description)
    if found_key != wanted_key:
        yield TableDifference(
            aspect=Aspect.INDEX_KEY_SCHEMA,
            wanted=wanted_key,
            found=found_key,
            remedy=Remedy.REBUILD_INDEX,
            effect=f"soketi asks {index.name} for {index.hash_key} and gets an error: every WebSocket gets 4001.",
        )
    projection = str(found.get("Projection", {}).get("ProjectionType", "none"))
    if projection != "ALL":
        yield TableDifference(
            aspect=Aspect.INDEX_PROJECTION,
            wanted="ALL",
            found=projection,
            remedy=Remedy.REBUILD_INDEX,
            effect=(
                "soketi does not see what the index leaves out: disabled apps connect, "
                "and a missing secret is taken as the well-known 'app-secret'."
            ),
        )
    status = str(found.get("IndexStatus", "ACTIVE"))
    if status != "ACTIVE":
        yield TableDifference(
            aspect=Aspect.INDEX_STATUS,
            wanted="ACTIVE",
            found=status,
            remedy=Remedy.WAIT,
            effect="Until it is ACTIVE, soketi refuses WebSockets with 4001.",
        )


def _option_differences(design: TableDesign, live: LiveTable) -> Iterator[TableDifference]:
    pairs: list[tuple[Aspect, str, str]] = [
        (Aspect.BILLING, str(design.billing_mode), live_billing(live)),
        *_capacity_pairs(design, live),
        (
            Aspect.DELETION_PROTECTION,
            _switch(design.deletion_protection),
            _switch(bool(live.description.get("DeletionProtectionEnabled"))),
        ),
        (Aspect.ENCRYPTION, *_encryption_pair(design, live)),
        (Aspect.TABLE_CLASS, str(design.table_class), _live_class(live)),
        (Aspect.STREAM, str(design.stream or "off"), _live_stream(live)),
        (Aspect.REPLICAS, _names(design.replicas), _names(live_replicas(design, live))),
    ]
    if live.expiry is not None:
        pairs.append((Aspect.EXPIRY, design.expiry_attribute or "off", _live_expiry(live.expiry)))
    if live.recovery is not None:
        pairs.append((Aspect.RECOVERY, _days(design.recovery_days), _live_recovery(live.recovery)))
    if live.tags is not None:
        pairs.append((Aspect.TAGS, _tags(design.tags), _tags(live.tags)))
    for aspect, wanted, found in pairs:
        if wanted != found:
            yield TableDifference(aspect=aspect, wanted=wanted, found=found, remedy=Remedy.UPDATE)


def _capacity_pairs(design: TableDesign, live: LiveTable) -> Iterator[tuple[Aspect, str, str]]:
    index = live.index(design.shape.index.name) if design.shape.index else None
    if design.is_provisioned:
        wanted = f"{design.read_capacity} read, {design.write_capacity} write"
        yield Aspect.CAPACITY, wanted, _live_capacity(live.description)
        if index is not None:
            yield Aspect.INDEX_CAPACITY, wanted, _live_capacity(index)
    else:
        wanted = f"{design.max_reads or 'no limit'} read, {design.max_writes or 'no limit'} write"
        yield Aspect.MAXIMUM, wanted, _live_maximum(live.description)
        if index is not None:
            yield Aspect.INDEX_MAXIMUM, wanted, _live_maximum(index)


def _live_capacity(part: Mapping[str, Any]) -> str:
    units = part.get("ProvisionedThroughput") or {}
    return f"{units.get('ReadCapacityUnits', 0)} read, {units.get('WriteCapacityUnits', 0)} write"


def _live_maximum(part: Mapping[str, Any]) -> str:
    def limit(name: str) -> str:
        units = (part.get("OnDemandThroughput") or {}).get(name)
        return str(units) if units is not None and int(units) > 0 else "no limit"

    return f"{limit('MaxReadRequestUnits')} read, {limit('MaxWriteRequestUnits')} write"


def live_billing(live: LiveTable) -> str:
    """The billing mode of a live table. AWS leaves it out for tables that were always provisioned."""
    summary = live.description.get("BillingModeSummary") or {}
    return str(summary.get("BillingMode", BillingMode.PROVISIONED))


def live_replicas(design: TableDesign, live: LiveTable) -> tuple[str, ...]:
    """The further regions of a live table."""
    replicas: Sequence[Mapping[str, Any]] = live.description.get("Replicas") or ()
    regions = (str(replica["RegionName"]) for replica in replicas)
    return tuple(region for region in regions if region != design.region)


def _encryption_pair(design: TableDesign, live: LiveTable) -> tuple[str, str]:
    found = live.description.get("SSEDescription") or {}
    if found.get("Status") not in {"ENABLED", "ENABLING", "UPDATING"} or "SSEType" not in found:
        return _encryption(design), str(Encryption.OWNED)
    key = str(found.get("KMSMasterKeyArn", ""))
    if design.encryption is Encryption.MANAGED:
        # The answer names a key by its ARN and never says whose it is; AWS's own has this alias only in KMS.
        return str(Encryption.MANAGED), str(Encryption.MANAGED)
    return _encryption(design), f"key {key}" if key else str(Encryption.MANAGED)


def _encryption(design: TableDesign) -> str:
    if design.encryption is Encryption.CUSTOMER:
        return f"key {design.kms_key}"
    return str(design.encryption)


def _live_class(live: LiveTable) -> str:
    summary = live.description.get("TableClassSummary") or {}
    return str(summary.get("TableClass", TableClass.STANDARD))


def _live_stream(live: LiveTable) -> str:
    found = live.description.get("StreamSpecification") or {}
    if not found.get("StreamEnabled"):
        return "off"
    return str(found.get("StreamViewType", StreamView.NEW_AND_OLD_IMAGES))


def _live_expiry(expiry: Mapping[str, Any]) -> str:
    if expiry.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        return str(expiry.get("AttributeName", ""))
    return "off"


def _live_recovery(recovery: Mapping[str, Any]) -> str:
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        return "off"
    return _days(int(recovery.get("RecoveryPeriodInDays", 35)))


def _days(days: int | None) -> str:
    return "off" if days is None else f"{days} days"


def _switch(on: bool) -> str:
    return "on" if on else "off"


def _names(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _tags(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items())) or "none"


def _live_key_text(part: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    types = {
        definition["AttributeName"]: definition["AttributeType"]
        for definition in table.get("AttributeDefinitions") or ()
    }
    keys = {key["AttributeName"]: key["KeyType"] for key in part.get("KeySchema") or ()}
    return _key_text(keys, types)


def _key_text(keys: Mapping[str, str], types: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({types.get(name, '?')}, {role})" for name, role in keys.items())
