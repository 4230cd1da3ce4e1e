"""The policy that grants exactly what a connection test found missing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from apps_admin.domain.connection import KEY_INDEX, Connection
from apps_admin.domain.regions import partition_of

QUERY = "dynamodb:Query"


def missing_actions_policy(connection: Connection, actions: Iterable[str]) -> str:
    """A policy document for the connection's table and index, as JSON. `*` stands for the account's id."""
    partition = partition_of(connection.region)
    name = partition.name if partition else "aws"
    table = f"arn:{name}:dynamodb:{connection.region}:*:table/{connection.table}"
    wanted = sorted(set(actions))
    statements: list[dict[str, Any]] = []
    on_table = [a for a in wanted if a.startswith("dynamodb:") and a != QUERY]
    if on_table:
        statements.append(_allow("AppsTable", on_table, table))
    if QUERY in wanted:
        statements.append(_allow("FindAppByKey", [QUERY], f"{table}/index/{KEY_INDEX}"))
    if "sts:AssumeRole" in wanted:
        role = connection.credentials.role_arn or "*"
        statements.append(_allow("AssumeRole", ["sts:AssumeRole"], role))
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _allow(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
