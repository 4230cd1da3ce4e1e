"""An index for "contains": FTS5 trigrams on SQLite, pg_trgm on PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table


class SubstringIndex(models.Index):
    """Finds rows by any three or more characters inside one text field.

    On SQLite a virtual table beside the model's own, kept by triggers; where SQLite lacks FTS5's trigrams (before
    3.34) there is none, and searches read every row. On PostgreSQL a GIN index; the extension is made with it.
    """

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",  # noqa: ARG002 - Django's signature
        **kwargs: Any,  # noqa: ARG002
    ) -> Statement:
        """What makes the index. On SQLite the parts but the last are made at once."""
        table, column = model._meta.db_table, self._column(model)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", None)
            sql = f'CREATE INDEX "{self.name}" ON "{table}" USING gin ("{column}" gin_trgm_ops)'
            return _statement(sql, table, schema_editor)
        fts = fts_table(model)
        try:
            schema_editor.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS \"{fts}\" USING fts5({column}, content='{table}', "
                "content_rowid='id', tokenize='trigram')",
                None,
            )
        except DatabaseError:
            return _statement("SELECT 1", table, schema_editor)
        for sql in _triggers(table, fts, column):
            schema_editor.execute(sql, None)
        rebuild = f'INSERT INTO "{fts}"("{fts}") VALUES (\'rebuild\')'  # noqa: S608
        return _statement(rebuild, table, schema_editor)

    def remove_sql(  # type: ignore[override]
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        **kwargs: Any,  # noqa: ARG002
    ) -> Statement:
        """What removes the index."""
        table = model._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            return _statement(f'DROP INDEX IF EXISTS "{self.name}"', table, schema_editor)
        for what in ("added", "removed", "changed"):
            schema_editor.execute(f'DROP TRIGGER IF EXISTS "{fts_table(model)}_{what}"', None)
        return _statement(f'DROP TABLE IF EXISTS "{fts_table(model)}"', table, schema_editor)

    def _column(self, model: type[models.Model]) -> str:
        field = model._meta.get_field(self.fields[0])
        if not isinstance(field, models.Field) or field.column is None:
            raise TypeError(f"{self.name} needs a column of the table")
        return field.column


def fts_table(model: type[models.Model]) -> str:
    """The virtual table beside a model's own on SQLite."""
    return f"{model._meta.db_table}_fts"


def has_fts(model: type[models.Model]) -> bool:
    """Whether this database is SQLite with the virtual table."""
    return (
        connection.vendor == "sqlite" and fts_table(model) in connection.introspection.table_names()
    )


def _triggers(table: str, fts: str, column: str) -> tuple[str, ...]:
    # Names of our own, never input.
    add = f'INSERT INTO "{fts}"(rowid, {column}) VALUES (new.id, new.{column});'  # noqa: S608
    values = f"VALUES ('delete', old.id, old.{column});"
    drop = f'INSERT INTO "{fts}"("{fts}", rowid, {column}) {values}'
    return (
        f'DROP TRIGGER IF EXISTS "{fts}_added"',
        f'DROP TRIGGER IF EXISTS "{fts}_removed"',
        f'DROP TRIGGER IF EXISTS "{fts}_changed"',
        f'CREATE TRIGGER "{fts}_added" AFTER INSERT ON "{table}" BEGIN {add} END',
        f'CREATE TRIGGER "{fts}_removed" AFTER DELETE ON "{table}" BEGIN {drop} END',
        (
            f'CREATE TRIGGER "{fts}_changed" AFTER UPDATE OF {column} ON "{table}" '
            f"WHEN old.{column} IS NOT new.{column} BEGIN {drop} {add} END"
        ),
    )


def _statement(sql: str, table: str, schema_editor: BaseDatabaseSchemaEditor) -> Statement:
    return Statement(sql.replace("%", "%%"), table=Table(table, schema_editor.quote_name))
