"""A Node script for version 2 of the AWS SDK for JavaScript: what soketi 1.6.1 itself uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import TableCall, creation_calls
from apps_admin.generators.quoting import javascript_value, json_text
from apps_admin.generators.schemas.format import NOT_INFRASTRUCTURE, Format

_UNKNOWN = frozenset({"RecoveryPeriodInDays"})


def write(design: TableDesign) -> str:
    """The whole script."""
    return write_calls(design, creation_calls(design))


def write_calls(design: TableDesign, calls: Sequence[TableCall]) -> str:
    """These calls, each after the table has settled."""
    region = json_text(design.region, indent=None)
    lines = [
        'const AWS = require("aws-sdk");',
        "",
        f'const dynamodb = new AWS.DynamoDB({{ apiVersion: "2012-08-10", region: {region} }});',
        "",
        "async function main() {",
    ]
    for call in calls:
        if call.awaits_table:
            lines.append(_wait(design))
        method = call.operation[0].lower() + call.operation[1:]
        parameters = javascript_value(_known(call.parameters), 1)
        lines.append(f"  await dynamodb.{method}({parameters}).promise();")
    lines += [
        _wait(design),
        "}",
        "",
        "main().catch((error) => {",
        "  console.error(error);",
        "  process.exitCode = 1;",
        "});",
    ]
    return "\n".join(lines) + "\n"


def _known(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without what the last release (2.1693.0) refuses as an unexpected key."""
    name = "PointInTimeRecoverySpecification"
    if name not in parameters:
        return dict(parameters)
    recovery = {key: value for key, value in parameters[name].items() if key not in _UNKNOWN}
    return {**parameters, name: recovery}


def _wait(design: TableDesign) -> str:
    name = json_text(design.name, indent=None)
    return f'  await dynamodb.waitFor("tableExists", {{ TableName: {name} }}).promise();'


FORMAT = Format(
    name="javascript-v2",
    label="JavaScript SDK v2 (end of support)",
    filename="create-TABLE.cjs",
    lexer="javascript",
    write=write,
    write_calls=write_calls,
    note=(
        "Version 2 of the SDK reached its end of support in September 2025. It is here because soketi and its "
        "documentation use it; for anything new take version 3."
    ),
    cannot={
        "removal_policy": NOT_INFRASTRUCTURE,
        "pitr": "This SDK does not know the window: recovery is switched on with DynamoDB's own 35 days.",
    },
)
