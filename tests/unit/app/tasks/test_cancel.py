"""A task is cancelled by the process that runs it, wherever that is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from homes import open_store
from unit.engine.plans import plan
from worldtree.app.ports import Ports
from worldtree.app.tasks import cancel
from worldtree.app.tasks.cancel import CancelService
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.core.settings import Settings
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store

WANTED = plan({"a": ["h1"]})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as found:
        yield found


@pytest.fixture
def service(store: Store, tmp_path: Path) -> CancelService:
    """A service whose caller can end no process."""
    ports = Ports(
        {},
        tmp_path,
        terminate=lambda pid: pytest.fail(f"{pid} got a signal"),
        actor=Actor("person", "ann@host"),
    )
    return CancelService(Settings(home=tmp_path), ports, lambda: store)


def held_from_afar(store: Store) -> str:
    """Return a task that a process on another machine runs."""
    far = replace(current_process(), host="far", machine="m2", boot="b2")
    task = store.create_task(WANTED, "apply").id
    store.acquire_lease("shop", task, far, proven_dead=_unproven)
    return task


def test_a_task_of_another_machine_ends_by_the_request(
    store: Store, service: CancelService
) -> None:
    task = held_from_afar(store)
    ended = Event(kind=EventKind.TASK_FINISHED, time=1, status=TaskStatus.CANCELLED)

    def heed() -> None:
        while store.task(task).cancel_requested is None:
            os.sched_yield()
        store.recorder(task).record([ended])

    holder = threading.Thread(target=heed)
    holder.start()
    assert service.cancel(task, TaskObserver(print, print)).status is TaskStatus.CANCELLED
    holder.join()


def test_a_machine_that_does_not_answer_is_named(
    store: Store, service: CancelService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancel, "_END_TIMEOUT", 0.01)
    task = held_from_afar(store)
    with pytest.raises(RefusedError, match="did not end within") as caught:
        service.cancel(task, TaskObserver(print, print))
    assert "on another machine" in caught.value.hint
    assert "@far" in caught.value.hint
    assert store.task(task).cancel_requested is not None


def _unproven(_holder: ProcessIdentity) -> bool:
    return False
