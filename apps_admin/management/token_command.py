"""What the commands about API tokens share."""

from __future__ import annotations

from typing import Any

from apps_admin.models.api_token import ApiToken


def token_json(row: ApiToken) -> dict[str, Any]:
    """A token for programs, without the token itself."""
    return {
        "id": row.public_id,
        "name": row.name,
        "owner": row.person.username,
        "hint": row.hint,
        "actions": row.actions,
        "connections": row.connections,
        "created_at": row.created_at.isoformat(),
        "expires_at": row.expires_at and row.expires_at.isoformat(),
        "revoked_at": row.revoked_at and row.revoked_at.isoformat(),
        "last_used_at": row.last_used_at and row.last_used_at.isoformat(),
        "last_used_address": row.last_used_address,
    }
