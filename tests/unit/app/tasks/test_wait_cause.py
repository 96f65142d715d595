"""Why work on a task waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from homes import open_store
from unit.store.tasks import run_task
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.tasks.wait_cause import queue_cause, wait_cause
from worldtree.app.views.tasks import task_view
from worldtree.cli.task_list import write_wait
from worldtree.core.actor import Actor
from worldtree.core.process_identity import current_process, is_dead
from worldtree.results.task_command import TaskCommand
from worldtree.store.queue_order import TASK_LIMIT, QueuePlace
from worldtree.store.store import Store
from worldtree.store.task_queue import NewQueuedTask
from worldtree.store.workers import WorkerRecord

WHO = Actor("token", "ann")
MINE = QueuePlace(2, "default", "shop", "t-2", 0, is_taken=False)
OTHER = QueuePlace(1, "default", "web", "t-1", 0, is_taken=True, worker="w")
WORKER = WorkerRecord("w", current_process(), ("a", "b"), 1, "1.0", 0.0, 0.0, "alive", None)


@pytest.mark.parametrize(
    ("reason", "words", "mine", "others", "workers"),
    [
        ("cluster", "task t-1 works", MINE, [replace(OTHER, cluster="shop")], [WORKER]),
        ("no-worker", "no worker is running", MINE, [], []),
        ("worker-tags", "tags: c", replace(MINE, tags=frozenset({"c"})), [], [WORKER]),
        (
            "worker-tags",
            "policy of the project",
            replace(MINE, policy={"worker_tags": ["z"]}),
            [],
            [WORKER],
        ),
        (
            "worker-obstacle",
            "no worker can work on it: their machines lack something",
            MINE,
            [],
            [replace(WORKER, obstacle="the key is missing")],
        ),
        (
            "workers-busy",
            "all workers run",
            MINE,
            [OTHER],
            [WORKER, replace(WORKER, id="x", obstacle="the key is missing")],
        ),
        (
            "turn",
            "first",
            replace(MINE, is_cancel=True),
            [],
            [replace(WORKER, obstacle="the key is missing")],
        ),
        ("project-limit", "may: 1", replace(MINE, project_limit=1), [OTHER], [WORKER]),
        ("workers-busy", "all workers run", MINE, [OTHER], [WORKER]),
        (
            "workers-busy",
            "all workers with the tags a run",
            replace(MINE, tags=frozenset("a")),
            [OTHER],
            [WORKER, replace(WORKER, id="x", tags=())],
        ),
        ("turn", "first", MINE, [replace(OTHER, is_taken=False, worker=None)], [WORKER]),
        ("turn", "first", MINE, [OTHER], [WORKER, replace(WORKER, id="x")]),
        ("turn", "first", replace(MINE, project_limit=2), [OTHER], [replace(WORKER, capacity=2)]),
    ],
)
def test_a_row_of_the_queue_says_what_it_waits_for(
    reason: str,
    words: str,
    mine: QueuePlace,
    others: list[QueuePlace],
    workers: list[WorkerRecord],
) -> None:
    """What a person has to change is said before what passes by itself."""
    found = queue_cause([*others, mine], mine, workers)
    assert found.reason == reason
    assert words in found.message
    assert found.task == ("t-1" if reason == "cluster" else None)


@pytest.mark.parametrize(
    ("own", "allowed", "reason", "words"),
    [
        (None, frozenset("z"), "worker-tags", "the policy of the service allows workers with one"),
        (["a", "z"], frozenset("z"), "worker-tags", "the policy of the project allows workers"),
        (None, frozenset("a"), "turn", "first"),
        (["z"], None, "turn", "first"),
    ],
)
def test_tags_of_the_policy_in_effect_count(
    own: list[str] | None, allowed: frozenset[str] | None, reason: str, words: str
) -> None:
    """What the operator set for all projects, and the project's own as far as that allows it."""
    mine = replace(MINE, policy=None if own is None else {"worker_tags": own})
    worker = replace(WORKER, tags=("a",))
    found = queue_cause([mine], mine, [worker], DocumentPolicy(worker_tags=allowed))
    assert (found.reason, words in found.message) == (reason, True), found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "state") as found:
        yield found


def _enqueue(store: Store, task: str, who: Actor = WHO) -> None:
    new = NewQueuedTask(task, "shop", "create-cluster", TaskCommand.APPLY, who, {}, {})
    store.enqueue_task(new)


def test_the_cause_of_a_queued_task_follows_what_is_changed(store: Store) -> None:
    _enqueue(store, "t-1")
    task = store.task("t-1")
    assert _reason(store) == "no-worker"
    store.register_worker(current_process(), {"site-a"}, 1, "1.0")
    store.set_worker_tags("shop", {"site-b"})
    assert _reason(store) == "worker-tags"
    store.set_worker_tags("shop", ())
    store.change_project_setting(TASK_LIMIT, 1, WHO, what="task-limit-set", detail="")
    assert _reason(store) == "turn"
    [place] = store.queue_places()
    assert store.take_queued(current_process(), lambda _: place) is not None
    assert wait_cause(store, task) is None


def _reason(store: Store) -> str | None:
    found = wait_cause(store, store.task("t-1"))
    return None if found is None else found.reason


def test_a_task_of_a_schedule_waits_for_the_end_of_a_blackout(store: Store) -> None:
    """Not one that a person asked for."""
    store.register_worker(current_process(), (), 1, "1.0")
    _enqueue(store, "t-1")
    _enqueue(store, "t-2", Actor("system", "schedule nightly"))
    freeze = {"kind": "once", "start": 1, "end": time.time() + 9e6}
    store.add_blackout("freeze", None, freeze, WHO, 1.0)
    assert _reason(store) == "turn"
    found = wait_cause(store, store.task("t-2"))
    assert found is not None
    assert (found.reason, "ends at 2" in found.message) == ("blackout", True)


def test_a_silent_worker_does_not_count(store: Store) -> None:
    _enqueue(store, "t-1")
    worker = store.register_worker(current_process(), (), 1, "1.0")
    store.drain_worker(worker)
    assert _reason(store) == "no-worker"


def test_a_process_that_waits_for_the_lock_names_its_holder(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    held = store.acquire_lease("shop", "t-9", current_process(), proven_dead=is_dead)
    _enqueue(store, "t-1")
    [place] = store.queue_places()
    store.take_queued(current_process(), lambda _: place)
    store.set_waiting("t-1", "cluster")
    task = store.task("t-1")
    found = wait_cause(store, task)
    assert found is not None
    assert (found.reason, found.task) == ("cluster", "t-9")
    view = task_view(task, store.result("t-1"), {}, wait=found)
    write_wait(view)
    assert capsys.readouterr().out == "waits (cluster): task t-9 holds the lock of the cluster\n"
    held.release()
    found = wait_cause(store, task)
    assert found is not None
    assert "until now" in found.message


def test_what_is_done_waits_for_nothing(store: Store) -> None:
    task = run_task(store)
    assert wait_cause(store, task) is None
    view = task_view(task, store.result(task.id), {})
    assert view["waits_for"] is None
