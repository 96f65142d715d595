"""Changes of rows that follow from a batch of events: gathered, and made together where alike."""

from __future__ import annotations

from sqlalchemy import Connection

from worldtree.store.statement import CompiledStatement, Row


class RowChanges:
    """What is to be changed because of one task's events.

    Changes of one table are made in the order in which they were given. Those of different tables
    do not see each other, so that rows of one statement go to the database in one go even when
    other tables' stand between them.
    """

    def __init__(self, connection: Connection, task: str) -> None:
        self._connection, self.task = connection, task
        #: By table: what was given last, and for which rows.
        self._open: dict[str, tuple[CompiledStatement, list[Row]]] = {}

    def add(self, statement: CompiledStatement, row: Row) -> None:
        """Have a row changed, no later than ``make``."""
        found = self._open.get(statement.table)
        if found is not None and found[0] is statement:
            found[1].append(row)
            return
        if found is not None:
            found[0].run(self._connection, found[1])
        self._open[statement.table] = statement, [row]

    def make(self) -> Connection:
        """Make all changes now; return the connection, for what has to see them."""
        for statement, rows in self._open.values():
            statement.run(self._connection, rows)
        self._open.clear()
        return self._connection
