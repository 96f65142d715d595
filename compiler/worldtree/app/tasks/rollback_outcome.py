"""Records the outcome of a rollback as events of the task that it undid."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from worldtree.core.text import and_more
from worldtree.engine.rollback_plan import RollbackOutcome, RollbackPlan, judge_rollback
from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store, TaskRecord

#: Most nodes that a message names.
_MAX_NAMED = 10


def record_in_parent(
    store: Store,
    lease: Lease,
    record: TaskRecord,
    compensation: RollbackPlan,
    rollback: TaskResult | None,
    tell: Callable[[str], None],
) -> None:
    """Record the outcome of ``rollback`` in the task ``record``; None if nothing had to run.

    ``tell`` gets a message when the database is busy.
    Hosts keep their statuses, which say what the task did. A node, and the task, become
    ``rolled-back`` when nothing of their work is left.
    """
    done: Mapping[str, Mapping[str, HostStatus]] = {}
    if rollback is not None:
        done = {n.id: {h: r.status for h, r in n.hosts.items()} for n in rollback.nodes}
    verdict = judge_rollback(compensation, done)
    now = time.time()
    events = []
    for node in store.result(record.id, keep_tasks=False).nodes:
        hosts = verdict.undone.get(node.id, ())
        if not hosts:
            continue
        status = NodeStatus.ROLLED_BACK if node.id in verdict.rolled_back else node.status
        entries = {
            host: {
                **node.hosts[host].model_dump(
                    include={"status", "changed", "message", "started", "ended"}
                ),
                "undone": True,
            }
            for host in hosts
        }
        events.append(
            Event(
                kind=EventKind.NODE_FINISHED,
                time=now,
                ended=node.ended,
                node=node.id,
                status=status,
                message=node.message,
                caused_by=node.caused_by,
                result={"hosts": entries},
            )
        )
    end = TaskStatus.ROLLED_BACK if verdict.whole else store.task(record.id).status
    events.append(
        Event(
            kind=EventKind.TASK_FINISHED,
            time=now,
            ended=record.ended,
            status=end,
            message=_message(verdict, rollback),
        )
    )
    store.recorder(record.id, lease, tell=tell).record(events)


def _message(verdict: RollbackOutcome, rollback: TaskResult | None) -> str:
    by = "" if rollback is None else f" by task {rollback.task_id}"
    if verdict.whole:
        return f"rolled back{by}"
    words = []
    if verdict.failed:
        words.append(f"not undone{by}: {_listed(verdict.failed)}")
    if verdict.left:
        words.append(f"cannot be undone: {_listed(verdict.left)}")
    if not words:
        return "nothing had to be undone"
    if any(verdict.undone.values()):
        words.insert(0, f"partly rolled back{by}")
    if verdict.failed and rollback is not None:
        words.append(f"continue with `wt resume {rollback.task_id}`")
    return "; ".join(words)


def _listed(pairs: Mapping[str, tuple[str, ...]]) -> str:
    named = [f"{name} on {', '.join(hosts)}" for name, hosts in pairs.items()]
    return and_more(named, _MAX_NAMED)
