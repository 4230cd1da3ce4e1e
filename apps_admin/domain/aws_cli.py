"""What an operator can type when this console cannot help: AWS CLI commands, ready to paste into a shell."""

from __future__ import annotations

import json
import shlex

from apps_admin.domain.connection import Connection


def disable_command(connection: Connection, app_id: str) -> str:
    """The AWS CLI command that makes soketi refuse new connections of this app, and creates nothing.

    `Enabled` alone decides: it wins over its alias `enabled` (soketi 1.6.1 `src/app.ts:187`).
    """
    parts = [
        ("aws dynamodb update-item", ""),
        ("--table-name", connection.table),
        ("--region", connection.region),
        ("--endpoint-url", connection.endpoint),
        ("--key", json.dumps({"AppId": {"S": app_id}}, ensure_ascii=False)),
        ("--update-expression", "SET Enabled = :off"),
        ("--condition-expression", "attribute_exists(AppId)"),
        ("--expression-attribute-values", json.dumps({":off": {"BOOL": False}})),
    ]
    words = [f"{name} {shlex.quote(value)}" for name, value in parts[1:] if value]
    return " \\\n  ".join([parts[0][0], *words])
