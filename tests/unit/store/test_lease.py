"""One task at a time per cluster; a writer that lost its lease writes no more."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from unit.engine.plans import plan
from unit.store.processes import clean_processes
from worldtree.core.errors import ExitCode
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.results.events import Event, EventKind
from worldtree.store import database
from worldtree.store.lease import Lease, LeaseHeldError, LeaseLostError
from worldtree.store.store import Store

WANTED = plan({"a": ["h1"]})
ONE = ProcessIdentity("ann", "desk", "m1", "b1", "pid:[1]", 11, 111)
TWO = ProcessIdentity("bob", "rack", "m2", "b2", "pid:[2]", 22, 222)


def alive(_holder: ProcessIdentity) -> bool:
    """Nothing is proven."""
    return False


def dead(_holder: ProcessIdentity) -> bool:
    """Its death is proven."""
    return True


def said(number: float) -> Event:
    """Return an event."""
    return Event(kind=EventKind.RUN_MESSAGE, time=number)


def test_second_task_is_refused_and_told_who_holds_it(any_store: Store) -> None:
    any_store.acquire_lease("shop", "t1", ONE, proven_dead=alive)
    with pytest.raises(LeaseHeldError) as caught:
        any_store.acquire_lease("shop", "t2", TWO, proven_dead=alive)
    problem = caught.value
    assert problem.exit_code is ExitCode.REFUSED
    assert problem.held.holder == ONE
    for words in ("`shop`", "task t1", "ann@desk, process 11", "since 20", "last heartbeat 0 s"):
        assert words in problem.message
    assert [(step.action, step.target) for step in problem.next_steps] == [
        ("wait", "shop"),
        ("cancel", "t1"),
        ("unlock", "shop"),
    ]
    other = any_store.acquire_lease("lab", "t3", TWO, proven_dead=alive)
    assert (other.cluster, other.task, other.epoch) == ("lab", "t3", 1)
    assert [lease.task for lease in any_store.leases()] == ["t3", "t1"]


def test_epoch_grows_with_every_acquisition(any_store: Store) -> None:
    assert any_store.lease("shop") is None
    for epoch in (1, 2, 3):
        lease = any_store.acquire_lease("shop", f"t{epoch}", ONE, proven_dead=alive)
        assert lease.epoch == epoch
        lease.release()
        lease.release()
    found = any_store.lease("shop")
    assert found is not None
    assert found.released is not None
    assert any_store.leases() == []


def test_heartbeat_is_seen_and_fails_once_the_lease_is_lost(any_store: Store) -> None:
    lease = any_store.acquire_lease("shop", "t1", ONE, proven_dead=alive)
    before = any_store.lease("shop")
    time.sleep(0.01)
    lease.heartbeat()
    after = any_store.lease("shop")
    assert before is not None
    assert after is not None
    assert after.heartbeat > before.heartbeat
    any_store.acquire_lease("shop", "t2", TWO, proven_dead=dead)
    with pytest.raises(LeaseLostError, match="task t2"):
        lease.heartbeat()
    lease.release()
    assert any_store.lease("shop") is not None
    assert [held.task for held in any_store.leases()] == ["t2"]


def test_release_that_cannot_be_written_is_left_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error that ended the task is reported, not that of releasing the lease."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    with Store.open(tmp_path) as store:
        lease = store.acquire_lease("shop", "t1", ONE, proven_dead=alive)
        blocker = sqlite3.connect(tmp_path / "worldtree.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        lease.release()
        blocker.close()
        assert store.acquire_lease("shop", "t2", TWO, proven_dead=dead).epoch == 2


def test_dead_holder_is_followed_and_the_audit_tells(any_store: Store) -> None:
    any_store.acquire_lease("shop", "t1", ONE, proven_dead=alive)
    asked: list[ProcessIdentity] = []

    def prove(holder: ProcessIdentity) -> bool:
        asked.append(holder)
        return True

    assert any_store.acquire_lease("shop", "t2", TWO, proven_dead=prove).epoch == 2
    assert asked == [ONE]
    [entry] = any_store.audit_log("shop")
    assert (entry.what, entry.who, entry.task) == ("lease-taken-over", str(TWO), "t2")
    assert "t1" in entry.detail


def test_broken_lease_stops_its_writer(any_store: Store) -> None:
    """What `wt unlock` does; a lease that was acquired again since is left alone."""
    task = any_store.create_task(WANTED, "apply")
    lease = any_store.acquire_lease("shop", task.id, ONE, proven_dead=alive)
    recorder = any_store.recorder(task.id, lease)
    recorder.record([said(1)])
    assert not any_store.break_lease("shop", lease.epoch + 1, "ann")
    assert any_store.break_lease("shop", lease.epoch, "ann")
    assert not any_store.break_lease("shop", lease.epoch, "ann")
    with pytest.raises(LeaseLostError, match="lost the lock of `shop`"):
        recorder.record([said(2)])
    assert [e.time for e in any_store.events(task.id)] == [1.0]
    assert [(e.what, e.who) for e in any_store.audit_log(limit=1)] == [("lease-broken", "ann")]


def test_writer_that_was_taken_for_dead_is_refused_at_once(
    open_store: Callable[[], Store],
) -> None:
    """It writes all the time; from the takeover's commit on all its writes are refused."""
    first, second = open_store(), open_store()
    task = first.create_task(WANTED, "apply")
    lease = first.acquire_lease("shop", task.id, ONE, proven_dead=alive)
    lost: list[LeaseLostError] = []
    written = 0

    def write() -> None:
        nonlocal written
        recorder = first.recorder(task.id, lease)
        try:
            for number in range(100_000):
                recorder.record([said(number)])
                written += 1
        except LeaseLostError as problem:
            lost.append(problem)

    thread = threading.Thread(target=write)
    thread.start()
    while written < 5:
        time.sleep(0.001)
    taken = second.acquire_lease("shop", task.id, TWO, proven_dead=dead)
    seen = len(list(second.events(task.id)))
    mine = second.recorder(task.id, taken).record([said(-1)])
    thread.join(60)
    assert len(lost) == 1
    assert seen == written
    assert mine[0].seq == written + 1
    assert [e.time for e in second.events(task.id)] == [*map(float, range(written)), -1.0]


def _take(home: str, url: str, number: int, taken: multiprocessing.Queue[tuple[int, int]]) -> None:
    holder = replace(current_process(), user=str(number))
    with Store.open(Path(home), url) as store:
        for _ in range(5):
            while True:
                try:
                    lease: Lease = store.acquire_lease("shop", "t", holder, proven_dead=alive)
                    break
                except LeaseHeldError:
                    time.sleep(0.002)
            taken.put((number, lease.epoch))
            lease.release()


def test_processes_that_race_get_one_epoch_each(
    any_store: Store, database_url: str, tmp_path: Path
) -> None:
    clean = clean_processes()
    taken: multiprocessing.Queue[tuple[int, int]] = clean.Queue()
    racers = [
        clean.Process(target=_take, args=(str(tmp_path / "home"), database_url, n, taken))
        for n in range(3)
    ]
    for racer in racers:
        racer.start()
    epochs = sorted(taken.get(timeout=60)[1] for _ in range(15))
    for racer in racers:
        racer.join(60)
    assert epochs == list(range(1, 16))
    assert any_store.leases() == []


def test_a_request_to_cancel_reaches_the_holder_and_is_over_with_the_next_try(
    any_store: Store,
) -> None:
    """The holder may be on another machine: all it shares is the database."""
    task, child = (any_store.create_task(WANTED, "apply").id for _ in range(2))
    lease = any_store.acquire_lease("shop", task, ONE, proven_dead=alive)
    assert not lease.is_cancel_requested()
    any_store.request_cancel(child)
    assert not lease.is_cancel_requested()
    with lease.lend_to(child):
        assert lease.is_cancel_requested()
    any_store.request_cancel(task)
    assert lease.is_cancel_requested()
    assert any_store.task(task).cancel_requested is not None
    assert [(e.what, e.task) for e in any_store.audit_log(limit=1)] == [("task-cancelled", task)]
    again = any_store.acquire_lease("shop", task, TWO, proven_dead=dead)
    assert not again.is_cancel_requested()
    assert not lease.is_cancel_requested()
