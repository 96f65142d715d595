"""Pages of tasks, clusters, versions and audit entries; cancelling what waits in the queue."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, update

from unit.store.tasks import WANTED, queue_task, run_task
from worldtree.core.actor import Actor
from worldtree.core.list_order import ClusterOrder, TaskOrder
from worldtree.core.process_identity import current_process
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.cluster_pages import ClusterPosition
from worldtree.store.schema import clusters
from worldtree.store.store import Store
from worldtree.store.task_pages import TaskPosition

WHO = Actor("person", "somebody")


def ask(store: Store, name: str, cluster: str = "shop") -> None:
    """Put a task into the queue."""
    queue_task(store, name, cluster, actor=WHO, request={"large": "x"})


def test_pages_of_tasks_follow_each_other(any_store: Store) -> None:
    """Tasks of one moment are in the order of their ids; payloads are not read."""
    for number in range(5):
        ask(any_store, f"t-{number}")
    first = any_store.task_page(2)
    seen = list(first)
    while first:
        last = first[-1]
        first = any_store.task_page(2, after=TaskPosition(last.in_order, last.id))
        seen += first
    assert [one.id for one in seen] == [one.id for one in any_store.list_tasks()]
    assert len(seen) == 5
    assert all(one.request is None and one.problem is None for one in seen)
    assert all(one.status is TaskStatus.QUEUED and one.actor == WHO for one in seen)


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("-asked", ["t-4", "t-3", "t-2", "t-1", "t-0"]),
        ("asked", ["t-0", "t-1", "t-2", "t-3", "t-4"]),
        ("cluster", ["t-4", "t-1", "t-0", "t-3", "t-2"]),
        ("-cluster", ["t-3", "t-2", "t-1", "t-0", "t-4"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages_of_tasks_are_sorted(
    any_store: Store, order: TaskOrder, wanted: list[str], size: int
) -> None:
    """Those of a cluster are in the default order, and what is added later is on its own place."""
    store = any_store.of_project(any_store.create_project("sorted").id)
    for number, cluster in enumerate(("bank", "bank", "shop", "shop", "app")):
        ask(store, f"t-{number}", cluster)
    store.put_document("no-task", "v: 1", None)
    seen: list[str] = []
    after, is_late = None, False
    while page := store.task_page(size, after=after, order=order):
        seen += [one.id for one in page if not one.id.startswith("late")]
        after = TaskPosition(page[-1].in_order, page[-1].id, page[-1].cluster)
        if not is_late:
            ask(store, "late", "car")
            is_late = True
    assert seen == wanted
    found = store.task_page(size, order=order, cluster="bank", status=TaskStatus.QUEUED)
    assert [one.id for one in found] == [one for one in wanted if one in ("t-0", "t-1")][:size]
    assert store.task_page(size, order=order, status=TaskStatus.FAILED) == []


def test_pages_of_clusters_are_sorted(any_store: Store) -> None:
    """Also by when they were created; none is twice or missing where some are of one moment."""
    for name in ("b", "c", "a"):
        any_store.put_document(name, "v: 1", None)
    with any_store._writer.begin() as connection:
        for name, moment in (("a", 2.0), ("b", 1.0), ("c", 1.0)):
            query = update(clusters).where(clusters.c.id == name)
            connection.execute(query.values(created=moment))
    orders: dict[ClusterOrder, str] = {
        "name": "abc",
        "-name": "cba",
        "created": "bca",
        "-created": "acb",
    }
    for order, wanted in orders.items():
        seen, after = "", None
        while page := any_store.cluster_page(1, after, order):
            seen += page[0].name
            after = ClusterPosition(page[0].created, page[0].name)
        assert seen == wanted


def test_a_task_that_begins_stays_on_its_page(any_store: Store) -> None:
    """Pages are in the order in which tasks were asked for, also of those that nobody asked for."""
    early = any_store.create_task(WANTED, "apply")
    for number in range(3):
        ask(any_store, f"t-{number}")
    (first,) = any_store.task_page(1)
    assert first.id == "t-2"
    begun = any_store.create_task(WANTED, "apply", name="t-0")
    assert begun.created > first.in_order > begun.in_order
    rest = any_store.task_page(9, after=TaskPosition(first.in_order, first.id))
    assert [one.id for one in rest] == ["t-1", "t-0", early.id]


def test_pages_of_tasks_are_filtered(any_store: Store) -> None:
    """By cluster, status and command, alone and together."""
    done = run_task(any_store)
    ask(any_store, "t-1")
    ask(any_store, "t-2", "other")
    assert [one.id for one in any_store.task_page(9, cluster="shop", status=TaskStatus.QUEUED)] == [
        "t-1"
    ]
    assert [one.id for one in any_store.task_page(9, status=done.status)] == [done.id]
    assert any_store.task_page(9, command=TaskCommand.DESTROY) == []


def test_another_project_has_its_own_pages(any_store: Store) -> None:
    """Nothing of one project is on a page of another, also under the same names."""
    other = any_store.of_project(any_store.create_project("other").id)
    ask(any_store, "t-1")
    any_store.put_document("shop", "a: 1", None)
    assert other.task_page(9) == []
    assert other.cluster_page(9) == []
    assert other.cluster_summary("shop") is None
    assert other.document_page("shop", 9) == []
    assert other.document_version("shop", 1) is None
    ask(other, "t-2")
    assert [one.id for one in other.task_page(9)] == ["t-2"]
    assert [one.id for one in any_store.task_page(9)] == ["t-1"]
    assert [one.task for one in other.audit_page(9)] == ["t-2", None]
    assert [one.task for one in any_store.audit_page(9)] == ["t-1"]


def test_a_project_is_found_by_its_name(any_store: Store) -> None:
    """The default project has a name like any other."""
    made = any_store.create_project("other")
    assert any_store.find_project("other") == made
    found = any_store.find_project("default")
    assert found is not None
    assert found.id == "default"
    assert any_store.find_project("absent") is None


def test_a_cluster_has_its_newest_task_and_wanted_version(any_store: Store) -> None:
    """Both are missing until there is one; the newest task is the one that was created last."""
    any_store.put_document("a", "v: 1", None)
    [found] = any_store.cluster_page(9)
    assert (found.name, found.version, found.task) == ("a", 1, None)
    ask(any_store, "t-1", "a")
    ask(any_store, "t-2", "a")
    ask(any_store, "t-3", "b")
    first, second = any_store.cluster_page(9)
    assert first.task is not None
    assert (first.task.id, first.task.status) == ("t-2", TaskStatus.QUEUED)
    assert (second.name, second.document, second.version) == ("b", None, None)
    assert any_store.cluster_page(1) == [first]
    assert any_store.cluster_page(9, ClusterPosition(first.created, "a")) == [second]
    assert any_store.cluster_summary("b") == second


def test_versions_come_newest_first(any_store: Store) -> None:
    """A page ends before a version; a text that was there before is no new version."""
    digest = None
    for body in ("v: 1", "v: 2", "v: 3", "v: 1"):
        digest = any_store.put_document("a", body, digest).digest
    assert [one.version for one in any_store.document_page("a", 9)] == [3, 2, 1]
    assert [one.version for one in any_store.document_page("a", 9, 3)] == [2, 1]
    assert [one.version for one in any_store.document_page("a", 9, 1, "version")] == [2, 3]
    found = any_store.cluster_summary("a")
    assert found is not None
    assert found.version == 1
    version = any_store.document_version("a", 2)
    assert version is not None
    assert version.body == "v: 2"


def test_audit_entries_come_newest_first(any_store: Store) -> None:
    """Those of the project, filtered by cluster, also those of no task."""
    ask(any_store, "t-1", "a")
    ask(any_store, "t-2", "b")
    any_store.audit("one", cluster="a", task="t-1", who="x")
    any_store.audit("two", cluster="b", task="t-2", who="x")
    any_store.audit("unlocked", cluster="a", who="x")
    asked = ["task-asked", "task-asked"]
    found = any_store.audit_page(9)
    assert [one.what for one in found] == ["unlocked", "two", "one", *asked]
    assert [one.what for one in any_store.audit_page(9, before=found[1].id)] == ["one", *asked]
    mine = [one.what for one in any_store.audit_page(9, cluster="a")]
    assert mine == ["unlocked", "one", "task-asked"]


def test_what_waits_is_cancelled_and_leaves_the_queue(any_store: Store) -> None:
    """The entry in the audit log says who cancelled it; there is nothing to cancel twice."""
    ask(any_store, "t-1")
    assert any_store.cancel_queued("t-1", "cancelled before it began", "somebody")
    assert any_store.queued_tasks() == []
    assert any_store.task("t-1").status is TaskStatus.CANCELLED
    [entry, asked] = any_store.audit_page(9)
    assert (entry.what, entry.who, entry.cluster) == ("task-cancelled", "somebody", "shop")
    assert asked.what == "task-asked"
    assert not any_store.cancel_queued("t-1", "again", "somebody")


def test_what_a_process_has_taken_is_not_cancelled_here(any_store: Store) -> None:
    """Its row stays, and the task goes on until its process heeds a request."""
    ask(any_store, "t-1")
    any_store.take_queued(current_process(), lambda rows: rows[0])
    assert not any_store.cancel_queued("t-1", "cancelled", "somebody")
    assert any_store.task("t-1").status is TaskStatus.QUEUED
    assert len(any_store.queued_tasks()) == 1


def test_cancelling_a_waiting_resume_leaves_the_result(any_store: Store) -> None:
    """A task that ended keeps its status when the request to continue it is dropped."""
    done = run_task(any_store, "failed")
    assert any_store.enqueue_work(done.id, {}, actor=WHO)
    assert any_store.cancel_queued(done.id, "cancelled", "somebody")
    assert any_store.task(done.id).status is done.status
    assert any_store.queued_tasks() == []


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "tasks_in_order"),
        ({"order": "asked", "after": TaskPosition(1.0, "t-1")}, "tasks_in_order"),
        ({"order": "cluster"}, "tasks_in_order_by_cluster"),
        ({"after": TaskPosition(1.0, "t-1")}, "tasks_in_order"),
        ({"cluster": "shop"}, "tasks_in_order_by_cluster"),
        ({"status": TaskStatus.QUEUED}, "tasks_in_order_by_status"),
        ({"status": TaskStatus.RUNNING}, "tasks_in_order_by_status"),
    ],
)
def test_a_page_of_tasks_is_read_in_the_order_of_an_index(
    store: Store, filters: dict[str, Any], index: str
) -> None:
    """However many tasks there are, only those of the page are read, and none are sorted whole."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(store._engine, "before_cursor_execute", note)
    ask(store, "t-1")
    seen.clear()
    store.task_page(5, **filters)
    event.remove(store._engine, "before_cursor_execute", note)
    statement, parameters = seen[-1]
    with store._engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plan = [row[3] for row in rows]
    assert any(f"tasks USING INDEX {index} " in f"{step} " for step in plan), plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan, plan
