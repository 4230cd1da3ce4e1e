"""What DynamoDB costs, roughly: list prices of us-east-1 in US dollars, for an order of magnitude and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

# https://aws.amazon.com/dynamodb/pricing/, standard table class, as published since November 2024.
PRICES_OF: Final = "us-east-1, November 2024"
STORAGE_PER_GB_MONTH: Final = Decimal("0.25")
READ_UNIT_HOUR: Final = Decimal("0.00013")
WRITE_UNIT_HOUR: Final = Decimal("0.00065")
MILLION_READS: Final = Decimal("0.125")
MILLION_WRITES: Final = Decimal("0.625")
HOURS_A_MONTH: Final = 730
_GB: Final = 1024**3
# A strongly consistent read of this much is one unit.
_READ_UNIT_BYTES: Final = 4096


@dataclass(frozen=True, kw_only=True)
class TableCost:
    """What a table holds and costs a month. On demand, requests come on top, by the million."""

    items: int
    size: int
    is_on_demand: bool
    read_units: int
    write_units: int
    monthly: Decimal
    scan_units: int
    scan_cost: Decimal


def table_cost(description: Mapping[str, Any]) -> TableCost:
    """The cost by DescribeTable's `Table`; its sizes are about six hours old. Its indexes count too."""
    indexes = description.get("GlobalSecondaryIndexes") or ()
    parts = (description, *indexes)
    stored = sum(
        int(part.get("TableSizeBytes") or part.get("IndexSizeBytes") or 0) for part in parts
    )
    reads = sum(_units(part, "ReadCapacityUnits") for part in parts)
    writes = sum(_units(part, "WriteCapacityUnits") for part in parts)
    mode = (description.get("BillingModeSummary") or {}).get("BillingMode")
    is_on_demand = mode == "PAY_PER_REQUEST" or not (reads or writes)
    size = int(description.get("TableSizeBytes") or 0)
    scan_units = -(-size // _READ_UNIT_BYTES)
    return TableCost(
        items=int(description.get("ItemCount") or 0),
        size=size,
        is_on_demand=is_on_demand,
        read_units=reads,
        write_units=writes,
        monthly=STORAGE_PER_GB_MONTH * stored / _GB
        + HOURS_A_MONTH * (READ_UNIT_HOUR * reads + WRITE_UNIT_HOUR * writes),
        scan_units=scan_units,
        scan_cost=MILLION_READS * scan_units / 1_000_000 if is_on_demand else Decimal(0),
    )


def _units(part: Mapping[str, Any], name: str) -> int:
    return int((part.get("ProvisionedThroughput") or {}).get(name) or 0)
