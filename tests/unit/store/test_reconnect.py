"""A server that restarts, or is away for a while, ends neither a task nor its record."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.store import postgres
from unit.store.tasks import WANTED
from unit.store.test_task_queue import enqueue
from worldtree.core.private_directories import StoreError
from worldtree.core.process_identity import current_process
from worldtree.core.worker_times import WorkerTimes
from worldtree.results.events import Event, EventKind
from worldtree.store.db_errors import StoreAwayError
from worldtree.store.store import Store
from worldtree.store.worker_work import WorkerWork


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server that can be ended and started; where there is none, the tests say so."""
    with postgres.running_or_skip("a server that restarts", durable=True) as found:
        yield found


def message(text: str) -> Event:
    """Return an event without a journal, of which nothing but its number tells one from two."""
    return Event(kind=EventKind.RUN_MESSAGE, time=1.0, message=text)


def test_a_task_of_a_worker_waits_for_a_server_that_is_away(
    server: postgres.Server, tmp_path: Path
) -> None:
    """Each event is stored once; a command at a terminal ends with the error."""
    url = postgres.make_database(server.socket, "away")
    with Store.open(tmp_path, url) as store, Store.open(tmp_path, url) as terminal:
        enqueue(store, "t1")
        store.take_queued(current_process(), lambda rows: rows[0])
        row = store.queued_tasks()[0].id
        times = WorkerTimes(outage=120.0)
        store.times, store.work = times, WorkerWork(row, times, lambda: None)
        store.wait_for_server(times.outage)
        lease = store.acquire_lease(
            "shop", "t1", current_process(), proven_dead=lambda _holder: False
        )
        store.create_task(WANTED, "apply", name="t1")
        said: list[str] = []
        recorder = store.recorder("t1", lease, tell=said.append)
        recorder.record([message("one")])
        server.stop()
        with pytest.raises(StoreAwayError):
            terminal.queued_tasks()
        back = threading.Timer(2.0, server.start)
        back.start()
        try:
            recorder.record([message("two")])
            recorder.record([message("three")])
            lease.heartbeat()
        finally:
            back.join()
        found = store.events("t1", kinds=(EventKind.RUN_MESSAGE,))
        assert [(one.seq, one.message) for one in found] == [(1, "one"), (2, "two"), (3, "three")]


def test_what_was_stored_before_the_connection_was_lost_is_not_stored_again(
    server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a commit can be lost while the commit is done."""
    with Store.open(tmp_path, postgres.make_database(server.socket, "lost")) as store:
        store.create_task(WANTED, "apply", name="t1")
        times = WorkerTimes(outage=60.0)
        store.work = WorkerWork(1, times, lambda: None)
        recorder = store.recorder("t1")
        record, lost = recorder._record, []

        def lose_answer(new: list[Event]) -> object:
            found = record(new)
            if lost:
                return found
            # As if the answer had not arrived: what follows the commit did not happen.
            recorder._seq -= len(found)
            recorder._sent = (list(found), {})
            lost.append(True)
            raise StoreAwayError("lost", code="store-unavailable")

        monkeypatch.setattr(recorder, "_record", lose_answer)
        assert [one.seq for one in recorder.record([message("one")])] == [1]
        assert [one.seq for one in recorder.record([message("two")])] == [2]
        found = store.events("t1", kinds=(EventKind.RUN_MESSAGE,))
        assert [one.message for one in found] == ["one", "two"]


def test_a_server_with_another_password_is_not_away(
    server: postgres.Server, tmp_path: Path
) -> None:
    """It is not waited for."""
    postgres.make_database(server.socket, "closed")
    with Store.open(tmp_path, postgres.url(server.socket, "closed")) as store:
        store.wait_for_server(600.0)
    with pytest.raises(StoreError) as problem:
        Store.open(tmp_path, postgres.url(server.socket, "closed", "wrong"))
    assert not isinstance(problem.value, StoreAwayError)
