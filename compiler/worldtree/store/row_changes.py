"""Collects changes of rows and runs equal statements together."""

from __future__ import annotations

from sqlalchemy import Connection

from worldtree.store.statement import CompiledStatement, Row


class RowChanges:
    """Pending changes of rows because of one task's events.

    Changes of one table run in the order in which they were added. Those of different tables are
    independent, so that rows of one statement run together even with other tables' between them.
    """

    def __init__(self, connection: Connection, task: str) -> None:
        self._connection, self.task = connection, task
        #: By table: the last statement and its rows.
        self._open: dict[str, tuple[CompiledStatement, list[Row]]] = {}

    def add(self, statement: CompiledStatement, row: Row) -> None:
        """Add a change of a row; it runs in ``make`` at the latest."""
        found = self._open.get(statement.table)
        if found is not None and found[0] is statement:
            found[1].append(row)
            return
        if found is not None:
            found[0].run(self._connection, found[1])
        self._open[statement.table] = statement, [row]

    def make(self) -> Connection:
        """Run all changes now; return the connection, for queries that must see them."""
        for statement, rows in self._open.values():
            statement.run(self._connection, rows)
        self._open.clear()
        return self._connection
