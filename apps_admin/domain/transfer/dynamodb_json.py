"""DynamoDB JSON: an export to S3 (one `{"Item": ...}` a line), the answer of the CLI, or bare items."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.domain.item_json import item_of, render_item
from apps_admin.domain.transfer.record import Format, ImportedRecord, load_document, read_lines

_TYPED = re.compile(r'"(?:AppId|AppKey)"\s*:\s*\{\s*"S"\s*:')


def _item(document: Any) -> RawItem:
    if isinstance(document, dict) and set(document) == {"Item"}:
        document = document["Item"]
    return item_of(document)


def _read(stream: TextIO) -> Iterator[ImportedRecord]:
    """Line by line where the first line is a whole record, as one document otherwise."""
    start = stream.tell()
    first = stream.readline()
    stream.seek(start)
    if _is_record(first):
        yield from read_lines(stream, _item)
        return
    for number, each in enumerate(_records(load_document(stream)), 1):
        place = f"record {number}"
        try:
            yield ImportedRecord(place=place, item=_item(each))
        except ValidationError as error:
            yield ImportedRecord(place=place, problems=(f"{place}: {error.message}",))


def _is_record(line: str) -> bool:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and ("Item" in document or "AppId" in document)


def _records(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        if isinstance(document.get("Items"), list):
            return list(document["Items"])
        for value in document.values():
            if isinstance(value, list):
                return [each.get("PutRequest", each) for each in value if isinstance(each, dict)]
    return [document]


def _write(items: Iterable[RawItem]) -> Iterator[str]:
    for item in items:
        yield f'{{"Item": {render_item(item)}}}\n'


DYNAMODB_JSON = Format(
    name="dynamodb-json",
    label="DynamoDB JSON (export to S3, AWS CLI)",
    extension="json",
    matches=lambda head: bool(_TYPED.search(head)),
    read=_read,
    write=_write,
    is_lossless=True,
)
