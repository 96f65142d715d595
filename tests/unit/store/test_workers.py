"""Workers: heartbeats, fences, and what those that are gone leave; on both databases."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text, update

from unit.store.tasks import WANTED
from unit.store.test_task_queue import enqueue
from worldtree.core.process_identity import ProcessIdentity, current_process, is_dead
from worldtree.core.worker_times import WorkerTimes
from worldtree.results.status import TaskStatus
from worldtree.store.lease import Lease, LeaseHeldError, LeaseLostError
from worldtree.store.lease_owners import WorkLostError
from worldtree.store.queue_order import TASK_LIMIT, Taker, in_turn
from worldtree.store.schema import leases
from worldtree.store.service_tables import queue, workers
from worldtree.store.store import Store
from worldtree.store.worker_work import WorkerWork, owner, worker_of

ME = current_process()
#: On another machine, which this one cannot see.
FAR = replace(ME, host="far", machine="far", boot="far", namespace="far", pid=4711)
LONG_AGO = 10_000.0


def register(store: Store, process: ProcessIdentity = ME) -> str:
    """Register a worker."""
    return store.register_worker(process, {"b", "a"}, 2, "1.0")


def silence(store: Store, seconds: float = LONG_AGO) -> None:
    """Make the last heartbeats, ends and fences of all old."""
    with store._writer.begin() as connection:
        old = time.time() - seconds
        connection.execute(update(workers).values(heartbeat=old))
        for column in (workers.c.fenced, workers.c.ended):
            connection.execute(
                update(workers).where(column.is_not(None)).values({column.name: old})
            )
        connection.execute(update(leases).values(heartbeat=old))


def take(store: Store, worker: str, process: ProcessIdentity = FAR) -> int:
    """Take the next row for a process of a worker; return its id."""
    found = store.take_queued(process, partial(in_turn, taker=Taker(worker, 9)), worker)
    assert found is not None
    return found.id


def hold(store: Store, row: int, task: str, process: ProcessIdentity = FAR) -> Lease:
    """Acquire the cluster as the process of a worker does."""
    mine = store.of_project("default")
    mine.work = WorkerWork(row, WorkerTimes(), lambda: None)
    return mine.acquire_lease("shop", task, process, proven_dead=is_dead)


def test_a_worker_is_listed_with_its_state(any_store: Store) -> None:
    worker = register(any_store)
    (found,) = any_store.list_workers()
    assert (found.id, found.tags, found.capacity, found.state) == (worker, ("a", "b"), 2, "alive")
    assert found.silent < 60
    assert any_store.fleet_figures().workers_alive == 1
    any_store.drain_worker(worker)
    assert [one.state for one in any_store.list_workers()] == ["draining"]
    any_store.end_worker(worker)
    assert any_store.list_workers() == []
    assert [one.state for one in any_store.list_workers(gone=True)] == ["ended"]
    assert not any_store.worker_heartbeat(worker)


def test_why_a_worker_can_only_cancel_is_listed_until_it_can(any_store: Store) -> None:
    """One of a program of the schema before, which does not say so, counts as able."""
    worker = register(any_store)
    any_store.set_worker_obstacle(worker, "the key is missing")
    assert [one.obstacle for one in any_store.list_workers()] == ["the key is missing"]
    any_store.set_worker_obstacle(worker, None)
    with any_store._writer.begin() as connection:
        columns = "process, tags, capacity, version, started, heartbeat"
        connection.execute(
            text(f"INSERT INTO workers (id, {columns}) SELECT 'old', {columns} FROM workers")
        )
    assert [one.obstacle for one in any_store.list_workers()] == [None, None]


def test_a_silent_worker_is_fenced_once_by_another_one(any_store: Store) -> None:
    """It hears of it at its next heartbeat, which is counted as a refusal, and takes nothing."""
    silent = register(any_store, FAR)
    silence(any_store)
    other = register(any_store)
    assert [one.id for one in any_store.fence_silent_workers(20, other)] == [silent]
    assert any_store.fence_silent_workers(20, other) == []
    assert any_store.worker_heartbeat(other)
    figures = any_store.fleet_figures()
    assert (figures.worker_fences, figures.fencing_refusals) == (1, 0)
    assert not any_store.worker_heartbeat(silent)
    assert any_store.fleet_figures().fencing_refusals == 1
    enqueue(any_store, "t1")
    choose = partial(in_turn, taker=Taker(silent, 9))
    assert any_store.take_queued(FAR, choose, silent) is None
    (entry,) = [one for one in any_store.audit_log() if one.what == "worker-fenced"]
    assert silent in entry.detail


def test_a_silent_worker_is_not_alive(any_store: Store) -> None:
    """Also where nobody is left to fence it."""
    register(any_store)
    silence(any_store)
    assert any_store.fleet_figures().workers_alive == 0


def test_a_worker_does_not_fence_itself(any_store: Store) -> None:
    worker = register(any_store)
    silence(any_store)
    assert any_store.fence_silent_workers(20, worker) == []


def test_rows_of_a_worker_that_is_gone_are_abandoned_after_a_while(any_store: Store) -> None:
    """Not before its processes must have noticed; rows of programs without workers never are."""
    enqueue(any_store, "t1")
    enqueue(any_store, "t2", cluster="lab")
    first = register(any_store, FAR)
    take(any_store, first)
    any_store.take_queued(FAR, lambda rows: rows[-1])
    silence(any_store)
    assert any_store.abandoned_rows() == []
    any_store.fence_silent_workers(20, "other")
    assert any_store.abandoned_rows() == []
    silence(any_store)
    (row,) = any_store.abandoned_rows()
    assert (row.task, row.worker, row.process) == ("t1", first, FAR)


def test_a_process_that_holds_its_cluster_and_answers_is_left_alone(any_store: Store) -> None:
    """Its worker was killed, it works on: its own heartbeat counts."""
    enqueue(any_store, "t1")
    worker = register(any_store, FAR)
    lease = hold(any_store, take(any_store, worker), "t1")
    any_store.fence_silent_workers(-1, "other")
    silence(any_store)
    lease.heartbeat()
    assert any_store.abandoned_rows() == []
    with pytest.raises(LeaseHeldError):
        any_store.acquire_lease("shop", "t1", ME, proven_dead=is_dead)


def test_the_cluster_of_a_silent_holder_is_taken_over(any_store: Store) -> None:
    """Once its worker is fenced and it is over by itself; its task is then interrupted.

    What the holder writes when it wakes up is refused and counted.
    """
    enqueue(any_store, "t1")
    worker = register(any_store, FAR)
    lease = hold(any_store, take(any_store, worker), "t1")
    any_store.create_task(WANTED, "apply", name="t1")
    silence(any_store)
    with pytest.raises(LeaseHeldError):
        any_store.acquire_lease("shop", "t1", ME, proven_dead=is_dead)
    any_store.fence_silent_workers(20, "other")
    with pytest.raises(LeaseHeldError):
        any_store.acquire_lease("shop", "t1", ME, proven_dead=is_dead)
    silence(any_store)
    found = any_store.lease("shop")
    assert found is not None
    assert any_store.is_abandoned(found)
    again = any_store.acquire_lease("shop", "t1", ME, proven_dead=is_dead)
    assert again.epoch == lease.epoch + 1
    assert any_store.task("t1").status is TaskStatus.INTERRUPTED
    before = any_store.fleet_figures().fencing_refusals
    with pytest.raises(LeaseLostError):
        lease.heartbeat()
    assert any_store.fleet_figures().fencing_refusals == before + 1


def test_a_process_without_its_row_gets_no_cluster_and_begins_no_task(any_store: Store) -> None:
    """It was taken for dead while it read its document; another one has the task."""
    enqueue(any_store, "t1")
    row = take(any_store, register(any_store, FAR))
    late = any_store.of_project("default")
    late.work = WorkerWork(row, WorkerTimes(), lambda: None)
    assert any_store.requeue(row, FAR, {"kind": "run"})
    with pytest.raises(WorkLostError):
        hold(any_store, row, "t1")
    with pytest.raises(WorkLostError):
        late.create_task(WANTED, "apply", name="t1")
    assert not late.has_work()


def test_what_an_earlier_program_takes_belongs_to_no_worker(any_store: Store) -> None:
    """It counts tries and epochs, and leaves the column of the worker as it finds it."""
    enqueue(any_store, "t1")
    worker = register(any_store, FAR)
    row = take(any_store, worker)
    hold(any_store, row, "t1")
    with any_store._writer.begin() as connection:
        connection.execute(update(queue).values(tries=queue.c.tries + 1))
        connection.execute(update(leases).values(epoch=leases.c.epoch + 1))
    any_store.end_worker(worker)
    silence(any_store)
    assert any_store.abandoned_rows() == []
    found = any_store.lease("shop")
    assert found is not None
    assert not any_store.is_abandoned(found)


def test_rows_of_living_processes_pass_on_to_the_next_worker(any_store: Store) -> None:
    """A restart of a worker ends no task: the processes run on."""
    enqueue(any_store, "t1")
    first = register(any_store)
    hold(any_store, take(any_store, first, ME), "t1", ME)
    any_store.end_worker(first)
    second = register(any_store)
    assert any_store.adopt_rows(second, [ME]) == 1
    assert [row.worker for row in any_store.queued_tasks()] == [second]
    found = any_store.lease("shop")
    assert found is not None
    assert worker_of(found.worker, found.epoch) == second


def test_the_owner_of_a_row_names_its_number() -> None:
    assert worker_of(owner("w", 3), 3) == "w"
    assert worker_of(owner("w", 3), 4) is None
    assert worker_of(None, 0) is None
    assert worker_of("w", 0) is None


def limit(store: Store, tasks: int | None) -> None:
    """Set how many tasks of the project run at the same time."""
    store.change_project_setting(TASK_LIMIT, tasks, "root", what="task-limit-set", detail="")


def test_tags_and_limits_decide_who_takes_what(any_store: Store) -> None:
    enqueue(any_store, "t1")
    enqueue(any_store, "t2", cluster="lab")
    assert any_store.set_worker_tags("shop", {"site-a"})
    assert not any_store.set_worker_tags("nowhere", {"site-a"})
    assert any_store.worker_tags("shop") == {"site-a"}
    (shop, lab) = any_store.queue_places()
    assert in_turn([shop, lab], Taker("w", 9)) == lab
    assert in_turn([shop, lab], Taker("w", 9, {"site-a"})) == shop
    limit(any_store, 1)
    assert any_store.project_settings() == {TASK_LIMIT: 1}
    any_store.take_queued(ME, lambda rows: rows[0])
    assert in_turn(any_store.queue_places(), Taker("w", 9, {"site-a"})) is None
    limit(any_store, None)
    assert any_store.project_settings() == {}
    any_store.set_worker_tags("shop", ())
    assert in_turn(any_store.queue_places(), Taker("w", 9)) is not None
