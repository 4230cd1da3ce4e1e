"""Tokens by which programs use the API in a person's name."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps_admin.models.person import Person


class ApiToken(models.Model):
    """One token. Only its SHA-256 is kept: 32 random bytes need no slower hash, and cannot be read back.

    `actions` and `connections` narrow what the owner may do; None means all of it. `hint` is the token's first
    characters, by which a person recognizes it and a leak is found.
    """

    public_id = models.CharField(max_length=32, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    hint = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    actions = models.JSONField(null=True)
    connections = models.JSONField(null=True)
    has_second_factor = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("-created_at", "pk")
        indexes: ClassVar = [models.Index(fields=["person", "-created_at"], name="token_person")]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"
