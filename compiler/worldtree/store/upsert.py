"""Ways to insert, in the words of whichever database is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
#: Inserts by database and table: their text, and the order of values where these have no names.
_STATEMENTS: dict[tuple[str, str], tuple[str, Sequence[str] | None]] = {}


def put_new(connection: Connection, table: Table, rows: Any) -> None:
    """Insert the rows whose key is not there yet."""
    connection.execute(_INSERTS[connection.dialect.name](table).on_conflict_do_nothing(), rows)


def put(connection: Connection, table: Table, rows: Any) -> None:
    """Insert ``rows`` (a dict or a list of them, with equal keys), over those with the same key."""
    sample = rows if isinstance(rows, dict) else next(iter(rows), None)
    if sample is None:
        return
    keys = [column.name for column in table.primary_key]
    query = _INSERTS[connection.dialect.name](table)
    values = {name: query.excluded[name] for name in sample if name not in keys}
    connection.execute(query.on_conflict_do_update(index_elements=keys, set_=values), rows)


def put_many(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert new rows that have a value for every column: without work for each of them."""
    key = (connection.dialect.name, table.name)
    if key not in _STATEMENTS:
        compiled = insert(table).compile(dialect=connection.dialect)
        _STATEMENTS[key] = (str(compiled), compiled.positiontup)
    statement, names = _STATEMENTS[key]
    if names:
        connection.exec_driver_sql(statement, [tuple(row[n] for n in names) for row in rows])
    else:
        connection.exec_driver_sql(statement, list(rows))
