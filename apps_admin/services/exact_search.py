"""Exactly this id or key, straight from DynamoDB: what the index does not know yet is found all the same."""

from __future__ import annotations

from dataclasses import dataclass

from apps_admin.domain.app import App
from apps_admin.domain.errors import AppNotFoundError
from apps_admin.services.workspace import Workspace

LONGEST_KEY = 2048  # bytes; DynamoDB holds none that is longer


@dataclass(frozen=True, kw_only=True)
class ExactMatch:
    """An app whose id or key is exactly the text."""

    app_id: str
    app_key: str


def find_exactly(workspace: Workspace, text: str) -> tuple[ExactMatch, ...]:
    """The apps with this id or key, duplicates included (2 calls: one read by id, one query by key)."""
    if not text or len(text.encode("utf-8", "replace")) > LONGEST_KEY:
        return ()
    found: dict[str, ExactMatch] = {}
    try:
        app = App(workspace.apps.get(text))
        found[app.id] = ExactMatch(app_id=app.id, app_key=app.key)
    except AppNotFoundError:
        pass
    for match in workspace.apps.find_by_key(text):
        found.setdefault(match.app_id, ExactMatch(app_id=match.app_id, app_key=match.app_key))
    return tuple(found.values())
