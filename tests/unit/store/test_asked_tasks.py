"""Tasks from the moment of asking: they wait, are refused or cancelled, or begin."""

from __future__ import annotations

import pytest

from unit.engine.plans import plan
from worldtree.core.actor import Actor
from worldtree.core.errors import Diagnostic, InputError, Mark, RefusedError
from worldtree.core.process_identity import current_process
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.store import Store, TaskRecord

WANTED = plan({"a": ("h1",)}, [])
WHO = Actor("person", "ann@host", "192.0.2.7")


def _ask(store: Store, name: str = "t-1") -> TaskRecord:
    store.ask_task(
        name,
        WANTED.cluster,
        WANTED.pipeline,
        TaskCommand.APPLY,
        actor=WHO,
        request={"pipeline": "x"},
        process=current_process(),
    )
    return store.task(name)


def test_a_task_has_a_row_from_the_moment_of_asking(any_store: Store) -> None:
    asked = _ask(any_store)
    assert (asked.status, asked.plan, asked.has_begun) == (TaskStatus.QUEUED, None, False)
    assert (asked.actor, asked.request, asked.process) == (
        WHO,
        {"pipeline": "x"},
        current_process(),
    )
    any_store.set_waiting("t-1", "cluster")
    assert any_store.task("t-1").status is TaskStatus.WAITING
    begun = any_store.create_task(WANTED, "apply", name="t-1", document="a: 1\n")
    assert (begun.status, begun.has_begun) == (TaskStatus.PENDING, True)
    assert (begun.actor, begun.asked) == (WHO, asked.created)
    assert begun.created >= asked.created
    assert begun.directory.is_dir()
    any_store.set_waiting("t-1", "cluster")  # Too late: it changes nothing.
    any_store.refuse_task("t-1", "c", RefusedError("no", code="task-finished"), WHO)
    assert not any_store.cancel_task("t-1", "no")
    assert any_store.task("t-1") == begun
    assert len(any_store.list_tasks()) == 1


def test_a_refused_task_says_why(any_store: Store) -> None:
    _ask(any_store)
    wrong = Diagnostic("wrong", "it is wrong", "why", "do", mark=Mark("c.yaml", 3, 4))
    any_store.refuse_task("t-1", WANTED.cluster, InputError([wrong]), WHO)
    found = any_store.task("t-1")
    assert (found.status, found.message) == (TaskStatus.REFUSED, "it is wrong")
    assert found.problem is not None
    assert found.problem["exit_code"] == 2
    assert found.problem["diagnostics"] == [
        {
            "slug": "wrong",
            "severity": "error",
            "place": "c.yaml:3:4",
            "summary": "it is wrong",
            "detail": "why",
            "hint": "do",
        }
    ]
    entry = any_store.audit_log()[0]
    assert (entry.what, entry.who) == ("task-refused", "ann@host, 192.0.2.7")
    with pytest.raises(RefusedError, match="has not begun"):
        any_store.plan(found.plan)
    assert any_store.result("t-1").status is TaskStatus.REFUSED


def test_a_task_that_was_cancelled_does_not_begin(any_store: Store) -> None:
    _ask(any_store)
    assert any_store.cancel_task("t-1", "cancelled before it began")
    with pytest.raises(RefusedError, match="t-1 was cancelled before it began"):
        any_store.create_task(WANTED, "apply", name="t-1")
    assert any_store.task("t-1").status is TaskStatus.CANCELLED


def test_a_request_to_cancel_is_not_forgotten_when_the_lock_is_taken(any_store: Store) -> None:
    """Who waited for the cluster heeds it after that; that of an earlier try was heeded."""
    _ask(any_store)
    any_store.request_cancel("t-1")
    assert any_store.is_cancel_requested("t-1")
    lease = any_store.acquire_lease(
        WANTED.cluster, "t-1", current_process(), proven_dead=lambda _: False
    )
    assert lease.is_cancel_requested()
    any_store.create_task(WANTED, "apply", name="t-1")
    assert not any_store.is_cancel_requested("t-1")
    lease.release()
    again = any_store.acquire_lease(
        WANTED.cluster, "t-1", current_process(), proven_dead=lambda _: False
    )
    assert not again.is_cancel_requested()


def test_statuses_are_found_by_query(any_store: Store) -> None:
    """Each task by its own status and no other."""
    _ask(any_store, "queued")
    _ask(any_store, "waiting")
    any_store.set_waiting("waiting", "cluster")
    _ask(any_store, "refused")
    any_store.refuse_task("refused", WANTED.cluster, RefusedError("no", code="task-finished"), WHO)
    _ask(any_store, "cancelled")
    any_store.cancel_task("cancelled", "no")
    any_store.create_task(WANTED, "apply", name="pending")
    any_store.create_task(WANTED, "apply", name="failed")
    any_store.end_task("failed", TaskStatus.FAILED, "lost")
    any_store.create_task(WANTED, "apply", name="running")
    recorder = any_store.recorder("running")
    started = {"cluster": WANTED.cluster, "pipeline": WANTED.pipeline, "nodes": []}
    recorder.record([Event(kind=EventKind.TASK_STARTED, time=1, result=started)])
    for status in TaskStatus:
        found = [one.id for one in any_store.list_tasks(statuses=[status])]
        assert found == [one.id for one in any_store.list_tasks() if one.status is status]
    assert {one.id: one.status.value for one in any_store.list_tasks()} == {
        one.id: one.id for one in any_store.list_tasks()
    }
    begun = {one.id for one in any_store.list_tasks(begun=True)}
    assert begun == {"pending", "failed", "running"}


def test_the_newest_task_to_continue_is_one_that_began(any_store: Store) -> None:
    any_store.create_task(WANTED, "apply", name="begun")
    _ask(any_store, "asked")
    assert any_store.task("latest").id == "asked"
    assert any_store.task("latest", rather_than=[TaskCommand.CHECK]).id == "begun"
