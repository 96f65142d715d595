"""What a worker tells the others of itself, also after it was fenced."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homes import open_store
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.service import Application
from worldtree.app.tasks.work_queue import WorkQueue
from worldtree.app.tasks.worker_register import WorkerRegister
from worldtree.core.errors import RefusedError
from worldtree.store.db_errors import StoreError
from worldtree.store.store import Store
from worldtree.worker.membership import Membership
from worldtree.worker.worker import Worker

LACKS = "the key is missing"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "state") as found:
        yield found


class Register(WorkerRegister):
    """Says what was stored, and fails as often as `failures` says."""

    def __init__(self, store: Store) -> None:
        super().__init__(lambda: store)
        self.stored: SimpleQueue[str | None] = SimpleQueue()
        self.failures = 0

    def set_obstacle(self, worker: str, obstacle: str | None) -> None:
        """Store it, as long as nothing fails."""
        if self.failures:
            self.failures -= 1
            raise StoreError("away", code="database-away")
        super().set_obstacle(worker, obstacle)
        self.stored.put(obstacle)


def obstacles(store: Store) -> list[str | None]:
    """Return the obstacles of the workers that are listed."""
    return [one.obstacle for one in store.list_workers()]


def test_an_obstacle_is_stored_again_when_that_failed_and_for_the_next_id(store: Store) -> None:
    """A worker that was fenced is another one, which lacks the same; nothing is stored twice."""
    register = Register(store)
    member = Membership(register, (), 1)
    member.set_obstacle(LACKS)
    member.beat()
    assert obstacles(store) == [LACKS]
    register.failures = 1
    member.set_obstacle(None)
    assert obstacles(store) == [LACKS]
    member.beat()
    assert obstacles(store) == [None]
    member.set_obstacle(LACKS)
    first = member.id
    store.fence_silent_workers(-1.0, "another")
    member.beat()
    assert member.id != first
    assert obstacles(store) == [LACKS]
    member.beat()
    assert [register.stored.get_nowait() for _ in range(4)] == [LACKS, None, LACKS, LACKS]
    assert register.stored.empty()


def test_of_two_threads_that_tell_an_obstacle_the_last_word_stays(store: Store) -> None:
    """The heartbeat and the worker tell it: a slow one must not overwrite what came after it."""
    entered, proceed = threading.Event(), threading.Event()

    class Slow(Register):
        def set_obstacle(self, worker: str, obstacle: str | None) -> None:
            if obstacle is not None:
                entered.set()
                assert proceed.wait(10)
            super().set_obstacle(worker, obstacle)

    member = Membership(Slow(store), (), 1)
    member.beat()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(member.set_obstacle, LACKS)
        assert entered.wait(10)
        second = pool.submit(member.set_obstacle, None)
        with pytest.raises(TimeoutError):
            second.result(0.2)
        proceed.set()
        first.result(10)
        second.result(10)
    assert obstacles(store) == [None]


def test_a_worker_says_why_it_takes_no_tasks_before_one_waits(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that it can work by now."""
    lacks: list[RefusedError] = [RefusedError(LACKS, code="store-key-missing", hint="copy it")]

    def check_machine() -> None:
        for problem in lacks:
            raise problem

    register = Register(store)
    parts: Any = SimpleNamespace(
        work_queue=WorkQueue(lambda: store, check_machine=check_machine), workers=register
    )
    process = tmp_path / "process"
    process.write_text("#!/bin/sh\nexec /bin/cat\n")
    process.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(process))  # No task is ever given to it.
    worker = Worker(
        cast(Application, parts), limit=1, policy=ServicePolicy(), environ={}, directory=tmp_path
    )
    worker.start()
    try:
        assert register.stored.get(timeout=60) == LACKS
        lacks.clear()
        assert register.stored.get(timeout=60) is None
    finally:
        worker.stop()
