"""Derives rows of other tables from events; the events alone decide their content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import bindparam, case, delete, func, literal_column, null, select, update

from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.store.row_changes import RowChanges
from worldtree.store.schema import SET_FACTS_OUTPUT, attempts, host_results, nodes, outputs, tasks
from worldtree.store.statement import CompiledStatement, update_statement
from worldtree.store.successes import forget_repeated, forget_successes, keep_successes
from worldtree.store.upsert import insert_new, insert_or_update

Projection = Callable[[RowChanges, Event], None]

#: What a host's entry in NODE_FINISHED sets in its row.
_HOST_FIELDS = ("status", "changed", "message", "started", "ended", "caused_by")

_WAITING_NODE = {"status": NodeStatus.PENDING, "attempts": 0}
_WAITING_HOST = {"status": HostStatus.NOT_RUN, "changed": False}

_NODE, _HOST = ("task", "id"), ("task", "node", "host")
_TASK_BEGINS = update_statement(tasks, ["id"], "status", "started")
_TASK_RESUMES = update_statement(tasks, ["id"], "status", ended=null(), message=null())
_TASK_ENDS = update_statement(tasks, ["id"], "status", "ended", "message")
_ATTEMPT_ENDS = update_statement(
    attempts,
    ["id"],
    *("state", "rc", "message", "ended", "interrupted_hosts", "leftovers"),
)
_NODE_BEGINS = update_statement(
    nodes,
    _NODE,
    "status",
    attempts=nodes.c.attempts + literal_column("1"),
    started=func.coalesce(nodes.c.started, bindparam("now", type_=nodes.c.started.type)),
)
_NODE_ENDS = update_statement(nodes, _NODE, "status", "ended", "message", "caused_by")
_HOST_AGAIN = update_statement(
    host_results,
    _HOST,
    "status",
    "changed",
    **dict.fromkeys(("message", "caused_by", "started", "ended"), null()),
)
_NODE_AGAIN = update_statement(
    nodes, _NODE, "status", **dict.fromkeys(("message", "caused_by", "ended"), null())
)
_HOST_DROPPED = update_statement(host_results, _HOST, "caused_by", "message")
_new_status = bindparam("new_status", type_=host_results.c.status.type)
_new_message = bindparam("new_message", type_=host_results.c.message.type)
_HOST_REUSED = update_statement(
    host_results,
    _HOST,
    status=_new_status,
    caused_by=null(),
    message=case(
        (host_results.c.status != _new_status, _new_message), else_=host_results.c.message
    ),
)


def project(changes: RowChanges, event: Event) -> None:
    """Apply ``event`` to the rows of its task and of its cluster."""
    for step in (RESULTS.get(event.kind), _CLUSTER_STATE.get(event.kind)):
        if step is not None:
            step(changes, event)


def database_text(text: str | None) -> str | None:
    """Return ``text`` as every database accepts it: no NUL, no lone surrogates."""
    if text is None or (text.isprintable() and text.isascii()):
        return text
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


def _task_started(changes: RowChanges, event: Event) -> None:
    values = {"status": TaskStatus.RUNNING, "started": event.time}
    changes.add(_TASK_BEGINS, {"the_id": changes.task, **values})
    states, hosts = _listed(changes.task, event)
    for table, rows, waiting in (
        (nodes, states, _WAITING_NODE),
        (host_results, hosts, _WAITING_HOST),
    ):
        for row in rows:
            full = {**row, **waiting}
            changes.add(insert_or_update(table, tuple(full)), full)


def _task_resumed(changes: RowChanges, event: Event) -> None:
    """Keep successful nodes, reset the others to pending, delete those that left the plan."""
    task = changes.task
    changes.add(_TASK_RESUMES, {"the_id": task, "status": TaskStatus.RUNNING})
    connection = changes.make()
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
        insert_new(connection, table, [{**row, **waiting} for row in rows])
    place = update(nodes).where(mine, nodes.c.id == bindparam("the_id"))
    positions = [{"the_id": row["id"], "place": row["position"]} for row in states]
    if positions:
        connection.execute(place.values(position=bindparam("place")), positions)
    for name, again in event.result.get("again", {}).items():
        key = {"the_task": task, "the_node": name}
        changes.add(_NODE_AGAIN, {"the_task": task, "the_id": name, "status": NodeStatus.PENDING})
        for host in again:
            changes.add(_HOST_AGAIN, {**key, "the_host": host, **_WAITING_HOST})


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


def _task_finished(changes: RowChanges, event: Event) -> None:
    message, ended = database_text(event.message), event.ended or event.time
    row = {"the_id": changes.task, "status": event.status, "ended": ended, "message": message}
    changes.add(_TASK_ENDS, row)


def _attempt_started(changes: RowChanges, event: Event) -> None:
    row = {
        "id": event.attempt,
        "task": changes.task,
        "nodes": json.dumps(event.result["nodes"]),
        "hosts": json.dumps(event.result["hosts"]),
        # Below that of the task; events of earlier versions have a path from the root.
        "directory": "/".join(PurePosixPath(event.result.get("directory", "")).parts[-2:]),
        "started": event.time,
    }
    changes.add(insert_or_update(attempts, tuple(row)), row)


def _attempt_finished(changes: RowChanges, event: Event) -> None:
    row = {
        "the_id": event.attempt,
        "state": event.status,
        "rc": event.result.get("rc"),
        "message": database_text(event.message),
        "ended": event.time,
        "interrupted_hosts": json.dumps(event.result.get("interrupted_hosts", [])),
        "leftovers": json.dumps(event.result.get("leftovers", [])),
    }
    changes.add(_ATTEMPT_ENDS, row)


def _node_started(changes: RowChanges, event: Event) -> None:
    row = {"status": NodeStatus.RUNNING, "now": event.time}
    changes.add(_NODE_BEGINS, {**_node(changes, event), **row})


def _node_finished(changes: RowChanges, event: Event) -> None:
    row = {
        "status": event.status,
        "ended": event.ended or event.time,
        "message": database_text(event.message),
        "caused_by": event.caused_by,
    }
    changes.add(_NODE_ENDS, {**_node(changes, event), **row})
    for host, fields in event.result.get("hosts", {}).items():
        known = {name: fields[name] for name in _HOST_FIELDS if name in fields}
        if "message" in known:
            known["message"] = database_text(known["message"])
        if known:
            changes.add(_host_ends(tuple(known)), {**_host(changes, event, host), **known})


@cache
def _host_ends(names: tuple[str, ...]) -> CompiledStatement:
    return update_statement(host_results, _HOST, *names)


def _node_reused(changes: RowChanges, event: Event) -> None:
    for host, known in event.result["hosts"].items():
        new = {"new_status": known["status"], "new_message": database_text(known.get("message"))}
        changes.add(_HOST_REUSED, {**_host(changes, event, host), **new})


def _node_skipped(changes: RowChanges, event: Event) -> None:
    cause = {"caused_by": event.caused_by, "message": database_text(event.message)}
    if event.host is not None:
        changes.add(_HOST_DROPPED, {**_host(changes, event, event.host), **cause})
        return
    status = {"status": NodeStatus.SKIPPED, "ended": event.time}
    changes.add(_NODE_ENDS, {**_node(changes, event), **status, **cause})


def _output_published(changes: RowChanges, event: Event) -> None:
    row = {
        "task": changes.task,
        "node": event.node,
        "host": event.host,
        "name": event.result["name"],
        "body": json.dumps(event.result["value"]),
    }
    changes.add(insert_or_update(outputs, tuple(row)), row)


def _facts_set(changes: RowChanges, event: Event) -> None:
    result = {"name": SET_FACTS_OUTPUT, "value": event.result}
    _output_published(changes, event.model_copy(update={"result": result}))


def _node(changes: RowChanges, event: Event) -> dict[str, Any]:
    return {"the_task": changes.task, "the_id": event.node}


def _host(changes: RowChanges, event: Event, host: str) -> dict[str, Any]:
    return {"the_task": changes.task, "the_node": event.node, "the_host": host}


#: Rows derived from one task's events alone: they can be rebuilt.
RESULTS: Mapping[EventKind, Projection] = {
    EventKind.TASK_STARTED: _task_started,
    EventKind.TASK_RESUMED: _task_resumed,
    EventKind.TASK_FINISHED: _task_finished,
    EventKind.ATTEMPT_STARTED: _attempt_started,
    EventKind.ATTEMPT_FINISHED: _attempt_finished,
    EventKind.NODE_STARTED: _node_started,
    EventKind.NODE_REUSED: _node_reused,
    EventKind.NODE_FINISHED: _node_finished,
    EventKind.NODE_SKIPPED: _node_skipped,
    EventKind.OUTPUT_PUBLISHED: _output_published,
    EventKind.FACTS_SET: _facts_set,
}
#: Rows that later tasks change too.
_CLUSTER_STATE: Mapping[EventKind, Projection] = {
    EventKind.TASK_RESUMED: forget_repeated,
    EventKind.ATTEMPT_STARTED: forget_successes,
    EventKind.NODE_FINISHED: keep_successes,
}
