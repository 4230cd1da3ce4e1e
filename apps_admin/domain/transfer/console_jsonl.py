"""JSON Lines of this console: one app a line, every attribute with its type."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.domain.item_json import item_of, render_item
from apps_admin.domain.transfer.record import Format, ImportedRecord, read_lines

MARK = "soketi_app"


def _record(document: Any, place: str) -> ImportedRecord:
    if not isinstance(document, dict) or MARK not in document:
        raise ValidationError({"item": [f'a line is {{"{MARK}": {{...}}}}']})
    return ImportedRecord(place=place, item=item_of(document[MARK]))


def _write(items: Iterable[RawItem]) -> Iterator[str]:
    for item in items:
        yield f'{{"{MARK}": {render_item(item)}}}\n'


def _matches(head: str) -> bool:
    line = head.lstrip().partition("\n")[0]
    if line.startswith(f'{{"{MARK}"'):
        return True
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and MARK in document


CONSOLE_JSONL = Format(
    name="jsonl",
    label="JSON Lines of this console",
    extension="jsonl",
    content_type="application/x-ndjson",
    matches=_matches,
    read=lambda stream: read_lines(stream, _record),
    write=_write,
    is_lossless=True,
)
