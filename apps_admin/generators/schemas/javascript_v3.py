"""A Node module for version 3 of the AWS SDK for JavaScript."""

from __future__ import annotations

from collections.abc import Sequence

from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import TableCall, creation_calls
from apps_admin.generators.quoting import javascript_value, json_text
from apps_admin.generators.schemas.format import NOT_INFRASTRUCTURE, Format


def write(design: TableDesign) -> str:
    """The whole module."""
    return write_calls(design, creation_calls(design))


def write_calls(design: TableDesign, calls: Sequence[TableCall]) -> str:
    """These calls, each after the table has settled."""
    commands = {f"{call.operation}Command" for call in calls}
    imported = sorted(commands | {"DynamoDBClient", "waitUntilTableExists"}, key=str.lower)
    region = json_text(design.region, indent=None)
    lines = [
        "import {",
        *(f"  {name}," for name in imported),
        '} from "@aws-sdk/client-dynamodb";',
        "",
        f"const client = new DynamoDBClient({{ region: {region} }});",
        "const settled = () =>",
        "  waitUntilTableExists(",
        "    { client, maxWaitTime: 600, minDelay: 1 },",
        f"    {{ TableName: {json_text(design.name, indent=None)} }},",
        "  );",
        "",
    ]
    for call in calls:
        if call.awaits_table:
            lines.append("await settled();")
        lines += [
            "await client.send(",
            f"  new {call.operation}Command({javascript_value(call.parameters, 1)}),",
            ");",
        ]
    lines.append("await settled();")
    return "\n".join(lines) + "\n"


FORMAT = Format(
    name="javascript-v3",
    label="JavaScript SDK v3",
    filename="create-TABLE.mjs",
    lexer="javascript",
    write=write,
    write_calls=write_calls,
    cannot={"removal_policy": NOT_INFRASTRUCTURE},
)
