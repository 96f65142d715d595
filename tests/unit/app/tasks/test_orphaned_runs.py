"""Interrupted runs are followed to their end, also where nobody reports it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from homes import open_store
from unit.engine.plans import node_id, plan
from worldtree.app.tasks.orphaned_runs import finish_orphaned_runs, open_attempts
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.process_identity import current_process, is_dead
from worldtree.engine.scheduling import run_liveness
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunOutcome, RunRequest


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
