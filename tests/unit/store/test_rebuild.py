"""Rows can be thrown away: the events give the same ones again."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from examples import examples
from unit.engine.plans import node_id
from unit.results.streams import task_started
from unit.store.tasks import TWO, WANTED, run_task
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.run_plan import run_plan
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
        "attempts odd: was there without an event",
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


def _event(kind: EventKind, **fields: object) -> Event:
    return Event(kind=kind, time=fields.pop("time", 1.0), **fields)


def test_resumed_task_keeps_what_came_through(any_store: Store) -> None:
    """The rest is pending again, new nodes are added, nodes that left the plan are deleted."""
    task = any_store.create_task(WANTED, "apply")
    recorder = any_store.recorder(task.id)
    a, b, c, d = (node_id(name) for name in "abcd")
    ok = {"status": "changed", "changed": True, "message": None, "started": 1.0, "ended": 2.0}
    lost = {**ok, "status": "failed", "changed": False, "message": "no"}
    recorder.record(
        [
            task_started({a: ["h1", "h2"], b: ["h1"], c: ["h1"]}),
            _event(EventKind.NODE_STARTED, node=a),
            _event(
                EventKind.NODE_FINISHED,
                node=a,
                status="succeeded",
                result={"hosts": {"h1": ok, "h2": ok}},
            ),
            _event(EventKind.NODE_STARTED, node=b),
            _event(
                EventKind.NODE_FINISHED,
                node=b,
                status="failed",
                message="1 of 1 hosts lost",
                result={"hosts": {"h1": lost}},
            ),
            _event(EventKind.NODE_SKIPPED, node=c, host="h1", caused_by=b),
            _event(EventKind.TASK_FINISHED, status="failed", message="stopped"),
        ]
    )
    listed = task_started({d: ["h1"], a: ["h2", "h3"], b: ["h1"]}).result
    recorder.record(
        [
            _event(EventKind.TASK_RESUMED, result=listed),
            _event(
                EventKind.NODE_REUSED,
                node=d,
                result={"hosts": {"h1": {"status": "ok", "message": "done before"}}},
            ),
            _event(
                EventKind.NODE_REUSED,
                node=a,
                result={"hosts": {"h2": {"status": "changed", "message": "done before"}}},
            ),
        ]
    )
    with any_store._engine.connect() as connection:
        rows = connection.execute(select(nodes).order_by(nodes.c.position)).all()
        assert [(r.id, r.status, r.message, r.attempts) for r in rows] == [
            (d, "pending", None, 0),
            (a, "succeeded", None, 1),
            (b, "pending", None, 1),
        ]
        names = host_results.c.node, host_results.c.host
        hosts = connection.execute(select(host_results).order_by(*names)).all()
        assert [(r.node, r.host, r.status, r.message) for r in hosts] == [
            (a, "h2", "changed", None),
            (a, "h3", "not-run", None),
            (b, "h1", "failed", "no"),
            (d, "h1", "ok", "done before"),
        ]
    record = any_store.task(task.id)
    assert (record.status, record.message, record.ended) == (TaskStatus.RUNNING, None, None)
    assert any_store.rebuild(task.id).differences == ()


class _HaltedError(Exception):
    pass


@settings(max_examples=examples(25))
@given(
    st.integers(1, 40),
    st.dictionaries(
        st.tuples(st.sampled_from([node_id(n) for n in "abc"]), st.sampled_from(TWO)),
        st.sampled_from(["ok", "changed", "skipped", "failed", "unreachable", "rescued"]),
    ),
)
def test_task_that_was_cut_off_anywhere_is_rebuilt_identically(
    batches: int, script: dict[tuple[str, str], str]
) -> None:
    """Rows are what the events up to there give, and the fold agrees with them."""
    with tempfile.TemporaryDirectory() as home, Store.open(Path(home)) as store:
        task = store.create_task(WANTED, "apply")
        recorder = store.recorder(task.id)
        left = iter(range(batches))

        class Halting:
            def record(self, new: Sequence[Event]) -> Sequence[Event]:
                if next(left, None) is None:
                    raise _HaltedError
                return recorder.record(new)

        with suppress(_HaltedError):
            run_plan(
                WANTED,
                task_id=task.id,
                bundle=Path("/nowhere"),
                directory=Path("/nowhere"),
                executor=SimulatedExecutor(script),
                recorder=Halting(),
            )
        assert store.rebuild(task.id).differences == ()
