"""What follows from an event in the other tables; the events alone decide what stands there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from worldtree.results.decide import came_through
from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.store.schema import attempts, host_results, nodes, outputs, successes, tasks
from worldtree.store.upsert import put, put_new

Projection = Callable[[Connection, str, Event], None]

#: What a host's entry in NODE_FINISHED sets in its row.
_HOST_FIELDS = ("status", "changed", "message", "started", "ended", "caused_by")

_WAITING_NODE = {"status": NodeStatus.PENDING, "attempts": 0}
_WAITING_HOST = {"status": HostStatus.NOT_RUN, "changed": False}


def project(connection: Connection, task: str, event: Event) -> None:
    """Bring the rows of ``task`` up to ``event``, and what is known of its cluster."""
    for step in (RESULTS.get(event.kind), _KNOWLEDGE.get(event.kind)):
        if step is not None:
            step(connection, task, event)


def clean(text: str | None) -> str | None:
    """Return ``text`` as every database takes it: no NUL, no half characters."""
    if text is None or (text.isprintable() and text.isascii()):
        return text
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


# ---- results ---------------------------------------------------------------------------------


def _task_started(connection: Connection, task: str, event: Event) -> None:
    values = {"status": TaskStatus.RUNNING, "started": event.time}
    _set_task(connection, task, **values)
    states, hosts = _listed(task, event)
    put(connection, nodes, [{**row, **_WAITING_NODE} for row in states])
    put(connection, host_results, [{**row, **_WAITING_HOST} for row in hosts])


def _task_resumed(connection: Connection, task: str, event: Event) -> None:
    """What came through stays as it is; the rest waits again, and what is not planned goes."""
    _set_task(connection, task, status=TaskStatus.RUNNING, ended=None, message=None)
    states, hosts = _listed(task, event)
    mine = nodes.c.task == task
    through = nodes.c.status.in_([NodeStatus.SUCCEEDED, NodeStatus.SKIPPED])
    again = {"status": NodeStatus.PENDING, "ended": None, "caused_by": None, "message": None}
    connection.execute(update(nodes).where(mine, ~through).values(again))
    for table, rows, waiting in (
        (nodes, states, _WAITING_NODE),
        (host_results, hosts, _WAITING_HOST),
    ):
        keys = [column.name for column in table.primary_key]
        wanted = {tuple(row[name] for name in keys) for row in rows}
        known = connection.execute(
            select(*(table.c[name] for name in keys)).where(table.c.task == task)
        )
        gone = [
            {f"the_{n}": v for n, v in row._mapping.items()} for row in known if row not in wanted
        ]
        if gone:
            one = [table.c[name] == bindparam(f"the_{name}") for name in keys]
            connection.execute(delete(table).where(*one), gone)
        put_new(connection, table, [{**row, **waiting} for row in rows])
    place = update(nodes).where(mine, nodes.c.id == bindparam("the_id"))
    positions = [{"the_id": row["id"], "place": row["position"]} for row in states]
    if positions:
        connection.execute(place.values(position=bindparam("place")), positions)


def _listed(task: str, event: Event) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the keys of the nodes and of the hosts that an event lists."""
    listed = event.result["nodes"]
    return (
        [{"task": task, "id": node["id"], "position": n} for n, node in enumerate(listed)],
        [
            {"task": task, "node": node["id"], "host": host}
            for node in listed
            for host in node["hosts"]
        ],
    )


def _task_finished(connection: Connection, task: str, event: Event) -> None:
    message = clean(event.message)
    ended = event.ended or event.time
    _set_task(connection, task, status=event.status, ended=ended, message=message)


def _attempt_started(connection: Connection, task: str, event: Event) -> None:
    row = {
        "id": event.attempt,
        "task": task,
        "nodes": json.dumps(event.result["nodes"]),
        "hosts": json.dumps(event.result["hosts"]),
        "directory": event.result.get("directory", ""),
        "started": event.time,
    }
    put(connection, attempts, row)


def _attempt_finished(connection: Connection, _task: str, event: Event) -> None:
    values = {
        "state": event.status,
        "rc": event.result.get("rc"),
        "message": clean(event.message),
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
    ended = event.ended or event.time
    values = {"status": event.status, "ended": ended, "message": clean(event.message)}
    connection.execute(_node(task, event).values(caused_by=event.caused_by, **values))
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for host, fields in event.result.get("hosts", {}).items():
        known = {name: fields[name] for name in _HOST_FIELDS if name in fields}
        if "message" in known:
            known["message"] = clean(known["message"])
        groups.setdefault(tuple(known), []).append({"the_host": host, **known})
    for names, rows in groups.items():
        if names:
            query = _host(task, event).where(host_results.c.host == bindparam("the_host"))
            connection.execute(query.values({name: bindparam(name) for name in names}), rows)


def _node_reused(connection: Connection, task: str, event: Event) -> None:
    for host, known in event.result["hosts"].items():
        one = _host(task, event).where(host_results.c.host == host)
        connection.execute(one.values(caused_by=None))
        other = one.where(host_results.c.status != known["status"])
        values = {"status": known["status"], "message": clean(known.get("message"))}
        connection.execute(other.values(values))


def _node_skipped(connection: Connection, task: str, event: Event) -> None:
    cause = {"caused_by": event.caused_by, "message": clean(event.message)}
    if event.host is not None:
        one = _host(task, event).where(host_results.c.host == event.host)
        connection.execute(one.values(cause))
        return
    status = {"status": NodeStatus.SKIPPED, "ended": event.time}
    connection.execute(_node(task, event).values(**status, **cause))


def _output_published(connection: Connection, task: str, event: Event) -> None:
    row = {
        "task": task,
        "node": event.node,
        "host": event.host,
        "name": event.result["name"],
        "body": json.dumps(event.result["value"]),
    }
    put(connection, outputs, row)


# ---- what is known of the cluster ------------------------------------------------------------


def _forget_successes(connection: Connection, task: str, event: Event) -> None:
    """A run may be cut off at any moment: until it says so, nothing of it counts as done."""
    if event.result.get("check"):
        return
    pairs = [
        {"the_node": node, "the_host": host}
        for node in event.result["nodes"]
        for host in event.result["hosts"]
    ]
    _forget(connection, task, pairs)


def _keep_successes(connection: Connection, task: str, event: Event) -> None:
    done, gone = [], []
    for host, fields in event.result.get("hosts", {}).items():
        status = HostStatus(fields.get("status", HostStatus.NOT_RUN))
        if fields.get("undone") or status.is_lost:
            gone.append({"the_node": event.node, "the_host": host})
        elif fields.get("digest") and came_through(status):
            done.append((host, fields))
    _forget(connection, task, gone)
    if done:
        cluster = connection.execute(_cluster_of(task)).scalar()
        rows = [
            {
                "cluster": cluster,
                "node": event.node,
                "host": host,
                "digest": fields["digest"],
                "task": task,
                "ended": fields.get("ended") or event.time,
            }
            for host, fields in done
        ]
        put(connection, successes, rows)


def _forget(connection: Connection, task: str, pairs: list[dict[str, Any]]) -> None:
    if pairs:
        query = delete(successes).where(
            successes.c.cluster == _cluster_of(task).scalar_subquery(),
            successes.c.node == bindparam("the_node"),
            successes.c.host == bindparam("the_host"),
        )
        connection.execute(query, pairs)


def _cluster_of(task: str) -> Any:
    return select(tasks.c.cluster).where(tasks.c.id == task)


def _set_task(connection: Connection, task: str, **values: Any) -> None:
    connection.execute(update(tasks).where(tasks.c.id == task).values(values))


def _node(task: str, event: Event) -> Any:
    return update(nodes).where(nodes.c.task == task, nodes.c.id == event.node)


def _host(task: str, event: Event) -> Any:
    return update(host_results).where(
        host_results.c.task == task, host_results.c.node == event.node
    )


#: Rows that a task's events alone decide: they can be thrown away and made again.
RESULTS: Mapping[EventKind, Projection] = {
    EventKind.TASK_STARTED: _task_started,
    EventKind.TASK_RESUMED: _task_resumed,
    EventKind.TASK_RESUMED: _task_resumed,
    EventKind.TASK_FINISHED: _task_finished,
    EventKind.ATTEMPT_STARTED: _attempt_started,
    EventKind.ATTEMPT_FINISHED: _attempt_finished,
    EventKind.NODE_STARTED: _node_started,
    EventKind.NODE_REUSED: _node_reused,
    EventKind.NODE_FINISHED: _node_finished,
    EventKind.NODE_REUSED: _node_reused,
    EventKind.NODE_SKIPPED: _node_skipped,
    EventKind.OUTPUT_PUBLISHED: _output_published,
}
#: Rows that later tasks change as well.
_KNOWLEDGE: Mapping[EventKind, Projection] = {
    EventKind.ATTEMPT_STARTED: _forget_successes,
    EventKind.NODE_FINISHED: _keep_successes,
}
