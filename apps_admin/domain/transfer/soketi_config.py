"""soketi's own configuration with the array driver: `appManager.array.apps`, as a file or a dotted name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from apps_admin.domain.app import App
from apps_admin.domain.fields import FIELDS, FLAGS
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import LIMITS
from apps_admin.domain.transfer.plain import record_of
from apps_admin.domain.transfer.record import Format, ImportedRecord, load_document, unreadable
from apps_admin.domain.webhooks import parse_webhooks

DOTTED = "appManager.array.apps"
# soketi's names in a configuration file, by the attribute of the table.
_NAMES = {
    each.attribute: each.attribute[0].lower() + each.attribute[1:] for each in FIELDS.values()
}


def _apps(document: Any) -> Any:
    if isinstance(document, dict):
        if DOTTED in document:
            return document[DOTTED]
        for name in ("appManager", "array", "apps"):
            document = document.get(name) if isinstance(document, dict) else None
    return document


def _read(stream: TextIO) -> Iterator[ImportedRecord]:
    apps = _apps(load_document(stream))
    if not isinstance(apps, list):
        raise unreadable(f"There is no list of apps at {DOTTED}.")
    yield from records_of(apps)


def records_of(apps: list[Any]) -> Iterator[ImportedRecord]:
    """The records of a list of plain objects."""
    for number, each in enumerate(apps, 1):
        place = f"record {number}"
        if isinstance(each, Mapping):
            yield record_of(each, place)
        else:
            yield ImportedRecord(place=place, problems=(f"{place}: not an object",))


def _write(items: Iterable[RawItem]) -> Iterator[str]:
    yield '{"appManager": {"driver": "array", "array": {"apps": ['
    for number, item in enumerate(items):
        yield (",\n" if number else "\n") + json.dumps(_plain(item), ensure_ascii=False)
    yield "\n]}}}\n"


def _plain(item: RawItem) -> dict[str, Any]:
    """The app as soketi reads it from the table: its array driver takes every text for true, and knows no bytes."""
    app = App(item)
    plain: dict[str, Any] = {"id": app.id, "key": app.key}
    if app.secret:
        plain["secret"] = app.secret
    for flag, stored in FLAGS.items():
        if any(name in item.attributes for name in stored.names):
            plain[_NAMES[stored.attribute]] = app.flag(flag)
    for limit, value in app.limits.items():
        if value is not None:
            plain[_NAMES[LIMITS[limit].attribute]] = (
                int(value) if value == value.to_integral_value() else float(value)
            )
    if app.webhooks_text:
        plain["webhooks"] = _webhooks(app.webhooks_text)
    return plain


def _webhooks(text: str) -> Any:
    """The list as it is stored; empty where soketi would take none."""
    if parse_webhooks(text) is None:
        return []
    webhooks = json.loads(text)
    return json.loads(webhooks) if isinstance(webhooks, str) else webhooks


SOKETI_CONFIG = Format(
    name="soketi-config",
    label="soketi configuration (array driver)",
    extension="json",
    matches=lambda head: head.lstrip().startswith("{") and "appManager" in head,
    read=_read,
    write=_write,
)
