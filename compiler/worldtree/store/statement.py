"""Statements that run for every event: compiled once, then executed with values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update
from sqlalchemy.sql.elements import ClauseElement

Row = Mapping[str, Any]


class CompiledStatement:
    """A statement on one table; ``make`` builds it for a kind of database.

    ``names`` are the columns of an insert. Values go to the driver unchanged, so they must be of
    the types that it accepts for the columns.
    """

    def __init__(
        self,
        table: Table,
        make: Callable[[str], ClauseElement],
        names: Sequence[str] | None = None,
    ) -> None:
        self.table = table.name
        self._make, self._names = make, names
        #: By kind of database: the text, and a function that returns a row's values in the form
        #: of its parameters.
        self._compiled: dict[str, tuple[str, Callable[[Row], Any]]] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute it for each of ``rows``, at least one, in order."""
        text, values_of = self._for(connection)
        connection.exec_driver_sql(text, [values_of(row) for row in rows])

    def _for(self, connection: Connection) -> tuple[str, Callable[[Row], Any]]:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            made = self._make(dialect.name).compile(dialect=dialect, column_keys=self._names)
            order = getattr(made, "positiontup", None)
            found = str(made), dict if order is None else _tuple_getter(order)
            self._compiled[dialect.name] = found
        return found


def _tuple_getter(names: Sequence[str]) -> Callable[[Row], Any]:
    """Return a function that returns the values of ``names`` of a row as a tuple."""
    return itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)


def update_statement(
    table: Table, keys: Sequence[str], *names: str, **more: Any
) -> CompiledStatement:
    """Return the update of a row by its ``keys``, with parameters ``the_<key>``.

    ``names`` are columns set to parameters of the same name, ``more`` are expressions.
    """
    row = [table.c[key] == bindparam(f"the_{key}", type_=table.c[key].type) for key in keys]
    values = {name: bindparam(name, type_=table.c[name].type) for name in names}
    made = update(table).where(*row).values({**values, **more})
    return CompiledStatement(table, lambda _dialect: made)
