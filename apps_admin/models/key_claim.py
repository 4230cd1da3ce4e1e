"""Ids and keys that an app being created holds, so that two creates at once cannot both take one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models

from apps_admin.models.row_statements import insert_rows, time_value


class KeyClaim(models.Model):
    """One id or key in one place. Held from before the first read until `AppKeyIndex` shows the app.

    `place` is the account or endpoint, region and table (`Connection.place`); a DynamoDB key may have 2,048 bytes, so
    the unique column is the SHA-256 of place and value (`domain` never sees it, the claim service makes it).
    """

    claim_hash = models.CharField(max_length=64, unique=True)
    place = models.TextField()
    value = models.TextField()
    app_id = models.TextField()
    app_key = models.TextField()
    operation_id = models.CharField(max_length=64, db_index=True)
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.value} in {self.place}"


_COLUMNS = (
    *("claimed_at", "claim_hash", "place", "value"),
    *("app_id", "app_key", "operation_id"),
)


def store_claims(
    claims: Iterable[tuple[str, str, str, str, str, str]], *, claimed_at: datetime
) -> None:
    """Add the claims that nobody holds yet, each as (hash, place, value, app id, app key, operation id)."""
    at = time_value(claimed_at)
    insert_rows(KeyClaim, _COLUMNS, ((at, *claim) for claim in claims), skip_taken=True)
