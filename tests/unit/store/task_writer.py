"""Writes events of a task as the process does that holds its cluster."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from unit.engine.plans import plan
from worldtree.core.process_identity import current_process, is_dead
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.lease import Lease
from worldtree.store.store import Store

PLAN = plan({"a": ("h1", "h2")})


class TaskWriter:
    """A running task; ``end`` releases its cluster."""

    def __init__(self, store: Store, task: str | None = None, *, locks: bool = True) -> None:
        """Begin a new task, or resume one; several of one cluster can write without a lock."""
        self.task = task or store.create_task(PLAN, "apply").id
        self._lease: Lease | None = None
        if locks:
            self._lease = store.acquire_lease(
                PLAN.cluster, self.task, current_process(), proven_dead=is_dead
            )
        self._recorder = store.recorder(self.task, self._lease)
        result = {"task_id": self.task, "cluster": PLAN.cluster, "pipeline": "p", "nodes": []}
        kind = EventKind.TASK_STARTED if task is None else EventKind.TASK_RESUMED
        self.write([Event(kind=kind, time=time.time(), result=result)])

    def write(self, events: Sequence[Event]) -> None:
        """Store events."""
        self._recorder.record(events)

    def lines(self, first: int, count: int = 1, **fields: Any) -> None:
        """Store ends of Ansible tasks with the messages ``line FIRST`` and following."""
        self.write([line(f"line {first + n}", **fields) for n in range(count)])

    def end(self, status: TaskStatus = TaskStatus.SUCCEEDED) -> None:
        """Store the end of the task and release the cluster."""
        self.write([Event(kind=EventKind.TASK_FINISHED, time=time.time(), status=status)])
        if self._lease is not None:
            self._lease.release()


def line(message: str, **fields: Any) -> Event:
    """Return the end of an Ansible task."""
    known: dict[str, Any] = {
        "kind": EventKind.HOST_TASK_FINISHED,
        "node": "p/m/t/a",
        "host": "h1",
        "status": "ok",
        "name": "Do it",
        "time": time.time(),
        **fields,
    }
    return Event(message=message, **known)
