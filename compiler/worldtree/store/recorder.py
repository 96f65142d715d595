"""The engine's recorder on the database: a batch of events and what follows from it, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, update
from sqlalchemy.dialects.sqlite import insert as upsert

from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.store.event_rows import to_row
from worldtree.store.schema import attempts, blobs, events, host_results, nodes, tasks


class StoreRecorder:
    """Records one task's events; on disk when ``record`` returns."""

    def __init__(self, engine: Engine, task: str, last_seq: int = 0) -> None:
        self._engine, self._task, self._seq = engine, task, last_seq

    def record(self, new: Sequence[Event]) -> Sequence[Event]:
        """Write ``new`` and the states that follow in one transaction; return them numbered."""
        numbered = [
            event.model_copy(update={"seq": self._seq + place})
            for place, event in enumerate(new, 1)
        ]
        rows, large = [], {}
        for event in numbered:
            row, blob = to_row(self._task, event)
            rows.append(row)
            if blob is not None:
                large[blob["digest"]] = blob
        with self._engine.begin() as connection:
            if large:
                known = upsert(blobs).on_conflict_do_nothing()
                connection.execute(known, list(large.values()))
            connection.execute(insert(events), rows)
            for event in numbered:
                project = _PROJECTIONS.get(event.kind)
                if project is not None:
                    project(connection, self._task, event)
        self._seq += len(numbered)
        return numbered


def _task_started(connection: Connection, task: str, event: Event) -> None:
    _set_task(connection, task, status=TaskStatus.RUNNING, started=event.time)
    states = [
        {"task": task, "id": node["id"], "position": place, "status": NodeStatus.PENDING}
        for place, node in enumerate(event.result["nodes"])
    ]
    hosts = [
        {"task": task, "node": node["id"], "host": host, "status": HostStatus.NOT_RUN}
        for node in event.result["nodes"]
        for host in node["hosts"]
    ]
    if states:
        connection.execute(insert(nodes).values(attempts=0), states)
    if hosts:
        connection.execute(insert(host_results).values(changed=False), hosts)


def _task_finished(connection: Connection, task: str, event: Event) -> None:
    _set_task(connection, task, status=event.status, ended=event.time, message=event.message)


def _attempt_started(connection: Connection, task: str, event: Event) -> None:
    row = {
        "id": event.attempt,
        "task": task,
        "nodes": json.dumps(event.result["nodes"]),
        "hosts": json.dumps(event.result["hosts"]),
        "directory": event.result.get("directory", ""),
        "started": event.time,
    }
    connection.execute(insert(attempts), row)


def _attempt_finished(connection: Connection, _task: str, event: Event) -> None:
    values = {
        "state": event.status,
        "rc": event.result.get("rc"),
        "message": event.message,
        "ended": event.time,
        "interrupted_hosts": json.dumps(event.result.get("interrupted_hosts", [])),
        "leftovers": json.dumps(event.result.get("leftovers", [])),
    }
    connection.execute(update(attempts).where(attempts.c.id == event.attempt).values(values))


def _node_started(connection: Connection, task: str, event: Event) -> None:
    values = {
        "status": NodeStatus.RUNNING,
        "attempts": nodes.c.attempts + 1,
        "started": func.coalesce(nodes.c.started, event.time),
    }
    connection.execute(_node(task, event).values(values))


def _node_finished(connection: Connection, task: str, event: Event) -> None:
    values = {"status": event.status, "ended": event.time, "message": event.message}
    connection.execute(_node(task, event).values(caused_by=event.caused_by, **values))
    for host, fields in event.result.get("hosts", {}).items():
        connection.execute(_host(task, event, host).values(fields))


def _node_skipped(connection: Connection, task: str, event: Event) -> None:
    cause = {"caused_by": event.caused_by, "message": event.message}
    if event.host is not None:
        connection.execute(_host(task, event, event.host).values(cause))
        return
    connection.execute(
        _node(task, event).values(status=NodeStatus.SKIPPED, ended=event.time, **cause)
    )


def _set_task(connection: Connection, task: str, **values: Any) -> None:
    connection.execute(update(tasks).where(tasks.c.id == task).values(values))


def _node(task: str, event: Event) -> Any:
    return update(nodes).where(nodes.c.task == task, nodes.c.id == event.node)


def _host(task: str, event: Event, host: str) -> Any:
    return update(host_results).where(
        host_results.c.task == task, host_results.c.node == event.node, host_results.c.host == host
    )


_PROJECTIONS: dict[EventKind, Callable[[Connection, str, Event], None]] = {
    EventKind.TASK_STARTED: _task_started,
    EventKind.TASK_FINISHED: _task_finished,
    EventKind.ATTEMPT_STARTED: _attempt_started,
    EventKind.ATTEMPT_FINISHED: _attempt_finished,
    EventKind.NODE_STARTED: _node_started,
    EventKind.NODE_FINISHED: _node_finished,
    EventKind.NODE_SKIPPED: _node_skipped,
}
