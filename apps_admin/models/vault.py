"""The one home of secrets in SQL: encrypted, with keys of its own and an expiry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.db import models

from apps_admin.models.prepared import VALUE, PreparedQuery
from apps_admin.models.row_statements import insert_rows, time_value


class VaultPurpose(StrEnum):
    """What a vault entry is kept for."""

    VERSION = "version"
    UPLOAD = "upload"
    DELIVERY = "delivery"
    CREDENTIALS = "credentials"
    EXPORT = "export"
    SECOND_FACTOR = "second-factor"


class VaultEntry(models.Model):
    """One encrypted text. `subject` says what it belongs to and is clear text: never put a secret there."""

    purpose = models.CharField(max_length=16, choices=[(p.value, p.value) for p in VaultPurpose])
    connection = models.CharField(max_length=100, blank=True)
    subject = models.TextField(blank=True)
    operation_id = models.CharField(max_length=64, blank=True, db_index=True)
    key_id = models.CharField(max_length=16, db_index=True)
    ciphertext = models.BinaryField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        """Versions are looked up by app, newest first."""

        indexes = (
            models.Index(fields=["purpose", "connection", "subject", "-id"], name="vault_subject"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.connection} {self.subject}"


class VaultKeyCheck(models.Model):
    """A known text under each key that ever encrypted something: tells at start whether the right keys are there."""

    key_id = models.CharField(max_length=16, primary_key=True)
    ciphertext = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key_id


# Looked up before every text that is kept.
key_checks_of = PreparedQuery(lambda: VaultKeyCheck.objects.filter(pk=VALUE))

_COLUMNS = (
    *("purpose", "connection", "key_id", "created_at", "expires_at"),
    *("subject", "operation_id", "ciphertext"),
)


def store_secrets(
    secrets: Iterable[tuple[str, str, bytes]],
    *,
    purpose: VaultPurpose,
    connection: str,
    key_id: str,
    created_at: datetime,
    expires_at: datetime | None,
) -> None:
    """Add many entries that have all this in common, each as (subject, operation id, ciphertext)."""
    common = (purpose.value, connection, key_id, time_value(created_at), time_value(expires_at))
    insert_rows(VaultEntry, _COLUMNS, ((*common, *secret) for secret in secrets))
