"""What follows from events for the work of a cluster that counts as done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from worldtree.results.events import Event
from worldtree.results.node_status import came_through
from worldtree.results.status import HostStatus
from worldtree.store.row_changes import Changes
from worldtree.store.schema import successes, tasks
from worldtree.store.statement import Statement
from worldtree.store.upsert import INSERTS

_CLUSTER = (
    select(tasks.c.cluster)
    .where(tasks.c.id == bindparam("the_task", type_=tasks.c.id.type))
    .scalar_subquery()
)


def _forgetting(_dialect: str) -> Any:
    return delete(successes).where(
        successes.c.cluster == _CLUSTER,
        successes.c.node == bindparam("the_node", type_=successes.c.node.type),
        successes.c.host == bindparam("the_host", type_=successes.c.host.type),
    )


def _keeping(dialect: str) -> Any:
    return _over(dialect, _given("task"))


def _keeping_reused(dialect: str) -> Any:
    """What was not run again stays with the task that did it, which `wt rollback` undoes it by.

    So a row of the same input is left alone; a new one names that task as long as it is there.
    """
    there = select(tasks.c.id).where(tasks.c.id == bindparam("done_by", type_=tasks.c.id.type))
    task = func.coalesce(there.scalar_subquery(), _given("task"))
    return _over(dialect, task, lambda query: successes.c.digest != query.excluded.digest)


def _over(dialect: str, task: Any, where: Callable[[Any], Any] = lambda _query: None) -> Any:
    values = {name: _given(name) for name in ("node", "host", "digest", "ended")}
    # Inline, since SQLAlchemy asks for the worked out key back otherwise, which Python 3.13 refuses
    # of several rows.
    query = INSERTS[dialect](successes).inline().values(cluster=_CLUSTER, task=task, **values)
    changed = {name: query.excluded[name] for name in ("digest", "task", "ended")}
    keys = ["cluster", "node", "host"]
    return query.on_conflict_do_update(index_elements=keys, set_=changed, where=where(query))


def _given(name: str) -> Any:
    return bindparam(name, type_=successes.c[name].type)


_FORGET, _KEEP = Statement(successes, _forgetting), Statement(successes, _keeping)
_KEEP_REUSED = Statement(successes, _keeping_reused)


def forget_successes(changes: Changes, event: Event) -> None:
    """A run may be cut off at any moment: until it says so, nothing of it counts as done."""
    if event.result.get("check"):
        return
    for node in event.result["nodes"]:
        for host in event.result["hosts"]:
            changes.add(_FORGET, _pair(changes, node, host))


def keep_successes(changes: Changes, event: Event) -> None:
    """A node's end says on which hosts its work is done, and from what."""
    for host, fields in event.result.get("hosts", {}).items():
        status = HostStatus(fields.get("status", HostStatus.NOT_RUN))
        if fields.get("undone") or status.is_lost:
            changes.add(_FORGET, _pair(changes, event.node, host))
        elif fields.get("digest") and came_through(status):
            done = {
                "node": event.node,
                "host": host,
                "digest": fields["digest"],
                "task": changes.task,
                "ended": fields.get("ended") or event.time,
            }
            row = {"the_task": changes.task, "done_by": fields.get("done_by"), **done}
            changes.add(_KEEP_REUSED if fields.get("reused") else _KEEP, row)


def _pair(changes: Changes, node: str | None, host: str) -> dict[str, Any]:
    return {"the_task": changes.task, "the_node": node, "the_host": host}
