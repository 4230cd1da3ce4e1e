"""What an import reads and an export writes, whatever the format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem

# A whole JSON document is read into memory, so it has a limit; formats of one record a line have one for the line.
LARGEST_DOCUMENT = 64 * 1024 * 1024
LONGEST_LINE = 24 * 1024 * 1024
TOO_LONG = "longer than 24 million characters"


@dataclass(frozen=True, kw_only=True)
class ImportedRecord:
    """One app of a file: what it says, or what is wrong with it. `place` is for people: "line 3"."""

    place: str
    item: RawItem = field(default_factory=lambda: RawItem(attributes={}))
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format. `matches` looks at the beginning of a file; `write` is None where it is only read."""

    name: str
    label: str
    extension: str
    matches: Callable[[str], bool]
    read: Callable[[TextIO], Iterator[ImportedRecord]]
    write: Callable[[Iterable[RawItem]], Iterator[str]] | None = None
    content_type: str = "application/json"
    # Whether an app exported and imported again is the same, byte for byte.
    is_lossless: bool = False

    @property
    def is_writable(self) -> bool:
        """Whether the console exports it."""
        return self.write is not None


class FormatError(ValidationError):
    """The file as a whole cannot be read."""

    code = "file_unreadable"


def unreadable(text: str, hint: str = "") -> FormatError:
    """The error for a file that cannot be read."""
    return FormatError({"file": [text]}, hint=hint or "Nothing was imported.")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise unreadable(f"{twice[:80]!r} is given twice in one object; only one can be meant.")
    return document


# JSON in which no object has a name twice: a reader that took the last would lose the first without a word.
read_json = json.JSONDecoder(object_pairs_hook=_named_once).decode


def load_document(stream: TextIO) -> Any:
    """The whole file as one JSON document. Raises FormatError with line and column."""
    text = stream.read(LARGEST_DOCUMENT + 1)
    if len(text) > LARGEST_DOCUMENT:
        raise unreadable(
            f"A JSON document of more than {LARGEST_DOCUMENT // 1024 // 1024} MB.",
            "Write one record a line (JSON Lines) instead.",
        )
    try:
        return read_json(text)
    except json.JSONDecodeError as error:
        raise unreadable(
            f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise unreadable("The JSON is nested too deep.") from None


def lines_of(stream: TextIO, *, after: int = 0) -> Iterator[str]:
    """The lines of a file after so many that were read. Raises FormatError at one that is too long to be held."""
    number = after
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if _is_cut(line):
            raise unreadable(f"Line {number}: {TOO_LONG}.")
        yield line


def read_lines(
    stream: TextIO, record_of: Callable[[Any, str], ImportedRecord]
) -> Iterator[ImportedRecord]:
    """One record a line; what is wrong with a line is its record's problem and stops no other."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        place = f"line {number}"
        if _is_cut(line):
            while _is_cut(line):
                line = stream.readline(LONGEST_LINE)
            yield ImportedRecord(place=place, problems=(f"{place}: {TOO_LONG}",))
        elif line.strip():
            yield _record_of_line(line.rstrip(), place, record_of)


def _is_cut(line: str) -> bool:
    return len(line) >= LONGEST_LINE and not line.endswith("\n")


def _record_of_line(
    line: str, place: str, record_of: Callable[[Any, str], ImportedRecord]
) -> ImportedRecord:
    try:
        return record_of(read_json(line), place)
    except json.JSONDecodeError as error:
        problem = f"{place}, column {error.colno}: {error.msg}"
    except ValidationError as error:
        problem = f"{place}: {error.message}"
    except RecursionError:
        problem = f"{place}: nested too deep"
    return ImportedRecord(place=place, problems=(problem,))
