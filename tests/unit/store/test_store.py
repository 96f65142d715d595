"""The contract of the store on either database: what is kept, and how it is found again."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from unit.engine.plans import node_id, plan, simulate
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.results.events import Event, EventKind
from worldtree.results.json_view import task_json
from worldtree.results.status import TaskStatus
from worldtree.store.schema import attempts, blobs, events, host_results, nodes
from worldtree.store.store import Store, UnknownTaskError

TWO = ("h1", "h2")
WANTED = plan(dict.fromkeys("abc", TWO), [("a", "b", "host"), ("b", "c", "barrier")])


@pytest.fixture
def store(any_store: Store) -> Store:
    """Each kind of store in turn."""
    return any_store


def test_run_through_the_store_gives_the_same_tree_again(store: Store) -> None:
    """The stored events fold to what the engine returned."""
    task = store.create_task(WANTED, "apply")
    executor = SimulatedExecutor({(node_id("a"), "h2"): "failed"})
    result = simulate(WANTED, executor=executor, recorder=store.recorder(task.id))
    kept = store.result(task.id)
    assert task_json(kept, play_tasks=False) == task_json(result, play_tasks=False)
    assert kept.nodes[0].hosts["h1"].tasks[0].name == "Simulated"
    record = store.task(task.id)
    assert (record.status, record.command) == (TaskStatus.PARTIAL, "apply")
    assert (record.started, record.ended) == (result.started, result.ended)


def test_states_are_rows_too(store: Store) -> None:
    """Nodes, attempts and hosts can be asked for without folding events."""
    task = store.create_task(WANTED, "apply")
    executor = SimulatedExecutor({(node_id("a"), "h2"): "failed"})
    simulate(WANTED, executor=executor, recorder=store.recorder(task.id))
    with store._engine.connect() as connection:
        states = select(nodes.c.id, nodes.c.status, nodes.c.caused_by).order_by(nodes.c.position)
        assert [tuple(row) for row in connection.execute(states)] == [
            (node_id("a"), "failed", None),
            (node_id("b"), "succeeded", None),
            (node_id("c"), "skipped", node_id("a")),
        ]
        of_b = select(host_results).where(host_results.c.node == node_id("b"))
        rows = connection.execute(of_b.order_by(host_results.c.host)).all()
        assert [(row.host, row.status, row.caused_by) for row in rows] == [
            ("h1", "ok", None),
            ("h2", "not-run", node_id("a")),
        ]
        run = connection.execute(select(attempts.c.state, attempts.c.rc)).all()
        assert [tuple(row) for row in run] == [("finished", 2)]
    assert store.host_counts([task.id, "none"]) == {task.id: (2, 0, 1), "none": (0, 0, 0)}


def test_tasks_are_listed_newest_first(store: Store) -> None:
    made = [store.create_task(WANTED, "apply") for _ in range(3)]
    other = store.create_task(WANTED.model_copy(update={"cluster": "lab"}), "verify")
    assert [t.id for t in store.list_tasks()] == [other.id, *(t.id for t in reversed(made))]
    assert [t.id for t in store.list_tasks(cluster="lab")] == [other.id]
    assert [t.id for t in store.list_tasks(limit=2)] == [other.id, made[2].id]


def test_task_is_found_by_a_unique_beginning(store: Store) -> None:
    first, second = store.create_task(WANTED, "apply"), store.create_task(WANTED, "apply")
    assert store.task(second.id).id == second.id
    assert store.task("latest").id == second.id
    assert store.task(first.id[:-1]).id == first.id or first.id[:-1] == second.id[:-1]
    with pytest.raises(UnknownTaskError, match="several tasks"):
        store.task(first.id[:4])
    with pytest.raises(UnknownTaskError, match="no task `%`"):
        store.task("%")


def test_task_that_never_began_has_a_result_too(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    assert store.result(task.id).status is TaskStatus.PENDING


def test_task_that_is_given_up_before_its_start_says_so(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    store.end_task(task.id, TaskStatus.FAILED, "2 of 2 hosts cannot be worked on")
    result = store.result(task.id)
    assert (result.status, result.message) == (
        TaskStatus.FAILED,
        "2 of 2 hosts cannot be worked on",
    )
    assert store.task(task.id).ended is not None


def test_plan_comes_back_whole(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    assert store.plan(task.plan) == WANTED
    assert store.create_task(WANTED, "verify").plan == task.plan
    with pytest.raises(KeyError):
        store.plan("0" * 64)


def test_logs_are_filtered_by_node_and_host(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    simulate(WANTED, recorder=store.recorder(task.id))
    found = list(store.events(task.id, node=node_id("b"), host="h2"))
    assert found
    assert {(e.node, e.host) for e in found} == {(node_id("b"), "h2")}
    everything = list(store.events(task.id))
    assert [e.seq for e in everything] == list(range(1, len(everything) + 1))
    assert list(store.events(task.id, after=5)) == everything[5:]


def test_large_results_are_kept_whole_and_once(store: Store) -> None:
    """Out of line by digest: the same output twice takes its place once."""
    task = store.create_task(WANTED, "apply")
    big = {"lines": ["ä" * 1000] * 3000}
    said = [
        Event(kind=EventKind.HOST_TASK_FINISHED, time=1.5, host=h, stdout="x" * 10**6, result=big)
        for h in TWO
    ]
    recorded = store.recorder(task.id).record(said)
    assert list(store.events(task.id)) == list(recorded)
    with store._engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(blobs)).scalar() == 1
        longest = select(func.max(func.length(events.c.body)))
        assert connection.execute(longest).scalar_one() < 1000


def test_many_events_are_read_page_by_page(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    recorder = store.recorder(task.id)
    recorder.record([Event(kind=EventKind.RUN_MESSAGE, time=i) for i in range(2500)])
    assert [e.time for e in store.events(task.id)] == [float(i) for i in range(2500)]


def test_recorder_goes_on_where_the_events_end(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    store.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=1)])
    assert store.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=2)])[0].seq == 2


def test_batch_is_all_or_nothing(store: Store) -> None:
    """What fails in the middle leaves neither events nor states."""
    task = store.create_task(WANTED, "apply")
    recorder = store.recorder(task.id)
    good = Event(kind=EventKind.RUN_MESSAGE, time=1)
    broken = Event(kind=EventKind.ATTEMPT_STARTED, time=1, attempt="x")
    with pytest.raises(KeyError):
        recorder.record([good, broken])
    assert list(store.events(task.id)) == []
    assert recorder.record([good])[0].seq == 1
