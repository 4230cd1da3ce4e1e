"""Copying apps between tables, split as Neosync splits it: one side reads, the other side reads and writes."""

from __future__ import annotations

from collections.abc import Mapping

from apps_admin.generators.policies.inputs import Feature, PolicyInputs
from apps_admin.generators.policies.purpose import Purpose, Statement

READS: Mapping[str, str] = {
    "dynamodb:GetItem": "read one item",
    "dynamodb:BatchGetItem": "read many items",
    "dynamodb:Query": "read the items of one key",
    "dynamodb:Scan": "read the whole table",
    "dynamodb:DescribeTable": "learn the keys of the table",
    "dynamodb:PartiQLSelect": "read a part of the table by a statement",
}
WRITES: Mapping[str, str] = {
    "dynamodb:PutItem": "write one item",
    "dynamodb:UpdateItem": "change one item",
    "dynamodb:BatchWriteItem": "write many items",
    "dynamodb:PartiQLInsert": "insert by a statement",
    "dynamodb:PartiQLUpdate": "update by a statement",
}


def _source(inputs: PolicyInputs) -> list[Statement]:
    reads = Statement(sid="ReadSource", actions=READS, resources=inputs.table_arns)
    return [reads, *_list_tables(inputs)]


def _destination(inputs: PolicyInputs) -> list[Statement]:
    return [
        Statement(sid="ReadDestination", actions=READS, resources=inputs.table_arns),
        Statement(sid="WriteDestination", actions=WRITES, resources=inputs.table_arns),
        *_list_tables(inputs),
    ]


def _list_tables(inputs: PolicyInputs) -> list[Statement]:
    if Feature.LIST_TABLES not in inputs.features:
        return []
    return [
        Statement(
            sid="ListTables",
            actions={
                "dynamodb:ListTables": "offer the tables to choose from; it takes no resource"
            },
            resources=["*"],
        )
    ]


_NOTE = (
    "The same actions as in the Neosync documentation, and like there no index and no delete. ListTables is a "
    "feature of its own: it lists every table of the account, and copying works without it."
)

SOURCE = Purpose(
    name="copy-source",
    label="Copy: read the source",
    statements=_source,
    features=(Feature.LIST_TABLES,),
    note=_NOTE,
)
DESTINATION = Purpose(
    name="copy-destination",
    label="Copy: write the destination",
    statements=_destination,
    features=(Feature.LIST_TABLES,),
    note=_NOTE,
)
