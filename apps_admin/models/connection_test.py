"""Connection tests: the one running now and the last ones, per connection. Never a secret."""

from __future__ import annotations

from django.db import models


class ConnectionTest(models.Model):
    """One test of a connection by somebody. `report` grows step by step while it runs."""

    connection = models.CharField(max_length=100, db_index=True)
    person = models.CharField(max_length=200)
    is_of_form = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)

    class Meta:
        """Newest first."""

        ordering = ("-started_at", "-id")

    def __str__(self) -> str:
        return f"{self.connection} {self.started_at:%Y-%m-%d %H:%M}"
