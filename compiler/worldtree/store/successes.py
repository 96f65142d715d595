"""Derives the last successes of a cluster from events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from worldtree.results.events import Event
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus
from worldtree.store.row_changes import RowChanges
from worldtree.store.schema import successes, tasks
from worldtree.store.statement import CompiledStatement
from worldtree.store.upsert import INSERTS

_CLUSTER = (
    select(tasks.c.cluster)
    .where(tasks.c.id == bindparam("the_task", type_=tasks.c.id.type))
    .scalar_subquery()
)


def _forget_statement(_dialect: str) -> Any:
    return delete(successes).where(
        successes.c.cluster == _CLUSTER,
        successes.c.node == bindparam("the_node", type_=successes.c.node.type),
        successes.c.host == bindparam("the_host", type_=successes.c.host.type),
    )


def _keep_statement(dialect: str) -> Any:
    return _upsert(dialect, _parameter("task"))


def _keep_reused_statement(dialect: str) -> Any:
    """Keep reused work with the task that did it, for `wt rollback`.

    A row with the same digest stays; a new row names that task while it exists.
    """
    there = select(tasks.c.id).where(tasks.c.id == bindparam("done_by", type_=tasks.c.id.type))
    task = func.coalesce(there.scalar_subquery(), _parameter("task"))
    return _upsert(dialect, task, lambda query: successes.c.digest != query.excluded.digest)


def _upsert(dialect: str, task: Any, where: Callable[[Any], Any] = lambda _query: None) -> Any:
    values = {name: _parameter(name) for name in ("node", "host", "digest", "ended")}
    # Inline, since SQLAlchemy otherwise adds RETURNING for the computed key, which Python 3.13
    # refuses for several rows.
    query = INSERTS[dialect](successes).inline().values(cluster=_CLUSTER, task=task, **values)
    changed = {name: query.excluded[name] for name in ("digest", "task", "ended")}
    keys = ["cluster", "node", "host"]
    return query.on_conflict_do_update(index_elements=keys, set_=changed, where=where(query))


def _parameter(name: str) -> Any:
    return bindparam(name, type_=successes.c[name].type)


_FORGET, _KEEP = (
    CompiledStatement(successes, _forget_statement),
    CompiledStatement(successes, _keep_statement),
)
_KEEP_REUSED = CompiledStatement(successes, _keep_reused_statement)


def forget_successes(changes: RowChanges, event: Event) -> None:
    """Delete the successes of an attempt's nodes: nothing counts as done until it ends.

    Those of other pipelines on the same work are deleted for good: the attempt may undo them.
    """
    if event.result.get("check"):
        return
    for node in event.result["nodes"]:
        for host in event.result["hosts"]:
            changes.add(_FORGET, _pair(changes, node, host))
    for node, hosts in event.result.get("overtaken", {}).items():
        for host in hosts:
            changes.add(_FORGET, _pair(changes, node, host))


def forget_repeated(changes: RowChanges, event: Event) -> None:
    """Delete the successes of what a resumed task had done and runs again."""
    for node, hosts in event.result.get("again", {}).items():
        for host in hosts:
            changes.add(_FORGET, _pair(changes, node, host))


def keep_successes(changes: RowChanges, event: Event) -> None:
    """Store on which hosts an ended node is done, and with which inputs."""
    for host, fields in event.result.get("hosts", {}).items():
        status = HostStatus(fields.get("status", HostStatus.NOT_RUN))
        if fields.get("undone") or status.is_lost:
            changes.add(_FORGET, _pair(changes, event.node, host))
        elif fields.get("digest") and is_success(status):
            done = {
                "node": event.node,
                "host": host,
                "digest": fields["digest"],
                "task": changes.task,
                "ended": fields.get("ended") or event.time,
            }
            row = {"the_task": changes.task, "done_by": fields.get("done_by"), **done}
            changes.add(_KEEP_REUSED if fields.get("reused") else _KEEP, row)


def _pair(changes: RowChanges, node: str | None, host: str) -> dict[str, Any]:
    return {"the_task": changes.task, "the_node": node, "the_host": host}
