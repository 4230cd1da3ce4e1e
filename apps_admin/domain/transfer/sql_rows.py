"""Rows of soketi's `apps` table in MySQL or PostgreSQL, as CSV with a head or as a JSON list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from apps_admin.domain.transfer.cells import plain_cell, read_rows
from apps_admin.domain.transfer.plain import record_of
from apps_admin.domain.transfer.record import (
    Format,
    ImportedRecord,
    load_document,
    read_lines,
    unreadable,
)
from apps_admin.domain.transfer.soketi_config import records_of

_HEAD = re.compile(
    r"(?:^|[,;\t\"{\s])(?:max_connections|enable_client_messages|max_read_req_per_sec)\b"
)
NULLS = frozenset({"", "NULL", "\\N", "null"})


def _read(stream: TextIO) -> Iterator[ImportedRecord]:
    start = stream.tell()
    first = stream.read(1)
    while first and first.isspace():
        first = stream.read(1)
    stream.seek(start)
    if first == "[":
        rows = load_document(stream)
        if not isinstance(rows, list):
            raise unreadable("Not a list of rows.")
        yield from records_of(rows)
    elif first == "{":
        yield from read_lines(stream, _row)
    else:
        for place, cells, problem in read_rows(stream):
            if problem:
                yield ImportedRecord(place=place, problems=(problem,))
                continue
            fields = {n: plain_cell(cell) for n, cell in cells.items() if cell not in NULLS}
            yield record_of(fields, place)


def _row(document: Any, place: str) -> ImportedRecord:
    if not isinstance(document, dict):
        return ImportedRecord(place=place, problems=(f"{place}: not an object",))
    return record_of(document, place)


def _matches(head: str) -> bool:
    text = head.lstrip()
    if text.startswith("["):
        return bool(_HEAD.search(head)) and '"S"' not in head
    if text.startswith("{"):
        try:
            line = json.loads(text.partition("\n")[0])
        except (ValueError, RecursionError):
            return False
        return (
            isinstance(line, dict)
            and "key" in line
            and bool(_HEAD.search(head))
            and '"S"' not in head
        )
    return bool(_HEAD.search(head.partition("\n")[0]))


SQL_ROWS = Format(
    name="sql-rows",
    label="Rows of soketi's apps table in SQL (CSV or JSON)",
    extension="csv",
    matches=_matches,
    read=_read,
)
