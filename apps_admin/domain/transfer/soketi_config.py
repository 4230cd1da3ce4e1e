"""soketi's own configuration with the array driver: `appManager.array.apps`, as a file or a dotted name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from apps_admin.domain.fields import FIELDS, WEBHOOKS
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.limits import LIMITS
from apps_admin.domain.transfer.plain import record_of
from apps_admin.domain.transfer.record import Format, ImportedRecord, load_document, unreadable

DOTTED = "appManager.array.apps"
# soketi's names in a configuration file, by the attribute of the table.
_NAMES = {
    each.attribute: each.attribute[0].lower() + each.attribute[1:] for each in FIELDS.values()
}
_NAMES |= {"AppId": "id", "AppKey": "key", "AppSecret": "secret"}
_NUMBERS = frozenset(rule.attribute for rule in LIMITS.values())


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
    return {
        _NAMES[name]: _plain_value(name, value)
        for name, value in item.attributes.items()
        if name in _NAMES
    }


def _plain_value(name: str, value: AttributeValue) -> Any:
    content = next(iter(value.values()))
    if name == WEBHOOKS.attribute:
        try:
            return json.loads(content)
        except (TypeError, ValueError):
            return []
    if name in _NUMBERS and isinstance(content, str):
        try:
            number = float(content)
        except ValueError:
            return content
        return int(number) if number.is_integer() else number
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else content


SOKETI_CONFIG = Format(
    name="soketi-config",
    label="soketi configuration (array driver)",
    extension="json",
    matches=lambda head: head.lstrip().startswith("{") and "appManager" in head,
    read=_read,
    write=_write,
)
