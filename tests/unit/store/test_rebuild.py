"""Rows can be thrown away: the events give the same ones again."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, update

from unit.engine.plans import node_id
from unit.store.tasks import WANTED, run_task
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.schema import attempts, host_results, nodes, tasks
from worldtree.store.store import Store


@pytest.mark.parametrize("outcome", ["ok", "failed", "unreachable", "skipped", "rescued"])
def test_tree_is_identical_however_the_task_ended(any_store: Store, outcome: str) -> None:
    task = run_task(any_store, outcome)
    published = Event(
        kind=EventKind.OUTPUT_PUBLISHED,
        time=1,
        node=node_id("a"),
        host="h1",
        result={"name": "x", "value": [1]},
    )
    any_store.recorder(task.id).record([published])
    before = any_store.host_counts([task.id])
    found = any_store.rebuild(task.id)
    assert found.differences == ()
    assert found.task == task.id
    assert (found.rows["nodes"], found.rows["host_results"], found.rows["outputs"]) == (3, 6, 1)
    assert found.rows["attempts"] >= 1
    assert any_store.task(task.id) == task
    assert any_store.host_counts([task.id]) == before
    assert any_store.outputs(task.id) == {(node_id("a"), "h1"): {"x": [1]}}


def test_what_differs_is_named_and_mended(any_store: Store) -> None:
    task = run_task(any_store)
    a, b = node_id("a"), node_id("b")
    with any_store._writer.begin() as connection:
        connection.execute(update(nodes).where(nodes.c.id == a).values(status="failed"))
        connection.execute(delete(host_results).where(host_results.c.node == b))
        connection.execute(update(tasks).values(message="made up"))
        odd = {"id": "odd", "task": task.id, "nodes": "[]", "hosts": "[]", "directory": "x"}
        connection.execute(insert(attempts), {**odd, "started": 1.0})
    assert any_store.rebuild(task.id).differences == (
        f"nodes {a}: status was 'failed', by the events 'succeeded'",
        f"host_results {b} h1: was missing",
        f"host_results {b} h2: was missing",
        "attempts odd: was there, and no event tells of it",
        f"tasks {task.id}: message was 'made up', by the events None",
    )
    assert any_store.rebuild(task.id).differences == ()
    assert any_store.task(task.id).message is None


def test_what_was_said_of_a_task_without_an_end_stays(any_store: Store) -> None:
    """That it was interrupted is in no event: its process was gone."""
    task = any_store.create_task(WANTED, "apply")
    any_store.end_task(task.id, TaskStatus.FAILED, "no host answered")
    assert any_store.rebuild(task.id).differences == ()
    assert any_store.task(task.id).message == "no host answered"
