"""CSV of this console: a column for each attribute soketi reads, one for everything else, with its type."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.fields import FIELDS, FLAGS
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.item_json import NUMBER, item_of, render_item
from apps_admin.domain.limits import LIMITS
from apps_admin.domain.transfer.cells import csv_line, plain_cell, read_rows, safe_cell
from apps_admin.domain.transfer.record import Format, ImportedRecord, read_json

COLUMNS = tuple(each.attribute for each in FIELDS.values())
OTHER = "OtherAttributes"
_FLAGS = frozenset(each.attribute for each in FLAGS.values())
_NUMBERS = frozenset(rule.attribute for rule in LIMITS.values())


def _cell(name: str, value: AttributeValue | None) -> str | None:
    """The cell of an attribute in its usual type; None where it has another, or is empty."""
    if value is None:
        return None
    if name in _FLAGS:
        return str(value["BOOL"]).lower() if "BOOL" in value else None
    if name in _NUMBERS:
        return str(value["N"]) if "N" in value else None
    text = value.get("S")
    return safe_cell(text) if isinstance(text, str) and text else None


def _write(items: Iterable[RawItem]) -> Iterator[str]:
    yield csv_line((*COLUMNS, OTHER))
    for item in items:
        cells = {name: _cell(name, item.get(name)) for name in COLUMNS}
        rest = item.without(*(name for name, cell in cells.items() if cell is not None))
        other = render_item(rest) if rest.attributes else ""
        yield csv_line([*(cell or "" for cell in cells.values()), other])


def _read(stream: TextIO) -> Iterator[ImportedRecord]:
    for place, cells, problem in read_rows(stream):
        if problem:
            yield ImportedRecord(place=place, problems=(problem,))
            continue
        yield _record(place, cells)


def _record(place: str, cells: dict[str, str]) -> ImportedRecord:
    attributes: dict[str, AttributeValue] = {}
    problems = []
    for name, cell in cells.items():
        try:
            if name == OTHER and cell:
                attributes.update(item_of(read_json(cell)).attributes)
            elif cell:
                attributes[name] = _value(name, cell)
        except json.JSONDecodeError as error:
            problems.append(f"{place}, {name}: {error.msg} at character {error.colno}")
        except (ValueError, RecursionError) as error:
            problems.append(f"{place}, {name}: {error}")
        except ValidationError as error:
            problems.append(f"{place}, {name}: {error.message}")
    return ImportedRecord(
        place=place, item=RawItem(attributes=attributes), problems=tuple(problems)
    )


def _value(name: str, cell: str) -> AttributeValue:
    if name not in COLUMNS:
        raise ValueError("this column is not known")
    if name in _FLAGS:
        if cell.lower() not in {"true", "false"}:
            raise ValueError(f"{cell[:40]!r} is neither true nor false")
        return {"BOOL": cell.lower() == "true"}
    if name in _NUMBERS:
        if not NUMBER.fullmatch(cell):
            raise ValueError(f"{cell[:40]!r} is not a number")
        return {"N": cell}
    return {"S": plain_cell(cell)}


CONSOLE_CSV = Format(
    name="csv",
    label="CSV of this console",
    extension="csv",
    content_type="text/csv",
    matches=lambda head: "AppId" in head.partition("\n")[0] and OTHER in head.partition("\n")[0],
    read=_read,
    write=_write,
    is_lossless=True,
)
