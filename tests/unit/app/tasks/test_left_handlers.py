"""Handlers that earlier tasks notified and did not run go to the next apply of the same work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from homes import open_store
from unit.engine.plans import node_id, plan
from unit.store.tasks import WANTED, run_task
from worldtree.app.tasks.left_handlers import notified_events
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.store import Store
from worldtree.store.task_record import TaskRecord


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as found:
        yield found


def failed_task(store: Store, name: str) -> TaskRecord:
    """Return a task that failed and left the handler ``name``."""
    task = run_task(store, "failed")
    handlers = {"kind": EventKind.HANDLERS_NOTIFIED, "node": node_id("a"), "host": "h2"}
    event = Event(**handlers, time=1, result={"handlers": [name]})
    store.recorder(task.id).record([event])
    return task


def left(store: Store, command: TaskCommand = TaskCommand.APPLY) -> list[str]:
    """Return the handlers that a new task gets, in order of their notification."""
    task = store.create_task(WANTED, command)
    return [
        name
        for event in notified_events(store, WANTED, task.id)
        for name in event.result.get("handlers", ())
    ]


def test_all_tries_since_the_last_success_count(store: Store) -> None:
    failed_task(store, "long ago")
    run_task(store)
    failed_task(store, "reload")
    run_task(store, wanted=plan({"a": ("h2",)}))
    failed_task(store, "restart")
    store.create_task(WANTED, TaskCommand.DRIFT)
    assert left(store) == ["reload", "restart"]
    assert left(store, TaskCommand.CHECK) == []


def test_what_was_rolled_back_leaves_nothing(store: Store) -> None:
    task = failed_task(store, "restart")
    store.set_status(task.id, TaskStatus.ROLLED_BACK)
    assert left(store) == []


def test_another_pipeline_may_have_undone_what_handlers_were_for(store: Store) -> None:
    failed_task(store, "restart")
    other = WANTED.model_copy(update={"pipeline": "destroy-cluster"})
    store.create_task(other, TaskCommand.DESTROY)
    assert left(store) == []
