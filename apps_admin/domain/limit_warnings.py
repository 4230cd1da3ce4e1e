"""What is impossible or surprising about limits before they are saved: the doctor's own rules, on the record to be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from apps_admin.domain.app import App
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE, Flag
from apps_admin.domain.finding import Finding
from apps_admin.domain.finding_values import find_limits
from apps_admin.domain.limits import Limit, check_limit


def limit_warnings(
    app: App, limits: Mapping[Limit, Decimal | None], *, allows_client_messages: bool
) -> dict[Limit, tuple[Finding, ...]]:
    """What the doctor would find in the limits of the app with these ones changed, by limit.

    A value that cannot be stored at all is left out: whoever saves it hears why.
    """
    for limit, value in limits.items():
        if not check_limit(limit, value):
            app = app.with_limit(limit, value)
    if app.allows_client_messages != allows_client_messages:
        app = app.with_flag(Flag.CLIENT_MESSAGES, allows_client_messages)
    found: dict[Limit, tuple[Finding, ...]] = {}
    for each in find_limits(app):
        limit = Limit(FIELD_OF_ATTRIBUTE[each.attribute].name)
        found[limit] = (*found.get(limit, ()), each)
    return found
