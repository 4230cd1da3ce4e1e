"""A table's cost: an order of magnitude from what DescribeTable says."""

from __future__ import annotations

from decimal import Decimal

from apps_admin.domain.prices import table_cost

GB = 1024**3


def test_an_on_demand_table_costs_its_storage_and_each_scan() -> None:
    cost = table_cost(
        {
            "ItemCount": 2_000_000,
            "TableSizeBytes": 2 * GB,
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "GlobalSecondaryIndexes": [{"IndexSizeBytes": 2 * GB}],
        }
    )
    assert cost.is_on_demand
    assert cost.monthly == Decimal("1.00")
    assert cost.scan_units == 524_288
    assert round(cost.scan_cost, 4) == Decimal("0.0655")


def test_provisioned_capacity_counts_with_that_of_the_indexes() -> None:
    throughput = {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5}
    cost = table_cost(
        {
            "ProvisionedThroughput": throughput,
            "GlobalSecondaryIndexes": [{"ProvisionedThroughput": throughput}],
        }
    )
    assert not cost.is_on_demand
    assert (cost.read_units, cost.write_units) == (20, 10)
    assert round(cost.monthly, 2) == Decimal("6.64")
    assert cost.scan_cost == 0


def test_an_engine_that_says_next_to_nothing_costs_nothing() -> None:
    assert table_cost({}).monthly == 0
