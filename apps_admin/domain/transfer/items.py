"""Files of DynamoDB items, in every shape that AWS writes them in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item_json import item_of
from apps_admin.domain.transfer.record import (
    LONGEST_LINE,
    ImportedRecord,
    load_document,
    read_lines,
)

DELETION = "the app was deleted here; an import deletes nothing"


def read_items(stream: TextIO, id_name: str) -> Iterator[ImportedRecord]:
    """Line by line where the first line is a whole record, as one document otherwise.

    `id_name` is the attribute by which a bare item is known.
    """
    start = stream.tell()
    first = stream.readline(LONGEST_LINE)
    stream.seek(start)
    if _is_record(first, id_name):
        yield from read_lines(stream, _record)
        return
    for number, each in enumerate(_items(load_document(stream)), 1):
        place = f"record {number}"
        try:
            yield _record(each, place)
        except ValidationError as error:
            yield ImportedRecord(place=place, problems=(f"{place}: {error.message}",))


def _record(document: Any, place: str) -> ImportedRecord:
    if isinstance(document, dict) and {"Keys", "Metadata"} <= set(document):
        # A line of an incremental export to S3.
        if "NewImage" not in document:
            problem = f"{place}: {DELETION}"
            return ImportedRecord(place=place, item=item_of(document["Keys"]), problems=(problem,))
        document = document["NewImage"]
    elif isinstance(document, dict) and set(document) == {"Item"}:
        document = document["Item"]
    return ImportedRecord(place=place, item=item_of(document))


def _is_record(line: str, id_name: str) -> bool:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and not {"Item", "Keys", id_name}.isdisjoint(document)


def _items(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        if isinstance(document.get("Items"), list):
            return list(document["Items"])
        for value in document.values():
            if isinstance(value, list):
                return [each.get("PutRequest", each) for each in value if isinstance(each, dict)]
    return [document]
