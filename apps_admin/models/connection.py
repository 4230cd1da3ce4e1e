"""Connections kept in SQL. Their secrets are in the vault; those declared elsewhere are not here."""

from __future__ import annotations

from django.db import models

from apps_admin.domain.connection import (
    DEFAULT_REGION,
    DEFAULT_TABLE,
    LATEST_SOKETI,
    CredentialMode,
)
from apps_admin.models.prepared import PreparedQuery
from apps_admin.models.vault import VaultEntry


class StoredConnection(models.Model):
    """One connection; `credentials` holds all that is not secret, `secrets` the encrypted rest."""

    slug = models.CharField(max_length=100, unique=True)
    label = models.CharField(max_length=100, blank=True)
    color = models.CharField(max_length=16)
    table = models.CharField(max_length=255, default=DEFAULT_TABLE)
    region = models.CharField(max_length=64, default=DEFAULT_REGION)
    endpoint = models.CharField(max_length=500, blank=True)
    protected = models.BooleanField(default=False)
    read_only = models.BooleanField(default=False)
    without_secrets = models.BooleanField(default=False)
    reason_required = models.BooleanField(default=False)
    second_factor_required = models.BooleanField(default=False)
    soketi_version = models.CharField(max_length=16, default=LATEST_SOKETI)
    soketi_url = models.CharField(max_length=500, blank=True)
    metrics_url = models.CharField(max_length=500, blank=True)
    notes = models.TextField(blank=True)
    credential_mode = models.CharField(
        max_length=32, choices=[(mode.value, mode.value) for mode in CredentialMode]
    )
    credentials = models.JSONField(default=dict)
    secrets = models.ForeignKey(
        VaultEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """Listed by slug."""

        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug


# Asked by every page: what its list of connections to switch to shows, and nothing of how to reach them.
connections_to_name = PreparedQuery(lambda: StoredConnection.objects.only("slug", "label", "color"))
