"""A Python script for boto3."""

from __future__ import annotations

from collections.abc import Sequence

from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import TableCall, creation_calls
from apps_admin.generators.quoting import python_text, python_value, snake_case
from apps_admin.generators.schemas.format import NOT_INFRASTRUCTURE, Format


def write(design: TableDesign) -> str:
    """The whole script."""
    return write_calls(design, creation_calls(design))


def write_calls(design: TableDesign, calls: Sequence[TableCall]) -> str:
    """These calls, each after the table has settled."""
    lines = [
        "import boto3",
        "",
        f'dynamodb = boto3.client("dynamodb", region_name={python_text(design.region)})',
        'active = dynamodb.get_waiter("table_exists")',
        "",
    ]
    for call in calls:
        if call.awaits_table:
            lines.append(_wait(design))
        lines.append(f"dynamodb.{snake_case(call.operation)}(")
        lines += [
            f"    {name}={python_value(value, 1)}," for name, value in call.parameters.items()
        ]
        lines.append(")")
    lines.append(_wait(design))
    return "\n".join(lines) + "\n"


def _wait(design: TableDesign) -> str:
    return f"active.wait(TableName={python_text(design.name)})"


FORMAT = Format(
    name="boto3",
    label="Python (boto3)",
    filename="create-TABLE.py",
    lexer="python",
    write=write,
    write_calls=write_calls,
    cannot={"removal_policy": NOT_INFRASTRUCTURE},
)
