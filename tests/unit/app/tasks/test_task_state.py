"""Where a task stands whose process is gone: its runs go on, have ended, or were cut off."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from homes import open_store
from unit.engine.plans import node_id, plan
from unit.store.tasks import run_task
from worldtree.app.tasks.history import HistoryService
from worldtree.app.tasks.interrupted_tasks import InterruptedTasks
from worldtree.app.tasks.task_state import current_result
from worldtree.core.actor import Actor
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.engine.scheduling.messages import node_listing
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import TaskResult
from worldtree.runner.inside.journal import CLOSING_EVENT, JOURNAL_FILE, JournalWriter
from worldtree.runner.process.process_table import ProcessRef, boot_id
from worldtree.runner.process.protocol import SUPERVISOR_FILE, write_atomically
from worldtree.store.store import Store
from worldtree.store.task_record import TaskRecord

A = node_id("a")
RUN = "t.000001"
BEGUN = {"event": "playbook_on_play_start", "play": A}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A state on a file."""
    with open_store(tmp_path / "state") as found:
        yield found


def gone() -> int:
    """Return the id of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def unguarded() -> Plan:
    """One node without a guard on two hosts."""
    made = plan({"a": ["h1", "h2"]})
    node = made.graph.nodes[A].model_copy(update={"repeatable": False})
    graph = made.graph.model_copy(update={"nodes": {A: node}})
    return made.model_copy(update={"graph": graph})


def work(kind: str, host: str, name: str = "Work") -> dict[str, Any]:
    """A line of a journal."""
    return {"event": f"runner_on_{kind}", "play": A, "host": host, "task": name}


class OrphanedTask:
    """A task of which the events were recorded up to the start of its run, and no further."""

    def __init__(self, store: Store, holder: ProcessIdentity) -> None:
        self.store = store
        self.record: TaskRecord = store.create_task(unguarded(), "apply")
        self.directory = self.record.directory / "attempts" / RUN
        self.directory.mkdir(parents=True)
        lease = store.acquire_lease("shop", self.record.id, holder, proven_dead=lambda _: False)
        now = time.time()
        plan_of = {
            "task_id": self.record.id,
            "cluster": "shop",
            "pipeline": "p",
            "nodes": node_listing(unguarded().graph.nodes.values()),
        }
        run = {"nodes": [A], "hosts": ["h1", "h2"], "directory": str(self.directory)}
        store.recorder(self.record.id, lease).record(
            [
                Event(kind=EventKind.TASK_STARTED, time=now, result=plan_of),
                Event(kind=EventKind.ATTEMPT_STARTED, time=now, attempt=RUN, result=run),
                Event(kind=EventKind.NODE_STARTED, time=now, attempt=RUN, node=A),
            ]
        )

    def supervised(self, pid: int) -> None:
        """Let a process supervise the run, or have done so."""
        found = ProcessRef.of(pid) or ProcessRef(pid, 1, boot_id())
        write_atomically(self.directory / SUPERVISOR_FILE, found.as_dict())

    def journal(self, *lines: dict[str, Any]) -> None:
        """Let the run have told this."""
        writer = JournalWriter(self.directory / JOURNAL_FILE)
        for number, line in enumerate(lines, 1):
            writer.append({"n": number, "created": 5.0, **line})

    def now(self) -> TaskResult:
        """Return the result as it stands."""
        return current_result(self.store, self.store.task(self.record.id))


@pytest.fixture
def left(store: Store) -> OrphanedTask:
    """A task whose process is gone."""
    return OrphanedTask(store, replace(current_process(), pid=gone()))


def listed(store: Store) -> list[str]:
    """Return the statuses that a list of tasks tells."""
    return [task.status.value for task in HistoryService(lambda: store).list()]


def steps(left: OrphanedTask) -> list[str]:
    """Return what can be done about a task."""
    history = HistoryService(lambda: left.store)
    return [one.action for one in history.next_steps(history.task(left.record.id))]


def hosts(result: TaskResult) -> dict[str, str]:
    """Return the status per host."""
    return {name: host.status.value for name, host in result.nodes[0].hosts.items()}


def test_a_task_that_is_worked_on_is_as_its_events_tell(store: Store) -> None:
    mine = OrphanedTask(store, current_process())
    mine.journal(BEGUN, work("start", "h1"))
    assert mine.now() == store.result(mine.record.id)
    assert mine.now().status is TaskStatus.RUNNING
    assert listed(store) == ["running"]


def test_a_run_that_outlived_its_process_goes_on(left: OrphanedTask) -> None:
    left.supervised(current_process().pid)
    left.journal(BEGUN, work("start", "h1"))
    found = left.now()
    assert (found.status, hosts(found)) == (
        TaskStatus.RUNNING,
        {"h1": "running", "h2": "not-run"},
    )
    assert found.message == "its process is dead, but its Ansible runs continue"
    assert steps(left) == ["resume", "cancel"]
    assert listed(left.store) == ["running"]


def test_work_in_which_everything_was_killed_is_in_doubt(left: OrphanedTask) -> None:
    """As `wt resume` says; nothing is recorded by looking."""
    left.supervised(gone())
    left.journal(BEGUN, work("start", "h1", "Keep"), work("ok", "h1", "Keep"), work("start", "h1"))
    before = list(left.store.events(left.record.id))
    found = left.now()
    assert (found.status, hosts(found)) == (
        TaskStatus.INTERRUPTED,
        {"h1": "failed", "h2": "not-run"},
    )
    assert found.nodes[0].status == "interrupted"
    assert found.nodes[0].hosts["h1"].message == (
        "interrupted during Ansible task `Work`; it may already have taken effect"
    )
    assert found.message == "its process is dead"
    assert steps(left) == ["resume"]
    assert found.interrupted_hosts == ("h1",)
    assert listed(left.store) == ["interrupted"]
    assert list(left.store.events(left.record.id)) == before


def test_a_run_that_came_to_its_end_alone_is_shown_whole(left: OrphanedTask) -> None:
    left.supervised(gone())
    both = [work(kind, host) for kind in ("start", "ok") for host in ("h1", "h2")]
    left.journal(BEGUN, *both, {"event": CLOSING_EVENT, "stats": {}})
    found = left.now()
    assert (found.status, hosts(found)) == (TaskStatus.INTERRUPTED, {"h1": "ok", "h2": "ok"})


def test_a_run_that_was_never_started_has_done_nothing(left: OrphanedTask) -> None:
    found = left.now()
    assert (found.status, set(hosts(found).values())) == (TaskStatus.INTERRUPTED, {"not-run"})
    assert not (left.directory / SUPERVISOR_FILE).exists()


def test_a_run_of_another_machine_is_not_called_ended(left: OrphanedTask) -> None:
    """Until a person says so."""
    far = asdict(replace(current_process(), host="far", machine="m2", boot="b2"))
    run = {"nodes": [A], "hosts": ["h1"], "directory": "/far/tasks/t/attempts/a", "process": far}
    event = Event(kind=EventKind.ATTEMPT_STARTED, time=1.0, attempt="other", result=run)
    left.store.recorder(left.record.id).record([event])
    found = left.now()
    assert found.status is TaskStatus.RUNNING
    assert found.message is not None
    assert "known on far only" in found.message
    assert listed(left.store) == ["running"]
    left.store.set_status(left.record.id, TaskStatus.INTERRUPTED, "given up")
    found = left.now()
    assert (found.status, found.message) == (TaskStatus.INTERRUPTED, "given up")


def test_what_was_said_of_a_task_after_its_process_was_gone_holds(left: OrphanedTask) -> None:
    left.store.set_status(left.record.id, TaskStatus.CANCELLED, "cancelled after that")
    assert (left.now().status, left.now().message) == ("cancelled", "cancelled after that")


def test_a_finished_task_is_as_its_events_tell(store: Store) -> None:
    task = run_task(store, "failed")
    assert current_result(store, task) == store.result(task.id)


def test_a_killed_task_is_stored_as_interrupted(left: OrphanedTask) -> None:
    """So that filters and figures agree with what the task itself shows; its end counts once."""
    left.supervised(gone())
    left.journal(BEGUN, work("start", "h1", "Keep"))
    for _ in range(2):
        InterruptedTasks(lambda: left.store).run_once()
    [stored] = left.store.list_tasks(statuses=[TaskStatus.INTERRUPTED])
    assert (stored.id, stored.message, stored.ended) == (
        left.record.id,
        "its process is dead",
        None,
    )
    figures = left.store.fleet_figures()
    assert figures.task_ends[TaskStatus.INTERRUPTED] == 1
    assert figures.active_tasks[TaskStatus.RUNNING] == 0
    found = left.now()
    assert (found.status, hosts(found)) == (
        TaskStatus.INTERRUPTED,
        {"h1": "failed", "h2": "not-run"},
    )


def test_an_attempt_of_an_interrupted_task_never_starts(left: OrphanedTask) -> None:
    """Others take the hosts for free from then on."""
    InterruptedTasks(lambda: left.store).run_once()
    assert left.store.task(left.record.id).status is TaskStatus.INTERRUPTED
    assert (left.directory / SUPERVISOR_FILE).exists()


@pytest.mark.parametrize("reason", ["holder", "supervisor", "queue", "elsewhere"])
def test_a_task_that_may_go_on_is_left_alone(store: Store, reason: str) -> None:
    """Its process or its runs may be alive, or a worker is about to continue it."""
    holder = current_process()
    left = OrphanedTask(store, holder if reason == "holder" else replace(holder, pid=gone()))
    left.supervised(holder.pid if reason == "supervisor" else gone())
    if reason == "queue":
        store.enqueue_work(left.record.id, {"kind": "resume"}, actor=Actor("person", "ann"))
    if reason == "elsewhere":
        far = asdict(replace(holder, host="far", machine="m2", boot="b2"))
        run = {"nodes": [A], "hosts": ["h1"], "directory": "/far/t/attempts/a", "process": far}
        event = Event(kind=EventKind.ATTEMPT_STARTED, time=1.0, attempt="other", result=run)
        store.recorder(left.record.id).record([event])
    InterruptedTasks(lambda: store).run_once()
    assert store.task(left.record.id).status is TaskStatus.RUNNING


def test_a_task_that_is_taken_over_meanwhile_is_left_alone(left: OrphanedTask) -> None:
    """The lease of its cluster has another epoch then."""
    lease = left.store.lease("shop")
    assert lease is not None
    name, running = left.record.id, TaskStatus.RUNNING
    assert not left.store.mark_interrupted(name, running, lease.epoch + 1, "dead")
    assert left.store.mark_interrupted(name, running, lease.epoch, "dead")


def test_a_task_whose_process_died_before_it_began_is_interrupted(store: Store) -> None:
    """As a list shows it already."""
    dead = replace(current_process(), pid=gone())
    who = Actor("person", "ann")
    store.ask_task("t-1", "shop", "p", TaskCommand.APPLY, actor=who, request={}, process=dead)
    assert listed(store) == ["interrupted"]
    InterruptedTasks(lambda: store).run_once()
    assert [one.id for one in store.list_tasks(statuses=[TaskStatus.INTERRUPTED])] == ["t-1"]


def test_a_task_that_is_cancelled_after_its_process_died_has_an_end(left: OrphanedTask) -> None:
    left.store.set_status(left.record.id, TaskStatus.CANCELLED, "cancelled after that")
    assert left.store.task(left.record.id).ended is not None
