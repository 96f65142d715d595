"""``INSERT … ON CONFLICT`` in the words of whichever database is there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


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
