"""A cache in SQL that every process shares: rate limits and used one-time codes live here.

Django's own DatabaseCache unpickles what it reads, so whoever can write to the table could run code in the console.
This one keeps JSON.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import IntegrityError, models, transaction
from django.utils import timezone

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
# Expired rows are removed once in so many writes of a new key.
CULL_EVERY = 50


class CacheEntry(models.Model):
    """One value, as JSON, until it expires."""

    key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class JsonDatabaseCache(BaseCache):
    """Django's cache interface over `CacheEntry`. Values are what JSON can hold."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._location = location
        self._added = 0

    def add(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Keep a value unless there is one; says whether it was kept. Atomic between processes."""
        key = self.make_and_validate_key(key, version=version)
        CacheEntry.objects.filter(key=key, expires_at__lte=timezone.now()).delete()
        self._cull()
        try:
            with transaction.atomic():
                CacheEntry.objects.create(
                    key=key, value=json.dumps(value), expires_at=self._expiry(timeout)
                )
        except IntegrityError:
            return False
        return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or the default when there is none or it expired."""
        key = self.make_and_validate_key(key, version=version)
        entry = CacheEntry.objects.filter(key=key, expires_at__gt=timezone.now()).first()
        return default if entry is None else json.loads(entry.value)

    def set(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        """Keep a value, whatever was there."""
        key = self.make_and_validate_key(key, version=version)
        CacheEntry.objects.update_or_create(
            key=key,
            defaults={"value": json.dumps(value), "expires_at": self._expiry(timeout)},
        )

    def touch(
        self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Move a value's expiry; says whether there is such a value."""
        key = self.make_and_validate_key(key, version=version)
        return bool(CacheEntry.objects.filter(key=key).update(expires_at=self._expiry(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Drop a value; says whether there was one."""
        key = self.make_and_validate_key(key, version=version)
        return bool(CacheEntry.objects.filter(key=key).delete()[0])

    def clear(self) -> None:
        """Drop everything."""
        CacheEntry.objects.all().delete()

    def _expiry(self, timeout: float | None) -> datetime:
        seconds = self.get_backend_timeout(timeout)
        return FOREVER if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)

    def _cull(self) -> None:
        self._added += 1
        if self._added % CULL_EVERY == 0:
            CacheEntry.objects.filter(expires_at__lte=timezone.now()).delete()
