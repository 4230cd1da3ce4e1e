"""Exporting apps to a file: read from the table itself, secrets only with the permission, audited."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from operator import attrgetter

from django.conf import settings

from apps_admin.domain.actions import Action
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem, same_value
from apps_admin.domain.masking import masked_value
from apps_admin.domain.transfer import WRITABLE
from apps_admin.services.parallel_scan import Pace, read_segments, read_units_per_second
from apps_admin.services.search import AppQuery, find_apps
from apps_admin.services.workspace import Workspace

BATCH = 100


def export_apps(
    workspace: Workspace,
    format_name: str,
    *,
    query: AppQuery | None = None,
    with_secrets: bool = False,
    reason: str = "",
) -> Generator[str, None, None]:
    """The file as pieces of text: all apps, or those the query finds.

    Without secrets, every attribute that holds one is left out; importing the file leaves it as it is stored. One
    audited operation, ended when the last piece was taken or the generator is closed. Raises DeniedError,
    ValidationError.
    """
    form = WRITABLE.get(format_name)
    if form is None or form.write is None:
        raise ValidationError({"format": [f"The console does not write {format_name!r}."]})
    action = Action.APP_EXPORT_SECRETS if with_secrets else Action.APP_EXPORT
    with workspace.operation(action, reason=reason) as operation:
        counted = _Counted(_items(workspace, query))
        yield from form.write(each if with_secrets else without_secrets(each) for each in counted)
        operation.note(apps=counted.number, format=format_name)


def without_secrets(item: RawItem) -> RawItem:
    """The item without the attributes that hold something secret."""
    return RawItem(
        attributes={
            name: value
            for name, value in item.attributes.items()
            if same_value(masked_value(name, value), value)
        }
    )


class _Counted:
    """Items, and how many they were."""

    def __init__(self, items: Iterator[RawItem]) -> None:
        self._items = items
        self.number = 0

    def __iter__(self) -> Iterator[RawItem]:
        for item in self._items:
            self.number += 1
            yield item


def _items(workspace: Workspace, query: AppQuery | None) -> Iterator[RawItem]:
    apps = workspace.apps
    if query is None:
        segments = settings.INDEX_SEGMENTS
        units = read_units_per_second(workspace.connection, settings.INDEX_CAPACITY_SHARE)
        pages = read_segments(
            apps,
            dict.fromkeys(range(segments)),
            total=segments,
            pace=Pace(units),
            judge=attrgetter("items"),
            is_awaited=True,
        )
        for _segment, _page, items in pages:
            yield from items
        return
    found = find_apps(workspace.connection, query).order_by("app_id")
    batch: list[str] = []
    for app_id in found.values_list("app_id", flat=True).iterator(2000):
        batch.append(app_id)
        if len(batch) == BATCH:
            yield from apps.get_many(batch).values()
            batch = []
    yield from apps.get_many(batch).values()
