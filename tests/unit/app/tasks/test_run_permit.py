"""Runs of a worker's task go on while the task reaches the database."""

from __future__ import annotations

import threading
from pathlib import Path

from homes import open_store
from unit.store.tasks import WANTED
from unit.store.test_task_queue import enqueue
from worldtree.app.tasks.run_permit import RunPermit
from worldtree.core.process_identity import current_process, is_dead
from worldtree.core.worker_times import WorkerTimes, uptime
from worldtree.runner.inside.run_deadline import DEADLINE_FILE, is_over
from worldtree.store.worker_work import WorkerWork


def test_a_task_without_the_database_ends_its_runs_and_itself(tmp_path: Path) -> None:
    """Each heartbeat moves the deadline; the process is ended once it is over."""
    stopped = threading.Event()
    with open_store(tmp_path) as store:
        enqueue(store, "t1")
        store.take_queued(current_process(), lambda rows: rows[0])
        times = WorkerTimes(outage=100.0)
        store.work = WorkerWork(store.queued_tasks()[0].id, times, stopped.set)
        lease = store.acquire_lease("shop", "t1", current_process(), proven_dead=is_dead)
        directory = store.create_task(WANTED, "apply", name="t1").directory
        attempt = directory / "attempts" / "a1"
        permit = RunPermit(store, lease, uptime() - 99)
        assert not is_over(attempt)
        permit.renew(uptime() - 50)
        assert not stopped.wait(0.0)
        permit.renew(uptime() - 102)
        assert is_over(attempt)
        assert stopped.wait(60.0)
        permit.close()
        assert not is_over(attempt)


def test_a_heartbeat_after_the_deadline_ends_the_process(tmp_path: Path) -> None:
    """As on a machine that was stopped: its runs may have ended before the heartbeat was sent."""
    stopped = threading.Event()
    with open_store(tmp_path) as store:
        enqueue(store, "t1")
        store.take_queued(current_process(), lambda rows: rows[0])
        times = WorkerTimes(outage=100.0)
        store.work = WorkerWork(store.queued_tasks()[0].id, times, stopped.set)
        lease = store.acquire_lease("shop", "t1", current_process(), proven_dead=is_dead)
        store.create_task(WANTED, "apply", name="t1")
        permit = RunPermit(store, lease, uptime() - 102)
        permit.renew(uptime())
        assert stopped.is_set()
        permit.close()


def test_at_a_terminal_there_is_no_deadline(tmp_path: Path) -> None:
    """Also where a worker has left one of the same task."""
    with open_store(tmp_path) as store:
        record = store.create_task(WANTED, "apply")
        lease = store.acquire_lease("shop", record.id, current_process(), proven_dead=is_dead)
        (record.directory / DEADLINE_FILE).write_text("1", encoding="ascii")
        RunPermit(store, lease, uptime()).close()
        assert not (record.directory / DEADLINE_FILE).exists()
