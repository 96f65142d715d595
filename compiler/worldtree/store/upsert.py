"""Insert statements in the dialect of each kind of database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from worldtree.store.statement import CompiledStatement, Row

#: By kind of database: its insert with ``ON CONFLICT``.
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@cache
def plain_insert(table: Table) -> CompiledStatement:
    """Return the insert of new rows that have a value for every column."""
    return CompiledStatement(table, lambda dialect: INSERTS[dialect](table))


@cache
def insert_or_ignore(table: Table, names: tuple[str, ...]) -> CompiledStatement:
    """Return the insert of rows with these columns; existing rows stay as they are."""

    def make(dialect: str) -> Any:
        return INSERTS[dialect](table).on_conflict_do_nothing()

    return CompiledStatement(table, make, names)


@cache
def insert_or_update(table: Table, names: tuple[str, ...]) -> CompiledStatement:
    """Return the insert of rows with these columns; existing rows are updated."""

    def make(dialect: str) -> Any:
        keys = [column.name for column in table.primary_key]
        query = INSERTS[dialect](table)
        values = {name: query.excluded[name] for name in names if name not in keys}
        return query.on_conflict_do_update(index_elements=keys, set_=values)

    return CompiledStatement(table, make, names)


def insert_new(connection: Connection, table: Table, rows: Row | Sequence[Row]) -> None:
    """Insert the rows (one or several, with equal columns) whose key does not exist."""
    if found := _as_rows(rows):
        insert_or_ignore(table, tuple(found[0])).run(connection, found)


def insert_if_new(connection: Connection, table: Table, row: Row) -> bool:
    """Insert a row; return False, with nothing changed, where a key of it exists."""
    insert = INSERTS[connection.dialect.name](table).values(dict(row)).on_conflict_do_nothing()
    # The number of rows is not known of every driver's insert.
    return connection.execute(insert.returning(*table.primary_key)).first() is not None


def upsert(connection: Connection, table: Table, rows: Row | Sequence[Row]) -> None:
    """Insert or update the rows (one or several, with equal columns)."""
    if found := _as_rows(rows):
        insert_or_update(table, tuple(found[0])).run(connection, found)


def _as_rows(rows: Row | Sequence[Row]) -> Sequence[Row]:
    return [rows] if isinstance(rows, Mapping) else rows
