"""From the console's values to the API's JSON. Nothing secret, but where a secret is what was asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps_admin.domain.app import App
from apps_admin.domain.app_path import encode_app_id
from apps_admin.domain.connection import Connection
from apps_admin.domain.difference import AttributeDifference, find_differences
from apps_admin.domain.limits import Limit
from apps_admin.domain.masking import mask_url, mask_webhooks_text, masked_value, wire_value
from apps_admin.domain.webhooks import parse_webhooks
from apps_admin.models import IndexedApp
from apps_admin.services.app_index import Freshness
from apps_admin.services.apps import AppRecord, Change, judge_app
from apps_admin.services.connection_edits import describe_connection
from apps_admin.services.search import AppCount
from apps_admin.services.workspace import Workspace

_ADDRESSES = frozenset({"endpoint", "soketi_url", "metrics_url"})


def app_shape(record: AppRecord, *, shows_secret: bool = False) -> dict[str, Any]:
    """An app."""
    app = record.app
    return {
        "id": app.id,
        "key": app.key,
        **({"secret": app.secret} if shows_secret else {}),
        "enabled": app.is_enabled,
        "enable_client_messages": app.allows_client_messages,
        "enable_user_authentication": app.requires_user_authentication,
        "limits": {limit.value: number_of(value) for limit, value in app.limits.items()},
        "webhooks": webhooks_shape(app),
        "unknown_attributes": {
            name: wire_value(masked_value(name, value)) for name, value in app.unknown.items()
        },
        "revision": record.revision,
        "effective": record.view.to_json(),
        "findings": [finding.to_json() for finding in record.findings],
    }


def webhooks_shape(app: App) -> list[Any] | None:
    """The stored webhooks, masked; None where no list of JSON is stored."""
    hooks = parse_webhooks(mask_webhooks_text(app.webhooks_text))
    try:
        json.dumps(hooks, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return _whole_numbers(hooks) if hooks is not None else None


def change_shape(
    workspace: Workspace, change: Change, *, dry_run: bool, shows_secret: bool = False
) -> dict[str, Any]:
    """What a write did."""
    before, after = change.before, change.after
    differences = find_differences(before.item if before else None, after.item if after else None)
    record = None if after is None else judge_app(workspace, after)
    return {
        "changed": change.is_change,
        "dry_run": dry_run,
        "operation_id": change.operation_id,
        "differences": [difference_shape(each) for each in differences],
        "app": None
        if record is None
        else app_shape(record, shows_secret=shows_secret and not dry_run),
    }


def difference_shape(each: AttributeDifference) -> dict[str, Any]:
    """One attribute that differs."""
    return {
        "attribute": each.attribute,
        "field": each.field,
        "kind": each.kind.value,
        "before": each.before,
        "after": each.after,
        "is_secret": each.is_secret,
    }


def indexed_shape(row: IndexedApp) -> dict[str, Any]:
    """One app of a list."""
    return {
        "id": row.app_id,
        "key": row.app_key,
        "label": row.label,
        "state": row.state,
        "accepts_connections": row.accepts_connections,
        "client_messages": row.client_messages,
        "user_authentication": row.user_authentication,
        "limits": {limit.value: _bound(getattr(row, limit.value)) for limit in Limit},
        "webhook_count": row.webhook_count,
        "webhook_hosts": row.webhook_hosts.split(),
        "webhook_events": row.webhook_events.split(),
        "findings": row.findings.split(),
        "shares_key": row.shares_key,
        "revision": row.revision,
        "path": app_path(row.connection, row.app_id),
    }


def connection_fields(connection: Connection) -> dict[str, Any]:
    """Every field of a connection: secrets as fingerprints, credentials in addresses masked."""
    return {
        name: mask_url(value) if name in _ADDRESSES else value
        for name, value in describe_connection(connection).items()
    }


def app_path(connection: str, app_id: str) -> str:
    """The address of an app in the API."""
    return f"/api/v1/connections/{connection}/apps/{encode_app_id(app_id)}"


def freshness_shape(freshness: Freshness) -> dict[str, Any]:
    """How old a list is."""
    return {
        "as_of": time_shape(freshness.as_of),
        "is_building": freshness.is_building,
        "is_refreshing": freshness.is_refreshing,
        "problem": freshness.problem,
    }


def count_shape(count: AppCount) -> dict[str, Any]:
    """How many."""
    return {"number": count.number, "is_exact": count.is_exact}


def time_shape(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def number_of(value: Decimal | None) -> int | float | None:
    """A number as JSON has it."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as it may be kept and sent again."""
    kept = {name: value for name, value in data.items() if name != "secret"}
    if isinstance(kept.get("app"), Mapping):
        kept["app"] = without_secrets(kept["app"])
    return kept


def _bound(value: float) -> int | float | str:
    if value == float("inf"):
        return "unlimited"
    return int(value) if value.is_integer() else value


def _whole_numbers(value: Any) -> Any:
    """JavaScript has one kind of number; 2.0 was written as 2."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_whole_numbers(part) for part in value]
    if isinstance(value, dict):
        return {name: _whole_numbers(part) for name, part in value.items()}
    return value
