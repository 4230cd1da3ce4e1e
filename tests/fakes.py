"""Fakes that keep the contracts of the real parts; the contract suites run against both."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from apps_admin.domain.errors import (
    AppConflictError,
    AppExistsError,
    AppNotFoundError,
    ConsoleError,
)
from apps_admin.domain.item import AttributeValue, RawItem, same_value
from apps_admin.domain.repository import KeyMatch, Page


class InMemoryAppRepository:
    """An apps table in memory. `calls` names every call made; `fail_next` makes the next one raise."""

    def __init__(self, items: Iterable[RawItem] = ()) -> None:
        self._items: dict[str, RawItem] = {}
        self.calls: list[str] = []
        self._failures: list[ConsoleError] = []
        for item in items:
            self._store(item)

    def fail_next(self, error: ConsoleError) -> None:
        """Raise this error on the next call, before anything is read or written."""
        self._failures.append(error)

    def get(self, app_id: str) -> RawItem:
        self._called("get")
        if app_id not in self._items:
            raise AppNotFoundError(f"No app has the id {app_id!r}.")
        return self._read(app_id)

    def get_many(self, app_ids: Iterable[str]) -> Mapping[str, RawItem]:
        self._called("get_many")
        return {id_: self._read(id_) for id_ in dict.fromkeys(app_ids) if id_ in self._items}

    def find_by_key(self, app_key: str) -> tuple[KeyMatch, ...]:
        self._called("find_by_key")
        return tuple(
            KeyMatch(app_id=app_id, app_key=app_key)
            for app_id, item in self._items.items()
            if app_key and item.get("AppKey") == {"S": app_key}
        )

    def scan(
        self,
        *,
        cursor: Mapping[str, AttributeValue] | None = None,
        limit: int | None = None,
        segment: int = 0,
        total_segments: int = 1,
    ) -> Page:
        self._called("scan")
        observed_at = datetime.now(UTC)
        mine = sorted(id_ for id_ in self._items if sum(id_.encode()) % total_segments == segment)
        rest = [id_ for id_ in mine if cursor is None or id_ > cursor["AppId"]["S"]]
        page = rest if limit is None else rest[:limit]
        has_more = limit is not None and len(page) == limit
        return Page(
            items=tuple(self._read(app_id) for app_id in page),
            cursor={"AppId": {"S": page[-1]}} if has_more else None,
            read_units=float(len(page)),
            observed_at=observed_at,
        )

    def create(self, item: RawItem) -> None:
        self._called("create")
        if item.app_id in self._items:
            raise AppExistsError(f"An app with the id {item.app_id!r} is already in the table.")
        self._store(item)

    def update(self, before: RawItem, after: RawItem) -> None:
        changes = before.changes_to(after)
        if not changes:
            return
        self._called("update")
        stored = self._require_unchanged(before, ("AppKey", *changes.names))
        kept = stored.without(*changes.remove)
        self._store(RawItem(attributes={**kept.attributes, **changes.set}))

    def delete(self, before: RawItem) -> None:
        self._called("delete")
        self._require_unchanged(before, ("AppKey", *before.attributes))
        del self._items[before.app_id]

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self._failures:
            raise self._failures.pop(0)

    def _require_unchanged(self, before: RawItem, names: Iterable[str]) -> RawItem:
        stored = self._items.get(before.app_id)
        if stored is None:
            raise AppConflictError(f"The app {before.app_id!r} was deleted since you opened it.")
        if not all(_same(stored.get(name), before.get(name)) for name in names):
            raise AppConflictError(
                f"The app {before.app_id!r} changed since you opened it.",
                stored=self._read(before.app_id),
            )
        return stored

    def _read(self, app_id: str) -> RawItem:
        return copy.deepcopy(self._items[app_id])

    def _store(self, item: RawItem) -> None:
        self._items[item.app_id] = copy.deepcopy(item)


def _same(one: AttributeValue | None, other: AttributeValue | None) -> bool:
    if one is None or other is None:
        return one is other
    return same_value(one, other)
