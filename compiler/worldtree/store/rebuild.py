"""Rebuilds a task's rows from its events and reports the differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update

from worldtree.results.events import EventKind
from worldtree.results.fold import Fold
from worldtree.results.tree import TaskResult
from worldtree.store.base import StorePart
from worldtree.store.event_log import EventLog
from worldtree.store.projections import RESULTS
from worldtree.store.row_changes import RowChanges
from worldtree.store.schema import attempts, host_results, nodes, outputs, tasks

#: Tables derived from events alone, with the key columns of a row within a task.
_TABLES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (nodes, ("id",)),
    (host_results, ("node", "host")),
    (attempts, ("id",)),
    (outputs, ("node", "host", "name")),
)
#: Columns of the task itself that are derived from events.
_TASK_COLUMNS = ("status", "message", "started", "ended")

#: Events whose rows are written together.
_BATCH_EVENTS = 1000

_Rows = dict[tuple[str, ...], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """The result of a rebuild."""

    task: str
    #: Events from which rows are derived.
    events: int
    #: Rows now, by table.
    rows: Mapping[str, int]
    #: One line for each value that differed from the events, and was corrected.
    differences: tuple[str, ...]


class TaskRebuilder(StorePart):
    """Rebuilds rows from events."""

    def rebuild(self, task: str) -> RebuildResult:
        """Rebuild the rows of the task with this id, in one transaction.

        The rows are compared with the former rows, and with the fold of the same events. The task
        must not be running.
        """
        log = EventLog(self._engine, self.home, self.project)
        tree = Fold(keep_tasks=False)
        with self._writer.begin() as connection:
            lock = select(tasks.c.id).where(tasks.c.id == task).with_for_update()
            connection.execute(lock)
            before = _read(connection, task)
            for table, _ in reversed(_TABLES):
                connection.execute(delete(table).where(table.c.task == task))
            changes = RowChanges(connection, task)
            count, ended = 0, False
            for event in log.events(task):
                tree.add(event)
                step = RESULTS.get(event.kind)
                if step is not None:
                    step(changes, event)
                    count += 1
                    if count % _BATCH_EVENTS == 0:
                        changes.make()
                if event.kind in (EventKind.TASK_STARTED, EventKind.TASK_FINISHED):
                    ended = event.kind is EventKind.TASK_FINISHED
            changes.make()
            if not ended:
                # A status that was set because its process had died is in no event.
                [of_task] = before["tasks"].values()
                values = {name: of_task[name] for name in _TASK_COLUMNS}
                connection.execute(update(tasks).where(tasks.c.id == task).values(values))
            after = _read(connection, task)
        found = [*_differences(before, after), *_differences_from_fold(after, tree.result())]
        rows = {table.name: len(after[table.name]) for table, _ in _TABLES}
        return RebuildResult(task, count, rows, tuple(found))


def _read(connection: Connection, task: str) -> dict[str, _Rows]:
    found: dict[str, _Rows] = {}
    for table, names in _TABLES:
        rows = connection.execute(select(table).where(table.c.task == task)).mappings()
        found[table.name] = {tuple(row[name] for name in names): dict(row) for row in rows}
    row = connection.execute(select(tasks).where(tasks.c.id == task)).mappings().one()
    found["tasks"] = {(task,): {name: row[name] for name in _TASK_COLUMNS}}
    return found


def _differences(was: Mapping[str, _Rows], now: Mapping[str, _Rows]) -> Iterator[str]:
    for table, rows in now.items():
        for key in {**was[table], **rows}:
            name = f"{table} {' '.join(key)}"
            old, new = was[table].get(key), rows.get(key)
            if old is None:
                yield f"{name}: was missing"
            elif new is None:
                yield f"{name}: was there without an event"
            else:
                for column, value in new.items():
                    if old[column] != value:
                        yield f"{name}: {column} was {old[column]!r}, by the events {value!r}"


def _differences_from_fold(rows: Mapping[str, _Rows], tree: TaskResult) -> Iterator[str]:
    """Compare the rows of ended nodes with the fold, which is computed independently."""
    for node in tree.nodes:
        row = rows["nodes"].get((node.id,))
        if row is None or row["ended"] is None:
            continue
        if row["status"] != node.status:
            yield f"nodes {node.id}: status is {row['status']}, by the fold {node.status}"
        for host, result in node.hosts.items():
            found = rows["host_results"].get((node.id, host), {"status": "missing"})["status"]
            if found != result.status:
                yield f"host_results {node.id} {host}: is {found}, by the fold {result.status}"
