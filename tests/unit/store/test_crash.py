"""A writer that is killed at any moment leaves whole batches: nothing half, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unit.store.processes import clean_processes
from unit.store.tasks import run_task
from worldtree.results.status import TaskStatus
from worldtree.store.store import Store

_KILLS = 3


def _work(home: str, url: str) -> None:
    with Store.open(Path(home), url) as store:
        while True:
            run_task(store, "failed")


@pytest.mark.slow
def test_events_and_rows_agree_after_every_kill(
    open_store: Callable[[], Store], database_url: str, tmp_path: Path
) -> None:
    """Tasks are run until the process is killed; then all are rebuilt, and none differs."""
    store = open_store()
    chance = random.Random(7)
    checked: set[str] = set()
    for _ in range(_KILLS):
        known = len(store.list_tasks())
        worker = clean_processes().Process(
            target=_work, args=(str(tmp_path / "home"), database_url)
        )
        worker.start()
        while len(store.list_tasks()) < known + 2:
            time.sleep(0.01)
        time.sleep(chance.random() / 5)
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        for task in store.list_tasks():
            if task.id in checked:
                continue
            checked.add(task.id)
            numbers = [event.seq for event in store.events(task.id)]
            assert numbers == list(range(1, len(numbers) + 1))
            assert store.rebuild(task.id).differences == ()
            assert store.task(task.id).status in (
                *(TaskStatus.PENDING, TaskStatus.RUNNING),
                *(TaskStatus.PARTIAL, TaskStatus.SUCCEEDED),
            )
    assert len(checked) >= 2 * _KILLS
