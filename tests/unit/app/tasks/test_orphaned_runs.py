"""Interrupted runs are followed to their end, also where nobody reports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from homes import open_store
from unit.engine.plans import node_id, plan
from worldtree.app.admin.maintenance import MaintenanceService
from worldtree.app.tasks.orphaned_runs import (
    finish_orphaned_runs,
    open_attempts,
    refuse_orphaned_runs,
)
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import current_process, is_dead
from worldtree.engine.scheduling import run_liveness
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunOutcome, RunRequest
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store, TaskRecord


class SilentHandle:
    """A run whose reader is dead and reported nothing."""

    attempt = "a1"

    def cancel(self) -> None:
        """Do nothing."""

    def is_alive(self) -> bool:
        """Say that the reader is dead."""
        return False


class SilentExecutor:
    """Adopts runs with readers that die at once."""

    def adopt(
        self,
        _request: RunRequest,
        _after: int,
        _on_event: Callable[[Event], None],
        _on_end: Callable[[RunOutcome], None],
    ) -> SilentHandle:
        """Return a run that never ends."""
        return SilentHandle()


def test_a_run_whose_reader_died_is_recorded_as_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_liveness, "CHECK_SECONDS", 0.001)
    wanted = plan({"a": ("h1",)}, [])
    with open_store(tmp_path) as store:
        task = store.create_task(wanted, "apply")
        lease = store.acquire_lease("shop", task.id, current_process(), proven_dead=is_dead)
        run = {"nodes": [node_id("a")], "hosts": ["h1"], "directory": str(tmp_path / "run")}
        started = Event(kind=EventKind.ATTEMPT_STARTED, time=1, attempt="a1", result=run)
        store.recorder(task.id, lease).record([started])
        assert [one.id for one in open_attempts(store, task.id)] == ["a1"]
        finish_orphaned_runs(
            store,
            lease,
            task.id,
            tmp_path,
            SilentExecutor(),  # type: ignore[arg-type]  # It only adopts.
            TaskObserver(print, print),
        )
        assert open_attempts(store, task.id) == []
        (end,) = store.events(task.id, kinds=(EventKind.ATTEMPT_FINISHED,))
    assert end.message == run_liveness.READER_DIED.message


# ---- runs of another machine -------------------------------------------------------------------


class Forbidden:
    """An executor that must not be asked: what it finds here says nothing."""

    adopt = is_alive = property(lambda _self: pytest.fail("a run of another machine was judged"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A state on a file."""
    with open_store(tmp_path / "state") as found:
        yield found


def begun(store: Store, **machine: str) -> TaskRecord:
    """Return a running task that has an attempt; the names of its machine may be others."""
    wanted = plan({"a": ("h1",)}, [])
    task = store.create_task(wanted, "apply")
    run = {
        "nodes": [node_id("a")],
        "hosts": ["h1"],
        "directory": str(task.directory / "attempts" / "a1"),
        "process": asdict(replace(current_process(), **machine)),
    }
    first = {"task_id": task.id, "cluster": "shop", "pipeline": "p", "nodes": []}
    store.recorder(task.id).record(
        [
            Event(kind=EventKind.TASK_STARTED, time=1, result=first),
            Event(kind=EventKind.ATTEMPT_STARTED, time=1, attempt=f"{task.id}.1", result=run),
        ]
    )
    return store.task(task.id)


def test_a_run_of_another_machine_is_neither_judged_nor_ended(store: Store) -> None:
    """A later task is refused, and so is a resume from here; a person decides with `wt unlock`."""
    task = begun(store, host="far", machine="m2", boot="b2")
    executor: object = Forbidden()
    with pytest.raises(RefusedError, match="was started on far") as refused:
        refuse_orphaned_runs(store, "shop", "later", executor)  # type: ignore[arg-type]
    assert [(step.action, step.target) for step in refused.value.next_steps] == [
        ("resume", task.id),
        ("cancel", task.id),
        ("unlock", "shop"),
    ]
    lease = store.acquire_lease("shop", task.id, current_process(), proven_dead=is_dead)
    with pytest.raises(RefusedError, match="was started on far"):
        finish_orphaned_runs(
            store,
            lease,
            task.id,
            Path(),
            executor,  # type: ignore[arg-type]
            TaskObserver(print, print),
        )
    assert store.task(task.id).status is TaskStatus.RUNNING

    maintenance = MaintenanceService(lambda: store)
    (runs,) = maintenance.runs_elsewhere("shop")
    assert (runs.task, runs.machine, runs.hosts) == (task.id, "far", ("h1",))
    maintenance.give_up("shop", runs)
    assert store.task(task.id).status is TaskStatus.INTERRUPTED
    assert store.audit_log()[0].what == "runs-given-up"
    refuse_orphaned_runs(store, "shop", "later", executor)  # type: ignore[arg-type]
    assert maintenance.runs_elsewhere("shop") == ()


def test_a_run_without_a_machine_is_of_the_one_that_has_its_task(tmp_path: Path) -> None:
    """Earlier versions did not record it."""
    with open_store(tmp_path / "state") as store:
        task = store.create_task(plan({"a": ("h1",)}, []), "apply")
        recorder = store.recorder(task.id)
        for number, base in enumerate((task.directory, tmp_path / "elsewhere")):
            run = {"nodes": [], "hosts": [], "directory": str(base / "attempts" / "a")}
            event = Event(kind=EventKind.ATTEMPT_STARTED, time=1, attempt=f"a{number}", result=run)
            recorder.record([event])
        assert [run.is_elsewhere for run in open_attempts(store, task.id)] == [False, True]
