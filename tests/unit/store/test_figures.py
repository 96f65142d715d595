"""The figures of the fleet: what is counted once, and what pruning and resuming leave."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update

from unit.engine.plans import node_id, plan, simulate
from unit.store.tasks import WANTED, queue_task, run_task
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import ProcessIdentity
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store import counters
from worldtree.store.figures import _ACTIVE, ACTIVE_STATUSES, END_STATUSES, FleetFigures
from worldtree.store.lease import LeaseLostError
from worldtree.store.schema import leases
from worldtree.store.service_tables import queue
from worldtree.store.store import Store
from worldtree.store.task_id import new_task_id

ANN = Actor("person", "ann")
ONE = ProcessIdentity("ann", "desk", "m1", "b1", "pid:[1]", 11, 111)


def ends(found: FleetFigures) -> dict[str, int]:
    """Return the ends of tasks that there were."""
    return {status.value: number for status, number in found.task_ends.items() if number}


def active(found: FleetFigures) -> dict[str, int]:
    """Return the active tasks by status."""
    return {status.value: number for status, number in found.active_tasks.items() if number}


def alive(_holder: ProcessIdentity) -> bool:
    """Nothing is proven."""
    return False


def ask(store: Store, cluster: str = "shop") -> str:
    """Put a task into the queue; return its id."""
    name = new_task_id()
    queue_task(store, name, cluster, actor=ANN)
    return name


def test_new_database_has_zeros(any_store: Store) -> None:
    """Every status is there from the beginning, so that the first failure is an increase."""
    found = any_store.fleet_figures()
    assert found.task_ends == dict.fromkeys(END_STATUSES, 0)
    assert found.active_tasks == dict.fromkeys(ACTIVE_STATUSES, 0)
    assert found.step_executions == dict.fromkeys(HostStatus, 0)
    assert (found.events, found.fencing_refusals, found.task_durations) == (0, 0, {})
    assert (found.queue_waiting, found.queue_taken, found.queue_oldest) == (0, 0, 0)
    assert (found.leases_held, found.lease_age, found.workers_alive) == (0, 0, 0)


def test_run_is_counted_by_task_step_and_event(any_store: Store) -> None:
    run_task(any_store)
    failed = run_task(any_store, "failed")
    found = any_store.fleet_figures()
    assert ends(found) == {"partial": 1, "succeeded": 1}
    results = any_store.result(failed.id).nodes
    assert [node.hosts["h2"].status for node in results] == ["failed", "not-run", "not-run"]
    steps = {status.value: number for status, number in found.step_executions.items() if number}
    assert (steps["ok"], steps["failed"]) == (8, 1)
    stored = sum(len(list(any_store.events(task.id))) for task in any_store.list_tasks())
    assert found.events == stored
    of_apply = found.task_durations[TaskCommand.APPLY]
    assert list(of_apply.buckets)[-1] == "+Inf"
    assert of_apply.buckets["+Inf"] == 2
    assert of_apply.buckets["5"] <= of_apply.buckets["43200"] <= 2
    assert of_apply.seconds >= 0


def test_counts_outlast_their_tasks(any_store: Store) -> None:
    """A count that decreases would be taken for one that began again from 0."""
    task = any_store.create_task(WANTED, "apply")
    names = {"task_id": task.id, "cluster": WANTED.cluster, "pipeline": WANTED.pipeline}
    begin = Event(kind=EventKind.TASK_STARTED, time=1000, result={**names, "nodes": []})
    end = Event(kind=EventKind.TASK_FINISHED, time=1001, status="failed")
    any_store.recorder(task.id).record([begin, end])
    before = any_store.fleet_figures()
    any_store.rebuild(task.id)
    assert [gone.id for gone in any_store.prune(time.time()).tasks] == [task.id]
    after = any_store.fleet_figures()
    assert (after.task_ends, after.events) == (before.task_ends, before.events)
    assert ends(after) == {"failed": 1}


def test_longest_duration_has_no_bound(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "verify")
    nodes = {"nodes": []}
    any_store.recorder(task.id).record(
        [
            Event(kind=EventKind.TASK_STARTED, time=1000, result=nodes),
            Event(kind=EventKind.TASK_FINISHED, time=1000 + 90_000, status="failed"),
        ]
    )
    of_verify = any_store.fleet_figures().task_durations[TaskCommand.VERIFY]
    assert of_verify.buckets["43200"] == 0
    assert of_verify.buckets["+Inf"] == 1
    assert of_verify.seconds == 90_000


def test_task_that_is_resumed_ends_again(any_store: Store) -> None:
    """A resume is an end more; the end that a rollback repeats is none."""
    task = run_task(any_store, "failed")
    recorder = any_store.recorder(task.id)
    end = Event(kind=EventKind.TASK_FINISHED, time=2, ended=2, status="partial")
    recorder.record([end])
    assert ends(any_store.fleet_figures()) == {"partial": 1}
    recorder.record([end.model_copy(update={"status": "rolled-back"})])
    recorder.record([end.model_copy(update={"status": "rolled-back"})])
    assert ends(any_store.fleet_figures()) == {"partial": 1, "rolled-back": 1}
    recorder.record([Event(kind=EventKind.TASK_RESUMED, time=3, result={"nodes": []})])
    assert active(any_store.fleet_figures()) == {"running": 1}
    recorder.record([end.model_copy(update={"status": "succeeded"})])
    counted = ends(any_store.fleet_figures())
    assert counted == {"partial": 1, "rolled-back": 1, "succeeded": 1}


def test_imported_task_is_no_end_here(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "import")
    simulate(WANTED, executor=SimulatedExecutor(), recorder=any_store.recorder(task.id))
    found = any_store.fleet_figures()
    assert ends(found) == {}
    assert found.events > 0


def test_tasks_that_never_begin_are_counted_too(any_store: Store) -> None:
    refused, cancelled, waiting, _queued = (ask(any_store, name) for name in "abcd")
    any_store.refuse_task(refused, "a", RefusedError("no", code="cluster-locked"), ANN)
    any_store.refuse_task(refused, "a", RefusedError("no", code="cluster-locked"), ANN)
    assert any_store.cancel_task(cancelled, "cancelled")
    assert not any_store.cancel_task(cancelled, "cancelled")
    any_store.set_waiting(waiting, "cluster")
    found = any_store.fleet_figures()
    assert ends(found) == {"cancelled": 1, "refused": 1}
    assert active(found) == {"queued": 1, "waiting": 1}


def test_task_whose_process_died_is_counted_once(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    assert active(any_store.fleet_figures()) == {"pending": 1}
    for _ in range(2):
        any_store.set_status(task.id, TaskStatus.INTERRUPTED, "its process died")
    found = any_store.fleet_figures()
    assert ends(found) == {"interrupted": 1}
    assert active(found) == {}


def test_queue_is_shown_with_the_oldest_row(any_store: Store) -> None:
    for name in "abc":
        ask(any_store, name)
    any_store.take_queued(ONE, lambda rows: rows[0])
    with any_store._writer.begin() as connection:
        connection.execute(update(queue).values(asked=time.time() - 100))
    found = any_store.fleet_figures()
    assert (found.queue_waiting, found.queue_taken) == (2, 1)
    assert 100 <= found.queue_oldest < 1000


def test_silent_holder_shows(any_store: Store) -> None:
    """Of all projects; a released lease does not count."""
    other = any_store.of_project(any_store.create_project("team").id)
    any_store.acquire_lease("shop", "t1", ONE, proven_dead=alive)
    other.acquire_lease("shop", "t2", ONE, proven_dead=alive)
    any_store.acquire_lease("lab", "t3", ONE, proven_dead=alive).release()
    with any_store._writer.begin() as connection:
        old = update(leases).where(leases.c.task.in_(["t2", "t3"]))
        connection.execute(old.values(heartbeat=time.time() - 500))
    found = any_store.fleet_figures()
    assert found.leases_held == 2
    assert 500 <= found.lease_age < 5000


def test_heartbeat_of_the_future_is_no_negative_age(any_store: Store) -> None:
    """Clocks of machines differ."""
    any_store.acquire_lease("shop", "t1", ONE, proven_dead=alive)
    with any_store._writer.begin() as connection:
        connection.execute(update(leases).values(heartbeat=time.time() + 500))
    assert any_store.fleet_figures().lease_age == 0


def test_every_refused_write_is_counted(any_store: Store) -> None:
    """Of events, of a heartbeat and of a hand-over."""
    task = any_store.create_task(plan({"a": ["h1"]}), "apply")
    lease = any_store.acquire_lease("shop", task.id, ONE, proven_dead=lambda _holder: True)
    recorder = any_store.recorder(task.id, lease)
    any_store.acquire_lease("shop", "t2", ONE, proven_dead=lambda _holder: True)
    with pytest.raises(LeaseLostError):
        recorder.record([Event(kind=EventKind.RUN_MESSAGE, time=1)])
    with pytest.raises(LeaseLostError):
        lease.heartbeat()
    with pytest.raises(LeaseLostError), lease.lend_to("t3"):
        pass
    found = any_store.fleet_figures()
    assert (found.fencing_refusals, found.events) == (3, 0)


def test_events_that_are_stored_already_count_once(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    line = Event(kind=EventKind.RUN_MESSAGE, time=1, attempt="a1", line=1)
    for _ in range(2):
        any_store.recorder(task.id).record([line])
    assert any_store.fleet_figures().events == 1


def test_tasks_at_the_same_time_lose_no_count(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if all of them count in the same rows; nor do they block each other for ever."""
    monkeypatch.setattr(counters, "_SHARDS", 1)
    names = [any_store.create_task(plan({"a": ["h1"]}), "apply").id for _ in range(4)]

    def work(name: str) -> None:
        recorder = any_store.recorder(name)
        for line in range(1, 11):
            host = {"h1": {"status": "ok" if line % 2 else "failed"}}
            end = Event(
                kind=EventKind.NODE_FINISHED,
                time=line,
                node=node_id("a"),
                status="failed",
                result={"hosts": host},
            )
            recorder.record([end, Event(kind=EventKind.RUN_MESSAGE, time=line)])

    with ThreadPoolExecutor(len(names)) as threads:
        for done in [threads.submit(work, name) for name in names]:
            done.result()
    found = any_store.fleet_figures()
    steps = (found.step_executions[HostStatus.OK], found.step_executions[HostStatus.FAILED])
    assert (found.events, *steps) == (80, 20, 20)


def test_what_a_newer_program_counts_is_left_alone(any_store: Store) -> None:
    with any_store._writer.begin() as connection:
        connection.execute(text("INSERT INTO counters VALUES ('comets', '', 0, 3)"))
    assert any_store.fleet_figures().events == 0


def test_active_tasks_are_found_by_an_index(store: Store) -> None:
    """Reading does not get slower by the tasks that have ended."""
    compiled = _ACTIVE.compile(store._engine, compile_kwargs={"literal_binds": True})
    with store._engine.connect() as connection:
        steps = connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")).all()
    assert "USING INDEX tasks_unended" in str(steps)


def test_step_that_was_undone_is_no_execution(any_store: Store) -> None:
    """A rollback writes into the task that it undoes."""
    task = run_task(any_store, "failed")
    before = any_store.fleet_figures().step_executions
    event = Event(
        kind=EventKind.NODE_FINISHED,
        time=5,
        node=node_id("a"),
        status="rolled-back",
        result={"hosts": {"h1": {"status": "ok", "undone": True}}},
    )
    any_store.recorder(task.id).record([event])
    assert any_store.fleet_figures().step_executions == before
