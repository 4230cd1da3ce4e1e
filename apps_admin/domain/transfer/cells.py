"""Cells of CSV files: no cell is a formula to a spreadsheet, and every one is read back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TextIO

from apps_admin.domain.transfer.record import LONGEST_LINE, lines_of, unreadable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")

csv.field_size_limit(LONGEST_LINE)


def safe_cell(text: str) -> str:
    """Text that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def plain_cell(cell: str) -> str:
    """The text of a cell that `safe_cell` made."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def csv_line(cells: Sequence[str]) -> str:
    """One line of CSV."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def read_rows(stream: TextIO) -> Iterator[tuple[str, dict[str, str], str]]:
    """Each row as (place, cells by column, problem). Raises FormatError for a file without a usable head."""
    first = stream.readline(LONGEST_LINE)
    delimiter = max(",;\t", key=first.count)
    head = next(csv.reader([first], delimiter=delimiter), [])
    names = [name.strip().removeprefix("\ufeff") for name in head]
    if len(set(names)) != len(names) or not any(names):
        raise unreadable("Line 1: the columns' names are missing, or one stands there twice.")
    rows = csv.reader(lines_of(stream, after=1), delimiter=delimiter)
    while True:
        # A cell may hold line breaks: the line on which its row begins, after the head.
        place = f"line {rows.line_num + 2}"
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise unreadable(f"{place.capitalize()}: {error}.") from None
        if not cells:
            continue
        problem = ""
        if len(cells) != len(names):
            problem = f"{place}: {len(cells)} columns, but the head has {len(names)}"
        yield place, dict(zip(names, cells, strict=False)), problem
