"""Queries of every request, whose SQL Django writes once a process: compiling takes ten times as long as running."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final, Generic, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models.expressions import RawSQL

Row = TypeVar("Row", bound=models.Model)

# Stands in a query where each call has a value.
VALUE: Final = RawSQL("%s", ())


class _Written(NamedTuple):
    """The SQL, the model's fields in its order, and how the database's values become theirs, by position."""

    sql: str
    names: list[str]
    converters: list[tuple[int, list[Callable[..., Any]], Any]]


class PreparedQuery(Generic[Row]):
    """The rows of one model, as a queryset with `VALUE` for what differs gives them.

    Values are given in the order they stand in the SQL, as the database takes them: texts and numbers.
    """

    def __init__(self, make: Callable[[], models.QuerySet[Row]]) -> None:
        self._make = make

    def __call__(self, *values: str | int) -> list[Row]:
        """The rows for these values, read now."""
        sql, names, converters = self._written
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = [list(row) for row in cursor.fetchall()]
        for row in found:
            for place, convert_each, expression in converters:
                for convert in convert_each:
                    row[place] = convert(row[place], expression, connection)
        return [self._model.from_db(connection.alias, names, row) for row in found]

    @cached_property
    def _model(self) -> type[Row]:
        return self._make().model

    @cached_property
    def _written(self) -> _Written:
        compiler = self._make().query.get_compiler(connection=connection)
        sql, given = compiler.as_sql()
        if given:
            raise ValueError("a prepared query has VALUE in place of every value")
        columns = [column for column, _sql, _alias in compiler.select]
        return _Written(
            sql=sql,
            names=[column.target.attname for column in columns],
            converters=[
                (place, convert_each, expression)
                for place, (convert_each, expression) in compiler.get_converters(columns).items()
            ],
        )
