"""Statements that are written at every event: compiled once, then they only get values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update
from sqlalchemy.sql.elements import ClauseElement

Row = Mapping[str, Any]


class Statement:
    """One way to change rows of one table; ``make`` builds it for a kind of database.

    ``names`` are the columns of an insert that are given values. Values go to the driver as they
    are, so they must be of the types that it takes for the columns.
    """

    def __init__(
        self,
        table: Table,
        make: Callable[[str], ClauseElement],
        names: Sequence[str] | None = None,
    ) -> None:
        self.table = table.name
        self._make, self._names = make, names
        #: By kind of database: the text, and the order of values where these have no names.
        self._compiled: dict[str, tuple[str, Sequence[str] | None]] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute it for each of ``rows``, at least one, in order."""
        text, order = self._for(connection)
        if order is None:
            connection.exec_driver_sql(text, [dict(row) for row in rows])
        else:
            connection.exec_driver_sql(text, [tuple(row[name] for name in order) for row in rows])

    def _for(self, connection: Connection) -> tuple[str, Sequence[str] | None]:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            made = self._make(dialect.name).compile(dialect=dialect, column_keys=self._names)
            found = str(made), getattr(made, "positiontup", None)
            self._compiled[dialect.name] = found
        return found


def setting(table: Table, keys: Sequence[str], *names: str, **more: Any) -> Statement:
    """Return the update of a row by its ``keys``, given as ``the_<key>``.

    ``names`` are set to what is given by these names, ``more`` are expressions.
    """
    row = [table.c[key] == bindparam(f"the_{key}", type_=table.c[key].type) for key in keys]
    values = {name: bindparam(name, type_=table.c[name].type) for name in names}
    made = update(table).where(*row).values({**values, **more})
    return Statement(table, lambda _dialect: made)
