"""List the apps of a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from apps_admin.domain.actions import Action
from apps_admin.management.console_command import (
    WorkspaceCommand,
    add_query_argument,
    query_of,
)
from apps_admin.models.app_index import AppState, IndexedApp
from apps_admin.services.app_index import freshness_of, refresh_index
from apps_admin.services.search import SORT_COLUMNS, find_apps
from apps_admin.services.workspace import Workspace


class Command(WorkspaceCommand):
    """`manage.py list_apps`."""

    help = (
        "List apps with what soketi makes of them, from the console's index of the table. The table is read first "
        "when it never was, or with --refresh."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to list, and in which order."""
        super().add_arguments(parser)
        add_query_argument(parser)
        parser.add_argument("--search", default="", metavar="TEXT",
                            help="A part of an id, key, label or webhook host.")  # fmt: skip
        parser.add_argument(
            "--state", choices=[s.value for s in AppState], help="What soketi makes of it."
        )
        parser.add_argument(
            "--finding",
            default="",
            metavar="CODE",
            help="A finding's code; `any` for all findings.",
        )
        parser.add_argument(
            "--sort",
            choices=list(SORT_COLUMNS),
            metavar="COLUMN",
            help=f"One of {', '.join(SORT_COLUMNS)}.",
        )
        parser.add_argument("--descending", action="store_true", help="The largest first.")
        parser.add_argument("--limit", type=int, metavar="N", help="At most so many.")
        parser.add_argument("--refresh", action="store_true", help="Read the whole table first.")

    def answer_in(self, workspace: Workspace, options: dict[str, Any]) -> tuple[Any, Iterable[str]]:
        """Read the table if need be, and list from the index."""
        workspace.require(Action.APP_VIEW)
        connection = workspace.connection
        if options["refresh"] or freshness_of(connection).as_of is None:
            refresh_index(connection)
        query = query_of(
            options,
            text=options["search"],
            state=AppState(options["state"]) if options["state"] else None,
            finding=options["finding"],
            sort=options["sort"],
        )
        columns = dict.fromkeys((SORT_COLUMNS[query.sort_name], "app_id"))
        sign = "-" if options["descending"] or query.is_descending else ""
        rows = find_apps(connection, query).order_by(*(f"{sign}{name}" for name in columns))
        found = [_app_json(row) for row in rows[: options["limit"]].iterator(chunk_size=1000)]
        as_of = freshness_of(connection).as_of
        answer = {"as_of": as_of.isoformat() if as_of else None, "apps": found}
        return answer, _lines(found)


def _app_json(row: IndexedApp) -> dict[str, Any]:
    return {
        "id": row.app_id,
        "key": row.app_key,
        "state": row.state,
        "accepts_connections": row.accepts_connections,
        "webhooks": row.webhook_count,
        "findings": row.findings.split(),
    }


def _lines(found: list[dict[str, Any]]) -> list[str]:
    if not found:
        return ["No apps."]
    width = max(len(each["id"]) for each in found)
    return [
        f"{each['id']:<{width}}  {each['state']:<9}  {' '.join(each['findings'])}".rstrip()
        for each in found
    ]
