"""A shell script for the AWS CLI (version 1 or 2)."""

from __future__ import annotations

from collections.abc import Sequence

from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import TableCall, creation_calls
from apps_admin.generators.quoting import json_text, shell_text, snake_case
from apps_admin.generators.schemas.format import NOT_INFRASTRUCTURE, Format

_FLAGS = {"SSESpecification": "sse-specification"}


def write(design: TableDesign) -> str:
    """The whole script."""
    return write_calls(design, creation_calls(design))


def write_calls(design: TableDesign, calls: Sequence[TableCall]) -> str:
    """These calls, each after the table has settled."""
    place = f"--region {shell_text(design.region)}"
    lines = ["#!/bin/sh", "set -eu", ""]
    for call in calls:
        if call.awaits_table:
            lines += _wait(design, place)
        lines += [f"aws dynamodb {_dashed(call.operation)} {place}{_arguments(call)}", ""]
    lines += _wait(design, place)
    return "\n".join(lines).rstrip("\n") + "\n"


def _wait(design: TableDesign, place: str) -> list[str]:
    return [f"aws dynamodb wait table-exists {place} --table-name {shell_text(design.name)}", ""]


def _arguments(call: TableCall) -> str:
    parts = []
    for name, value in call.parameters.items():
        flag = _FLAGS.get(name, _dashed(name))
        if value is True:
            parts.append(f" \\\n    --{flag}")
        elif value is False:
            parts.append(f" \\\n    --no-{flag}")
        else:
            text = value if isinstance(value, str) else json_text(value, indent=None)
            parts.append(f" \\\n    --{flag} {shell_text(text)}")
    return "".join(parts)


def _dashed(name: str) -> str:
    return snake_case(name).replace("_", "-")


FORMAT = Format(
    name="aws-cli",
    label="AWS CLI",
    filename="create-TABLE.sh",
    lexer="bash",
    write=write,
    write_calls=write_calls,
    note="Runs with version 1 and 2 of the AWS CLI.",
    cannot={"removal_policy": NOT_INFRASTRUCTURE},
)
