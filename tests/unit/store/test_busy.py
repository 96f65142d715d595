"""A database that is only busy ends no task, and pruning keeps nobody from it for long."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text

from unit.engine.plans import plan
from unit.store import postgres
from worldtree.core.process_identity import current_process
from worldtree.results.events import Event, EventKind
from worldtree.store import database, free_pages
from worldtree.store.db_errors import StoreBusyError
from worldtree.store.lease import Lease
from worldtree.store.store import Store, TaskRecord

WANTED = plan({"a": ("h1",)})
SAID = Event(kind=EventKind.RUN_MESSAGE, time=1, stdout="said")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer waits for another for a moment only, so that it has to try again."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)


def begin(store: Store) -> tuple[TaskRecord, Lease]:
    task = store.create_task(WANTED, "apply")
    lease = store.acquire_lease("shop", task.id, current_process(), proven_dead=lambda _: False)
    return task, lease


@contextmanager
def occupied(home: Path, url: str) -> Iterator[Callable[[], None]]:
    """Keep all others from writing until the yielded function is called."""
    if url:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        other = engine.connect()
        other.execute(text("LOCK TABLE leases, events IN ACCESS EXCLUSIVE MODE"))
        end = other.rollback
    else:
        engine = create_engine(
            f"sqlite:///{home / 'worldtree.db'}", connect_args={"check_same_thread": False}
        )
        other = engine.connect()
        other.exec_driver_sql("BEGIN IMMEDIATE")
        end = other.rollback
    try:
        yield end
    finally:
        other.close()
        engine.dispose()


def test_a_busy_database_is_waited_for(open_store: Callable[[], Store], database_url: str) -> None:
    store = open_store()
    task, lease = begin(store)
    told: list[str] = []
    waits = threading.Event()

    def tell(words: str) -> None:
        told.append(words)
        waits.set()

    recorder = store.recorder(task.id, lease, tell=tell)
    with occupied(store.home, database_url) as end:
        work = threading.Thread(target=recorder.record, args=([SAID],))
        work.start()
        assert waits.wait(60)
        end()
        work.join(60)
        assert not work.is_alive()
    assert len(told) == 1
    assert told[0].startswith("waiting for the database: ")
    assert [event.stdout for event in store.events(task.id)] == ["said"]


def test_a_task_that_is_to_end_waits_no_longer(
    open_store: Callable[[], Store], database_url: str
) -> None:
    store = open_store()
    task, lease = begin(store)
    recorder = store.recorder(task.id, lease, hurried=lambda: True)
    with occupied(store.home, database_url), pytest.raises(StoreBusyError, match="lock"):
        recorder.record([SAID])
    assert recorder.record([SAID])[0].seq == 1


def test_a_cluster_is_lent_to_the_rollback_of_a_failed_task_once_the_database_is_free(
    open_store: Callable[[], Store], database_url: str
) -> None:
    store = open_store()
    _, lease = begin(store)
    with occupied(store.home, database_url) as end:
        over = threading.Timer(0.3, end)
        over.start()
        with lease.lend_to("undoing"):
            found = store.lease("shop")
        over.join(60)
    assert found is not None
    assert found.task == "undoing"


def test_the_wait_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldtree.store.busy._MAX_BUSY_SECONDS", 0.0)
    task, lease = begin(store)
    with occupied(store.home, ""), pytest.raises(StoreBusyError):
        store.recorder(task.id, lease).record([SAID])


# ---- what pruning does -------------------------------------------------------------------------


def fill(store: Store) -> None:
    """Leave the file full of holes."""
    with store._writer.begin() as connection:
        connection.execute(text("CREATE TABLE filler (content BLOB)"))
        for _ in range(50):
            connection.execute(text("INSERT INTO filler VALUES (randomblob(200000))"))
    with store._writer.begin() as connection:
        connection.execute(text("DROP TABLE filler"))


def free(store: Store) -> int:
    with store._engine.connect() as connection:
        return int(connection.execute(text("PRAGMA freelist_count")).scalar_one())


def test_room_is_given_back_in_steps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while a task is at work, whose writes come between two of them."""
    begin(store)
    fill(store)
    monkeypatch.setattr(free_pages, "_STEP", 100)
    holes = free(store)
    done: list[str] = []
    store._engine.dispose()
    event.listen(store._engine, "connect", lambda raw, _: raw.set_trace_callback(done.append))
    store.prune(0)
    steps = [line for line in done if line.startswith("PRAGMA incremental_vacuum(100)")]
    assert len(steps) == -(-holes // 100)
    assert not [line for line in done if line == "VACUUM"]
    assert free(store) == 0


def test_a_file_of_before_is_written_again_once_and_only_while_nobody_works(
    store: Store,
) -> None:
    with store._engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("PRAGMA auto_vacuum=NONE")
        raw.execute("VACUUM")
    store._engine.dispose()
    _, lease = begin(store)
    fill(store)
    holes = free(store)
    store.prune(0)
    assert free(store) == holes
    lease.release()
    store.prune(0)
    assert free(store) == 0
    with store._engine.connect() as connection:
        assert connection.execute(text("PRAGMA auto_vacuum")).scalar_one() == 2


def test_pruning_gives_way_to_a_writer(store: Store) -> None:
    fill(store)
    holes = free(store)
    with occupied(store.home, ""):
        free_pages.return_free_pages(store._engine, store.home, database.BUSY_TIMEOUT_MS)
        assert free(store) == holes
    store.prune(0)
    assert free(store) == 0


def test_a_connection_waits_as_long_as_before_afterwards(store: Store) -> None:
    fill(store)
    free_pages.return_free_pages(store._engine, store.home, 1234)
    with store._engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 1234


def test_a_server_clears_up_by_itself(postgres_socket: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path, postgres.make_database(postgres_socket, "tidy")) as store:
        store.prune(0)
        assert store.list_tasks() == []
