"""The contract of schedules and blackouts, on a file and on a server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from unit.store.tasks import queue_task
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import current_process
from worldtree.store.schedule_refusals import Refusal, StandingRefusal
from worldtree.store.schedules import ScheduleRecord, ScheduleRun
from worldtree.store.store import Store
from worldtree.store.task_queue import NewQueuedTask

WHO = Actor("token", "ann")


def add(store: Store, name: str = "nightly", due: float = 100.0) -> ScheduleRecord:
    """Store a schedule of the cluster shop."""
    return store.add_schedule(
        "shop",
        name,
        request={"pipeline": "verify"},
        cron="0 2 * * *",
        time_zone="UTC",
        policy={},
        actor=WHO,
        due=due,
        now=1.0,
    )


def task(name: str) -> NewQueuedTask:
    """A task to start."""
    return NewQueuedTask(name, "shop", "verify", "verify", WHO, {}, {"kind": "run"})


def test_a_schedule_is_found_as_it_was_stored(any_store: Store) -> None:
    made = add(any_store)
    assert any_store.find_schedule("shop", "nightly") == made
    assert (made.cluster, made.actor, made.due) == ("shop", WHO, 100.0)
    assert any_store.list_schedules("shop") == any_store.list_schedules() == [made]
    assert any_store.list_schedules("other") == []
    with pytest.raises(RefusedError, match="already") as problem:
        add(any_store)
    assert problem.value.code == "schedule-exists"
    assert any_store.delete_schedule(made.id, WHO)
    assert not any_store.delete_schedule(made.id, WHO)
    assert any_store.find_schedule("shop", "nightly") is None


def test_a_schedule_of_another_project_does_not_exist(any_store: Store) -> None:
    add(any_store)
    other = any_store.of_project(any_store.create_project("other").id)
    assert other.list_schedules() == []
    assert other.find_schedule("shop", "nightly") is None
    # But it is due, whichever process asks.
    assert [one.name for one in other.due_schedules(100.0)] == ["nightly"]


def test_a_disabled_schedule_is_not_due(any_store: Store) -> None:
    made = add(any_store)
    assert any_store.due_schedules(99.0) == []
    assert any_store.set_schedule_enabled(made.id, WHO, due=None, disabled=5.0)
    assert not any_store.set_schedule_enabled(made.id, WHO, due=None, disabled=6.0)
    assert any_store.due_schedules(1000.0) == []
    # A process that looked before decides nothing.
    assert not any_store.decide_due(made, [ScheduleRun(100.0, 101.0, "started", "t1")], 200.0)
    assert any_store.set_schedule_enabled(made.id, WHO, due=300.0, disabled=None)
    assert [one.due for one in any_store.due_schedules(300.0)] == [300.0]


def test_a_due_time_is_decided_once_by_all_who_try(open_store: Callable[[], Store]) -> None:
    """One of several services starts the task; the queue has one row."""
    stores = [open_store() for _ in range(3)]
    made = add(stores[0])
    gate = threading.Barrier(len(stores))

    def decide(number: int) -> bool:
        gate.wait()
        run = ScheduleRun(100.0, 101.0, "started", f"t{number}")
        return stores[number].decide_due(made, [run], 200.0, start=task(f"t{number}"))

    with ThreadPoolExecutor(len(stores)) as pool:
        found = list(pool.map(decide, range(len(stores))))
    assert sorted(found) == [False, False, True]
    winner = f"t{found.index(True)}"
    assert [row.task for row in stores[0].queued_tasks()] == [winner]
    assert [run.task for run in stores[0].schedule_history(made.id, 5)] == [winner]
    (left,) = stores[0].list_schedules()
    assert left.due == 200.0


def test_a_task_that_cannot_be_stored_leaves_its_time_undecided(any_store: Store) -> None:
    """Both are one transaction."""
    made = add(any_store)
    queue_task(any_store, "t1", command="verify")
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        any_store.decide_due(
            made, [ScheduleRun(100.0, 101.0, "started", "t1")], 200.0, start=task("t1")
        )
    assert any_store.find_schedule("shop", "nightly") == made
    assert any_store.schedule_history(made.id, 5) == []


def test_unfinished_tasks_are_those_with_work_left(any_store: Store) -> None:
    made = add(any_store)
    run = ScheduleRun(100.0, 101.0, "started", "t1")
    assert any_store.decide_due(made, [run], 200.0, start=task("t1"))
    assert any_store.unfinished_tasks_of(made.id, 200.0) == ["t1"]
    # Not what was started for the same time: two services cancel nothing of each other.
    assert any_store.unfinished_tasks_of(made.id, 100.0) == []
    any_store.cancel_queued("t1", "no", str(WHO))
    assert any_store.unfinished_tasks_of(made.id, 200.0) == []


def test_a_schedule_is_refused_since_its_last_good_task(any_store: Store) -> None:
    """A task that is refused after it was started counts as refused, too."""
    made = add(any_store)
    assert any_store.refusal_of(made.id) is None
    refusal = Refusal("permission-missing", "no right")
    for due in (100.0, 200.0):
        run = ScheduleRun(due, due + 1, "refused", None, refusal.message)
        at = replace(made, due=due)
        assert any_store.decide_due(at, [run], due + 100, refusal=refusal)
    assert any_store.refusal_of(made.id) == StandingRefusal(100.0, "no right")
    run = ScheduleRun(300.0, 301.0, "started", "t1")
    by = Actor("system", "schedule nightly")
    new = replace(task("t1"), actor=by)
    assert any_store.decide_due(replace(made, due=300.0), [run], 400.0, start=new)
    assert any_store.refusal_of(made.id) is None
    project = any_store.project
    assert any_store.waiting_scheduled_tasks() == {(project, "shop"): ["t1"]}
    # Given back by a worker before it began: it waits as before.
    [place] = any_store.queue_places()
    row = any_store.take_queued(current_process(), lambda _: place)
    assert row is not None
    assert any_store.requeue(row.id, current_process(), row.request)
    assert any_store.waiting_scheduled_tasks() == {(project, "shop"): ["t1"]}
    any_store.refuse_task("t1", "shop", RefusedError("no plugins", code="policy"), WHO)
    assert any_store.refusal_of(made.id) == StandingRefusal(100.0, "no plugins")


def test_history_comes_in_pages(any_store: Store) -> None:
    made = add(any_store)
    runs = [ScheduleRun(100.0 + n, 500.0, "missed") for n in range(5)]
    assert any_store.decide_due(made, runs, 900.0)
    first = any_store.schedule_history(made.id, 2)
    assert [run.due for run in first] == [104.0, 103.0]
    assert [run.due for run in any_store.schedule_history(made.id, 9, 103.0)] == [102, 101, 100]


def test_blackouts_of_a_cluster_and_of_all(any_store: Store) -> None:
    queue_task(any_store, "t1", command="verify")
    of_all = any_store.add_blackout("freeze", None, {"kind": "once"}, WHO, 1.0)
    mine = any_store.add_blackout("night", "shop", {"kind": "cron"}, WHO, 2.0)
    assert any_store.list_blackouts() == [of_all, mine]
    assert any_store.list_blackouts("shop") == [of_all, mine]
    assert any_store.list_blackouts("other") == [of_all]
    other = any_store.of_project(any_store.create_project("other").id)
    assert other.list_blackouts() == []
    assert not other.delete_blackout(mine.id, WHO)
    assert any_store.delete_blackout(mine.id, WHO)
    assert any_store.list_blackouts() == [of_all]
