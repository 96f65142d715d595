"""The queue's contract, on a file and on a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from unit.store.tasks import empty_queue, queue_task
from worldtree.core.actor import Actor
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.results.status import TaskStatus
from worldtree.store import queue_places
from worldtree.store.queue_order import ProjectRules, QueuePlace, Taker, in_turn, project_rules
from worldtree.store.store import Store

ACTOR = Actor("token", "ci")
WORK = {"kind": "run"}
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ME = current_process()
OTHER = replace(ME, pid=1)


def enqueue(
    store: Store,
    task: str,
    cluster: str = "shop",
    priority: int = 0,
    work: dict[str, Any] | None = None,
) -> None:
    """Ask for a task by the queue."""
    more = {"actor": ACTOR, "request": {"x": 1}, "work": work or WORK, "priority": priority}
    queue_task(store, task, cluster, **more)


def take(store: Store, process: ProcessIdentity = ME, limit: int = 10) -> str | None:
    """Take the next row; return its task."""
    found = store.take_queued(process, partial(in_turn, taker=Taker("", limit)))
    return None if found is None else found.task


def test_a_queued_task_has_a_row_and_its_work_is_taken_once(any_store: Store) -> None:
    enqueue(any_store, "t1")
    record = any_store.task("t1")
    assert (record.status, record.actor, record.request) == (TaskStatus.QUEUED, ACTOR, {"x": 1})
    (row,) = any_store.queued_tasks()
    assert (row.task, row.request, row.actor, row.process) == ("t1", WORK, ACTOR, None)
    assert take(any_store) == "t1"
    assert take(any_store, OTHER) is None
    (row,) = any_store.queued_tasks()
    assert (row.process, row.tries) == (ME, 1)


def test_only_who_has_a_row_passes_it_on_gives_it_back_or_finishes_it(any_store: Store) -> None:
    enqueue(any_store, "t1")
    take(any_store)
    row = any_store.queued_tasks()[0].id
    assert not any_store.set_worker_process(row, OTHER, ME)
    assert any_store.set_worker_process(row, ME, OTHER)
    assert not any_store.requeue(row, ME, WORK)
    assert not any_store.finish_queued(row, ME)
    assert any_store.requeue(row, OTHER, {"kind": "resume"})
    assert any_store.queued_tasks()[0].request == {"kind": "resume"}
    assert take(any_store) == "t1"
    assert any_store.queued_tasks()[0].tries == 2
    assert any_store.finish_queued(row, ME)
    assert any_store.queued_tasks() == []


def test_no_row_has_the_id_of_an_earlier_one(any_store: Store) -> None:
    enqueue(any_store, "t1")
    take(any_store)
    first = any_store.queued_tasks()[0].id
    any_store.finish_queued(first, ME)
    enqueue(any_store, "t2")
    assert any_store.queued_tasks()[0].id > first


def test_a_new_task_is_stored_with_its_trace_and_its_entry_of_the_audit_log(
    any_store: Store,
) -> None:
    """What was asked for is never there without who asked, and from where."""
    who = Actor("token", "ci", "10.0.0.1")
    queue_task(any_store, "t1", actor=who, traceparent=TRACEPARENT)
    (entry,) = any_store.audit_log()
    assert (entry.what, entry.task, entry.who) == ("task-asked", "t1", str(who))
    assert (entry.cluster, entry.detail, entry.address) == ("shop", "create-cluster", "10.0.0.1")
    assert any_store.task("t1").traceparent == TRACEPARENT
    with without_audit_log(any_store):
        queue_task(any_store, "t2")
    assert [row.task for row in any_store.queued_tasks()] == ["t1"]
    assert [one.id for one in any_store.list_tasks()] == ["t1"]


def test_work_is_continued_with_its_entry_of_the_audit_log(any_store: Store) -> None:
    enqueue(any_store, "t1")
    empty_queue(any_store)
    with without_audit_log(any_store):
        any_store.enqueue_work("t1", WORK, actor=ACTOR, entry="task-continued")
    assert any_store.queued_tasks() == []
    assert any_store.enqueue_work("t1", WORK, actor=ACTOR, entry="task-continued")
    assert [one.what for one in any_store.audit_log()] == ["task-continued", "task-asked"]
    assert any_store.audit_log()[0].detail == "create-cluster"


@contextmanager
def without_audit_log(store: Store) -> Iterator[None]:
    """Expect the failure of a block in which the database takes no entry."""

    def refuse(*given: Any) -> None:
        if given[2].startswith("INSERT INTO audit "):
            raise RuntimeError("no entry")

    event.listen(store._engine, "before_cursor_execute", refuse)
    try:
        with pytest.raises(RuntimeError, match="no entry"):
            yield
    finally:
        event.remove(store._engine, "before_cursor_execute", refuse)


def test_settings_of_a_project_are_read_once(any_store: Store) -> None:
    """However many rows of it are in the queue: every worker reads them each time it looks."""
    for name, value in (("policy", {"actions": ["a"]}), ("tasks", 3)):
        any_store.change_project_setting(name, value, "root", what="x", detail="")
    for number in range(3):
        enqueue(any_store, f"t{number}", f"c{number}")
    queue_task(any_store.of_project(any_store.create_project("other").id), "o", actor=ACTOR)
    texts: list[str | None] = []

    def read(text: str | None) -> ProjectRules:
        texts.append(text)
        return project_rules(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue_places, "project_rules", read)
        places = any_store.queue_places()
    assert sorted(map(str, texts)) == ["None", '{"policy": {"actions": ["a"]}, "tasks": 3}']
    found = [(one.task, one.project_limit, one.policy) for one in places]
    mine = [(f"t{number}", 3, {"actions": ["a"]}) for number in range(3)]
    assert found == [*mine, ("o", None, None)]


def test_work_on_a_task_is_in_the_queue_once(any_store: Store) -> None:
    enqueue(any_store, "t1")
    assert not any_store.enqueue_work("t1", {"kind": "resume"}, actor=ACTOR)
    empty_queue(any_store)
    assert any_store.enqueue_work("t1", {"kind": "resume"}, actor=ACTOR)


def test_tasks_of_all_projects_are_taken(any_store: Store) -> None:
    team = any_store.create_project("team")
    enqueue(any_store.of_project(team.id), "t1")
    enqueue(any_store, "t2")
    assert [row.project for row in any_store.queued_tasks()] == [team.id, "default"]
    assert {take(any_store), take(any_store)} == {"t1", "t2"}


def test_many_takers_at_once_take_each_row_once(open_store: Callable[[], Store]) -> None:
    store = open_store()
    for number in range(20):
        enqueue(store, f"t{number}", cluster=f"c{number}")
    stores = [open_store() for _ in range(4)]
    start = threading.Barrier(len(stores))

    def take_all(mine: Store) -> list[str]:
        start.wait()
        found = []
        while (task := take(mine, limit=100)) is not None:
            found.append(task)
        return found

    with ThreadPoolExecutor(len(stores)) as pool:
        taken = [task for some in pool.map(take_all, stores) for task in some]
    assert sorted(taken) == sorted(f"t{number}" for number in range(20))


WORKER = "w"
TAGS = frozenset({"site-a", "site-b"})
ROWS = st.lists(
    st.builds(
        QueuePlace,
        id=st.just(0),
        project=st.sampled_from("pq"),
        cluster=st.sampled_from("abc"),
        task=st.just("t"),
        priority=st.integers(0, 2),
        is_taken=st.booleans(),
        worker=st.sampled_from([WORKER, "other"]),
        tags=st.sampled_from([frozenset(), frozenset({"site-a"}), frozenset({"far"})]),
        is_continued=st.booleans(),
        project_limit=st.none(),
    ),
    max_size=12,
).map(lambda rows: [replace(one, id=at) for at, one in enumerate(rows)])


@given(ROWS, st.integers(0, 6), st.none() | st.integers(0, 3))
def test_the_next_row_obeys_the_rules(
    rows: list[QueuePlace], limit: int, project_limit: int | None
) -> None:
    """Its cluster is free, limits hold, and no more urgent or fairer row is passed over."""
    rows = [
        replace(one, project_limit=project_limit) if one.project == "p" else one for one in rows
    ]
    taken = [one for one in rows if one.is_taken]
    busy = {one.cluster for one in taken}
    load = {p: sum(one.project == p for one in taken) for p in "pq"}
    free = [
        one
        for one in rows
        if not one.is_taken
        and one.cluster not in busy
        and one.tags <= TAGS
        and (one.project_limit is None or load[one.project] < one.project_limit)
    ]
    found = in_turn(rows, Taker(WORKER, limit, TAGS))
    if sum(one.worker == WORKER for one in taken) >= limit or not free:
        assert found is None
        return
    assert found in free
    for other in free:
        assert found.is_continued >= other.is_continued
        if other.is_continued != found.is_continued:
            continue
        assert other.priority <= found.priority
        if other.priority == found.priority:
            assert load[found.project] <= load[other.project]
            if other.project == found.project:
                assert found.id <= other.id
