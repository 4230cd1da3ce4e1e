"""Statements that every write needs, of values the database takes as they are.

One prepared statement each: Django's own ways ask every field about every value, which takes several times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection as sql
from django.db import models


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    skip_taken: bool = False,
) -> None:
    """Insert rows, or with `skip_taken` those that break no unique constraint. Columns left out have no default."""
    values = list(rows)
    if not values:
        return
    statement = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "  # noqa: S608 - own names
        f"VALUES ({', '.join(['%s'] * len(columns))})"
    )
    with sql.cursor() as cursor:
        cursor.executemany(
            f"{statement} ON CONFLICT DO NOTHING" if skip_taken else statement, values
        )


def remove_rows(model: type[models.Model], column: str, values: Sequence[str]) -> None:
    """Delete the rows with one of these values. Only for models that no other row refers to."""
    if not values:
        return
    marks = ", ".join(["%s"] * len(values))
    with sql.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} WHERE {column} IN ({marks})",  # noqa: S608 - own names
            values,
        )


def time_value(moment: datetime | None) -> Any:
    """A time as the database stores it."""
    return sql.ops.adapt_datetimefield_value(moment)
