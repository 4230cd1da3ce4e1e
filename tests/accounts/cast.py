"""The cast: who is who in the tests of accounts."""

from __future__ import annotations

from apps_admin.domain.actions import Role
from apps_admin.domain.actor import EVERY_CONNECTION, Grant

PASSWORD = "correct horse battery staple"

# Alice administrates everything, Bob operates production, Charlie has no access at all, Vera only looks at production.
CAST: dict[str, dict[str, Grant]] = {
    "alice": {EVERY_CONNECTION: Grant(role=Role.ADMINISTRATOR, reveals_secrets=True)},
    "bob": {"production": Grant(role=Role.OPERATOR)},
    "charlie": {},
    "vera": {"production": Grant(role=Role.VIEWER)},
}
