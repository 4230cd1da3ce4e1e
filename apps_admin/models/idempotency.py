"""Answers kept for a day, so that a request that is sent again changes nothing again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class KeptAnswer(models.Model):
    """What the first request with an Idempotency-Key was answered, without its secret.

    `fingerprint` is keyed: it tells whether a later request is the same one, and nothing about it. Until the first
    request is answered, `status` is 0.
    """

    actor_id = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField(default=0)
    body = models.TextField(blank=True, default="")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor_id", "key"], name="kept_answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.actor_id}"
