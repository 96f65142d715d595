"""What is kept, how it is found again, and that nothing is cut or lost."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.engine.plans import node_id, plan, simulate
from worldtree.engine.simulated import SimulatedExecutor
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.database import StoreError
from worldtree.store.schema import HEAD, metadata
from worldtree.store.store import Store, UnknownTaskError

TWO = ("h1", "h2")
WANTED = plan(dict.fromkeys("abc", TWO), [("a", "b", "host"), ("b", "c", "barrier")])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of its own."""
    with Store.open(tmp_path / "home") as found:
        yield found


def test_run_through_the_store_gives_the_same_tree_again(store: Store) -> None:
    """The stored events fold to what the engine returned."""
    task = store.create_task(WANTED, "apply")
    executor = SimulatedExecutor({(node_id("a"), "h2"): "failed"})
    result = simulate(WANTED, executor=executor, recorder=store.recorder(task.id))
    kept = store.result(task.id)
    assert kept == result
    record = store.task(task.id)
    assert (record.status, record.command) == (TaskStatus.PARTIAL, "apply")
    assert (record.started, record.ended) == (result.started, result.ended)


def test_states_are_rows_too(store: Store) -> None:
    """Nodes, attempts and hosts can be asked for without folding events."""
    task = store.create_task(WANTED, "apply")
    executor = SimulatedExecutor({(node_id("a"), "h2"): "failed"})
    simulate(WANTED, executor=executor, recorder=store.recorder(task.id))
    with sqlite3.connect(store.home / "worldtree.db") as connection:
        nodes = connection.execute("SELECT id, status, caused_by FROM nodes ORDER BY position")
        assert nodes.fetchall() == [
            (node_id("a"), "failed", None),
            (node_id("b"), "succeeded", None),
            (node_id("c"), "skipped", node_id("a")),
        ]
        hosts = connection.execute(
            "SELECT host, status, caused_by FROM host_results WHERE node=?", [node_id("b")]
        )
        assert sorted(hosts) == [("h1", "ok", None), ("h2", "not-run", node_id("a"))]
        assert connection.execute("SELECT state, rc FROM attempts").fetchall() == [("finished", 2)]
    connection.close()


def test_tasks_are_listed_newest_first(store: Store) -> None:
    made = [store.create_task(WANTED, "apply") for _ in range(3)]
    other = store.create_task(WANTED.model_copy(update={"cluster": "lab"}), "verify")
    assert [t.id for t in store.list_tasks()] == [other.id, *(t.id for t in reversed(made))]
    assert [t.id for t in store.list_tasks(cluster="lab")] == [other.id]
    assert [t.id for t in store.list_tasks(limit=2)] == [other.id, made[2].id]


def test_task_is_found_by_a_unique_beginning(store: Store) -> None:
    first, second = store.create_task(WANTED, "apply"), store.create_task(WANTED, "apply")
    assert store.task(second.id).id == second.id
    assert store.task("latest").id == second.id
    assert store.task(first.id[:-1]).id == first.id or first.id[:-1] == second.id[:-1]
    with pytest.raises(UnknownTaskError, match="several tasks"):
        store.task(first.id[:4])
    with pytest.raises(UnknownTaskError, match="no task `%`"):
        store.task("%")


def test_task_that_never_began_has_a_result_too(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    assert store.result(task.id).status is TaskStatus.PENDING


def test_task_that_is_given_up_before_its_start_says_so(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    store.end_task(task.id, TaskStatus.FAILED, "2 of 2 hosts cannot be worked on")
    result = store.result(task.id)
    assert (result.status, result.message) == (
        TaskStatus.FAILED,
        "2 of 2 hosts cannot be worked on",
    )
    assert store.task(task.id).ended is not None


def test_plan_comes_back_whole(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    assert store.plan(task.plan) == WANTED
    assert store.create_task(WANTED, "verify").plan == task.plan
    with pytest.raises(KeyError):
        store.plan("0" * 64)


def test_logs_are_filtered_by_node_and_host(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    simulate(WANTED, recorder=store.recorder(task.id))
    found = list(store.events(task.id, node=node_id("b"), host="h2"))
    assert found
    assert {(e.node, e.host) for e in found} == {(node_id("b"), "h2")}
    everything = list(store.events(task.id))
    assert [e.seq for e in everything] == list(range(1, len(everything) + 1))
    assert list(store.events(task.id, after=5)) == everything[5:]


def test_large_results_are_kept_whole_and_once(store: Store) -> None:
    """Out of line by digest: the same output twice takes its place once."""
    task = store.create_task(WANTED, "apply")
    big = {"lines": ["ä" * 1000] * 3000}
    events = [
        Event(kind=EventKind.HOST_TASK_FINISHED, time=1.5, host=h, stdout="x" * 10**6, result=big)
        for h in TWO
    ]
    recorded = store.recorder(task.id).record(events)
    assert list(store.events(task.id)) == list(recorded)
    with sqlite3.connect(store.home / "worldtree.db") as connection:
        assert connection.execute("SELECT count(*) FROM blobs").fetchone() == (1,)
        assert connection.execute("SELECT max(length(body)) < 1000 FROM events").fetchone() == (1,)
    connection.close()


def test_many_events_are_read_page_by_page(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    recorder = store.recorder(task.id)
    recorder.record([Event(kind=EventKind.RUN_MESSAGE, time=i) for i in range(2500)])
    assert [e.time for e in store.events(task.id)] == [float(i) for i in range(2500)]


def test_recorder_goes_on_where_the_events_end(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    store.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=1)])
    assert store.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=2)])[0].seq == 2


def test_batch_is_all_or_nothing(store: Store) -> None:
    """What fails in the middle leaves neither events nor states."""
    task = store.create_task(WANTED, "apply")
    recorder = store.recorder(task.id)
    good = Event(kind=EventKind.RUN_MESSAGE, time=1)
    broken = Event(kind=EventKind.ATTEMPT_STARTED, time=1, attempt="x")
    with pytest.raises(KeyError):
        recorder.record([good, broken])
    assert list(store.events(task.id)) == []
    assert recorder.record([good])[0].seq == 1


def test_state_is_private(store: Store) -> None:
    task = store.create_task(WANTED, "apply")
    store.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=1)])
    assert store.home.stat().st_mode & 0o777 == 0o700
    assert task.directory.stat().st_mode & 0o777 == 0o700
    files = [path for path in store.home.iterdir() if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".db-wal"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path) as first:
        task = first.create_task(WANTED, "apply")
    with Store.open(tmp_path) as second:
        assert [t.id for t in second.list_tasks()] == [task.id]


def test_migrations_make_the_tables_that_the_program_knows(store: Store) -> None:
    """The last migration and the schema in code must not drift apart."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "worldtree.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(tmp_path)


def test_unusable_place_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        Store.open(tmp_path / "file" / "home")
    (tmp_path / "worldtree.db").write_text("this is no database, however long it may be" * 50)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(tmp_path)


def _write(home: str, events: int) -> None:
    with Store.open(Path(home)) as store:
        task = store.create_task(WANTED, "apply")
        recorder = store.recorder(task.id)
        for _ in range(events):
            recorder.record([Event(kind=EventKind.RUN_MESSAGE, time=1)])


def test_several_processes_open_and_write_at_once(tmp_path: Path) -> None:
    """Also the first opening, which makes the tables, is safe."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(str(tmp_path), 20)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    with Store.open(tmp_path) as store:
        counts = [sum(1 for _ in store.events(t.id)) for t in store.list_tasks()]
    assert counts == [20, 20, 20]
