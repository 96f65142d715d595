"""Tasks that were run without touching anything, kept in a store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.engine.plans import node_id, plan
from worldtree.core.actor import Actor
from worldtree.core.process_identity import current_process
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResults
from worldtree.engine.run_plan import run_plan
from worldtree.plan.plan import Plan
from worldtree.store.store import Store
from worldtree.store.task_queue import NewQueuedTask
from worldtree.store.task_record import TaskRecord

SOMEBODY = Actor("person", "somebody")
TWO = ("h1", "h2")
WANTED = plan(dict.fromkeys("abc", TWO), [("a", "b", "host"), ("b", "c", "barrier")])


def run_task(
    store: Store,
    outcome: str = "ok",
    wanted: Plan = WANTED,
    known: PriorResults = NO_PRIOR_RESULTS,
    hosts: tuple[str, ...] = ("h2",),
    name: str | None = None,
) -> TaskRecord:
    """Return a finished task whose first node ended so on ``hosts``; ``name`` was asked for."""
    task = store.create_task(wanted, "apply", name=name)
    run_plan(
        wanted,
        task_id=task.id,
        bundle=Path("/nowhere"),
        directory=task.directory / "attempts",
        executor=SimulatedExecutor({(node_id("a"), host): outcome for host in hosts}),
        recorder=store.recorder(task.id),
        known=known,
    )
    return store.task(task.id)


def queue_task(
    store: Store, name: str, cluster: str = "shop", *, command: str = "apply", **more: Any
) -> None:
    """Ask for a task by the queue; ``more`` are other fields of ``NewQueuedTask``."""
    pipeline = "verify" if command == "verify" else "create-cluster"
    fields = {"actor": SOMEBODY, "request": {}, "work": {"kind": "run"}, **more}
    store.enqueue_task(NewQueuedTask(name, cluster, pipeline, command, **fields))


def empty_queue(store: Store) -> None:
    """Take all work that waits in the queue, and be done with it."""
    me = current_process()
    while row := store.take_queued(
        me, lambda rows: next((r for r in rows if not r.is_taken), None)
    ):
        store.finish_queued(row.id, me)
