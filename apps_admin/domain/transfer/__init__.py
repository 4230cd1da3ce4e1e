"""Files of apps: every format, and which one a file is."""

from __future__ import annotations

from collections.abc import Mapping

from apps_admin.domain.transfer.console_csv import CONSOLE_CSV
from apps_admin.domain.transfer.console_jsonl import CONSOLE_JSONL
from apps_admin.domain.transfer.dynamodb_json import DYNAMODB_JSON
from apps_admin.domain.transfer.laravel import LARAVEL
from apps_admin.domain.transfer.record import Format, FormatError, ImportedRecord, unreadable
from apps_admin.domain.transfer.sockudo import SOCKUDO
from apps_admin.domain.transfer.soketi_config import SOKETI_CONFIG
from apps_admin.domain.transfer.soketi_environment import SOKETI_ENVIRONMENT
from apps_admin.domain.transfer.sql_rows import SQL_ROWS

# The first that matches a file is what it is taken for.
FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        CONSOLE_JSONL,
        CONSOLE_CSV,
        DYNAMODB_JSON,
        SOCKUDO,
        SOKETI_CONFIG,
        SOKETI_ENVIRONMENT,
        LARAVEL,
        SQL_ROWS,
    )
}
WRITABLE: Mapping[str, Format] = {n: each for n, each in FORMATS.items() if each.write is not None}

__all__ = ["FORMATS", "WRITABLE", "Format", "FormatError", "ImportedRecord", "detect", "unreadable"]


def detect(head: str) -> Format | None:
    """The format of a file by its beginning (some thousand characters); None when it is none of them."""
    return next((each for each in FORMATS.values() if each.matches(head)), None)
