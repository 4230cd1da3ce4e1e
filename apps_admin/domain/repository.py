"""What the services need from the store of apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps_admin.domain.item import AttributeValue, RawItem


@dataclass(frozen=True, kw_only=True)
class KeyMatch:
    """One item of `AppKeyIndex` that has the key asked for."""

    app_id: str
    app_key: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a scan. `cursor` is None on the last page; `read_units` is what it cost.

    `observed_at` is taken before the read: whatever was written later is not in the page.
    """

    items: tuple[RawItem, ...]
    cursor: Mapping[str, AttributeValue] | None
    read_units: float
    observed_at: datetime


class AppReader(Protocol):
    """Reads of one apps table. Every read of an item is strongly consistent."""

    def get(self, app_id: str) -> RawItem:
        """The item with this id, whole. Raises AppNotFoundError."""
        ...

    def get_many(self, app_ids: Iterable[str]) -> Mapping[str, RawItem]:
        """The items with these ids; ids that do not exist are left out (BatchGetItem)."""
        ...

    def find_by_key(self, app_key: str) -> tuple[KeyMatch, ...]:
        """Who has this AppKey, from `AppKeyIndex` (eventually consistent; every duplicate)."""
        ...

    def scan(
        self,
        *,
        cursor: Mapping[str, AttributeValue] | None = None,
        limit: int | None = None,
        segment: int = 0,
        total_segments: int = 1,
    ) -> Page:
        """One page of whole items, in the table's own order."""
        ...


class AppRepository(AppReader, Protocol):
    """The store with writes. Services get one only inside `workspace.operation()`."""

    def create(self, item: RawItem) -> None:
        """Put a new item. Raises AppExistsError when the id is taken."""
        ...

    def update(self, before: RawItem, after: RawItem) -> None:
        """Set and remove exactly what differs. Raises AppConflictError when `before` is not stored any more."""
        ...

    def delete(self, before: RawItem) -> None:
        """Delete the item if it is still `before`. Raises AppConflictError otherwise."""
        ...
