"""What becomes of rows of the queue whose process is dead."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import homes
from unit.store.tasks import WANTED, empty_queue, run_task
from unit.store.test_task_queue import ACTOR, enqueue
from worldtree.app.tasks.queued_work import (
    AnyWork,
    CancelWork,
    ResumeWork,
    RollbackWork,
    RunWork,
    read_work,
)
from worldtree.app.tasks.task_requests import ResumeRequest, RollbackRequest, TaskRequest
from worldtree.app.tasks.work_queue import WorkQueue
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with homes.open_store(tmp_path / "home") as found:
        yield found


@pytest.fixture
def dead() -> ProcessIdentity:
    """A process of this machine that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return replace(current_process(), pid=process.pid, started=1)


def registered(store: Store) -> str:
    """The id of the only worker."""
    for one in store.list_workers():
        return one.id
    return store.register_worker(current_process(), (), 1, "1")


def take_as(store: Store, process: ProcessIdentity) -> None:
    """Have a process take the only row."""
    taken = store.take_queued(process, lambda rows: rows[0])
    assert taken is not None


@pytest.mark.parametrize(
    "work",
    [
        RunWork(request=TaskRequest(stored_document="d")),
        RollbackWork(request=RollbackRequest(task="t")),
        ResumeWork(request=ResumeRequest(task="t", if_in_doubt="done")),
        CancelWork(),
    ],
)
def test_what_the_queue_keeps_is_what_was_asked(work: AnyWork) -> None:
    assert read_work(work.model_dump(mode="json")) == work


def test_a_living_process_keeps_its_row(store: Store) -> None:
    enqueue(store, "t1")
    queue = WorkQueue(lambda: store)
    assert queue.take(registered(store), 1) is not None
    assert queue.settle() == []
    assert queue.take(registered(store), 1) is None
    queue.finish(store.queued_tasks()[0].id)
    assert store.queued_tasks() == []


def test_a_process_on_another_machine_is_not_called_dead(
    store: Store, dead: ProcessIdentity
) -> None:
    enqueue(store, "t1")
    take_as(store, replace(dead, machine="another", boot="another"))
    assert WorkQueue(lambda: store).settle() == []


def test_a_task_that_has_not_begun_begins_again(store: Store, dead: ProcessIdentity) -> None:
    enqueue(store, "t1")
    take_as(store, dead)
    WorkQueue(lambda: store).settle()
    (row,) = store.queued_tasks()
    assert (row.process, row.request, row.tries) == (None, {"kind": "run"}, 1)


def test_a_task_that_has_begun_is_continued(store: Store, dead: ProcessIdentity) -> None:
    enqueue(store, "t1", cluster=WANTED.cluster)
    take_as(store, dead)
    store.create_task(WANTED, "apply", name="t1")
    WorkQueue(lambda: store).settle()
    (row,) = store.queued_tasks()
    assert read_work(row.request) == ResumeWork(request=ResumeRequest(task="t1"))


def test_a_task_whose_cancel_was_requested_is_ended(store: Store, dead: ProcessIdentity) -> None:
    """Also on its hosts; one that has not begun needs no process for that."""
    for begun, name in enumerate(("t0", "t1")):
        enqueue(store, name, cluster=f"c{begun}")
        take_as(store, dead)
        if begun:
            store.create_task(WANTED, "apply", name=name)
        store.request_cancel(name)
        WorkQueue(lambda: store).settle()
        rows = store.queued_tasks()
        assert [read_work(row.request) for row in rows] == [CancelWork()] * begun
    assert store.task("t0").status is TaskStatus.CANCELLED


def test_a_cancel_before_work_was_asked_for_is_over(store: Store, dead: ProcessIdentity) -> None:
    record = run_task(store, "failed")
    store.request_cancel(record.id)
    work = ResumeWork(request=ResumeRequest(task=record.id)).model_dump(mode="json")
    assert store.enqueue_work(record.id, work, actor=ACTOR)
    take_as(store, dead)
    WorkQueue(lambda: store).settle()
    assert [row.request for row in store.queued_tasks()] == [work]


def test_a_rollback_that_has_begun_is_continued(store: Store, dead: ProcessIdentity) -> None:
    enqueue(store, "t1", cluster=WANTED.cluster)
    empty_queue(store)
    work = RollbackWork(request=RollbackRequest(task="t0")).model_dump(mode="json")
    assert store.enqueue_work("t1", work, actor=ACTOR)
    take_as(store, dead)
    WorkQueue(lambda: store).settle()
    assert [one.request for one in store.queued_tasks()] == [work]
    take_as(store, dead)
    store.create_task(WANTED, "rollback", name="t1")
    WorkQueue(lambda: store).settle()
    (row,) = store.queued_tasks()
    assert read_work(row.request) == ResumeWork(request=ResumeRequest(task="t1"))


def test_a_task_that_has_ended_needs_nothing(store: Store, dead: ProcessIdentity) -> None:
    record = run_task(store)
    assert store.enqueue_work(record.id, {"kind": "run"}, actor=ACTOR)
    take_as(store, dead)
    WorkQueue(lambda: store).settle()
    assert store.queued_tasks() == []


def test_an_ended_task_is_continued_again_where_that_was_asked(
    store: Store, dead: ProcessIdentity
) -> None:
    record = run_task(store, "failed")
    work = ResumeWork(request=ResumeRequest(task=record.id)).model_dump(mode="json")
    assert store.enqueue_work(record.id, work, actor=ACTOR)
    take_as(store, dead)
    WorkQueue(lambda: store).settle()
    assert [row.request for row in store.queued_tasks()] == [work]


@pytest.mark.parametrize("has_begun", [False, True])
def test_after_three_dead_processes_the_task_says_so(
    store: Store, dead: ProcessIdentity, has_begun: bool
) -> None:
    enqueue(store, "t1", cluster=WANTED.cluster)
    if has_begun:
        store.create_task(WANTED, "apply", name="t1")
    queue = WorkQueue(lambda: store)
    for _ in range(3):
        take_as(store, dead)
        queue.settle()
    assert store.queued_tasks() == []
    record = store.task("t1")
    assert record.problem is not None
    assert record.problem["code"] == "worker-died"
    assert record.status is (TaskStatus.PENDING if has_begun else TaskStatus.REFUSED)


def test_a_row_that_was_not_taken_over_is_given_back_once(store: Store) -> None:
    enqueue(store, "t1")
    queue = WorkQueue(lambda: store)
    row = queue.take(registered(store), 1)
    assert row is not None
    assert queue.give_back(row)
    assert not queue.give_back(row)
    assert queue.take(registered(store), 1) is not None
