"""Serverless Framework v3: the table as a resource; for lawcket the whole service with function and role."""

from __future__ import annotations

import re
from typing import Any

from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.generators.quoting import yaml_document
from apps_admin.generators.schemas.cloudformation import (
    DYNAMIC_REFERENCES,
    LOGICAL_IDS,
    resources,
)
from apps_admin.generators.schemas.format import Format

RUNTIME = "nodejs20.x"
_DOLLAR = "${opt:dollar, '$'}"


def write(design: TableDesign) -> str:
    """`serverless.yml`."""
    service: dict[str, Any] = {
        "service": _service_name(design),
        "frameworkVersion": "3",
        "provider": {"name": "aws", "region": design.region},
    }
    if design.kind is TableKind.LAWCKET:
        service["provider"] |= _lawcket_provider(design)
        service["functions"] = {"websocket": _lawcket_function()}
    service["resources"] = {"Resources": _literal(resources(design))}
    return yaml_document(service)


def _service_name(design: TableDesign) -> str:
    name = re.sub(r"[^A-Za-z0-9-]+", "-", design.name).strip("-")
    return name if name[:1].isalpha() else f"table-{name}"


def _lawcket_provider(design: TableDesign) -> dict[str, Any]:
    return {
        "runtime": RUNTIME,
        "environment": {"CONNECTIONS_TABLE": design.name},
        "iam": {
            "role": {
                "statements": [
                    {
                        "Effect": "Allow",
                        "Action": ["dynamodb:PutItem", "dynamodb:DeleteItem"],
                        "Resource": {"Fn::GetAtt": [LOGICAL_IDS[design.kind], "Arn"]},
                    }
                ]
            }
        },
    }


def _lawcket_function() -> dict[str, Any]:
    routes = ("$connect", "$disconnect", "$default")
    return {
        "handler": "src/index.handler",
        "events": [{"websocket": {"route": route}} for route in routes],
    }


def _literal(value: Any) -> Any:
    """The value with nothing in it that Serverless would take for one of its own variables.

    Its escape (a backslash) does not work behind another dollar sign, so each dollar sign becomes a variable that
    falls back to a dollar sign, and backslashes before it are doubled.
    """
    if isinstance(value, dict):
        return {key: _literal(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_literal(part) for part in value]
    if isinstance(value, str) and "${" in value:
        return re.sub(r"(\\*)\$", lambda found: found[1] * 2 + _DOLLAR, value)
    return value


FORMAT = Format(
    name="serverless",
    label="Serverless Framework v3",
    filename="serverless.yml",
    lexer="yaml",
    write=write,
    note=(
        "Deploy with serverless deploy (version 3; version 4 asks for an account). The framework itself lets the "
        f"function manage its WebSocket connections. {DYNAMIC_REFERENCES}"
    ),
)
