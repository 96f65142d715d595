"""Old tasks are deleted with all their data; what other tasks need stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select, update

from unit.engine.plans import node_id
from unit.store.tasks import TWO, WANTED, run_task
from worldtree.ansible.bundle import Bundle
from worldtree.app.tasks.change_detection import judged_work
from worldtree.app.tasks.withheld_values import WithheldValues
from worldtree.core.process_identity import current_process
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.store.db_errors import StoreError
from worldtree.store.schema import blobs, events, plans, tasks
from worldtree.store.store import Store
from worldtree.store.task_record import TaskRecord

DAY = 86400.0


def make_older(store: Store, task: TaskRecord, days: float) -> None:
    """Let everything of a task have happened so many days ago."""
    back = days * DAY
    with store._writer.begin() as connection:
        mine = tasks.c.id == task.id
        moved = {name: tasks.c[name] - back for name in ("created", "started", "ended")}
        connection.execute(update(tasks).where(mine).values(moved))
        times = update(events).where(events.c.task == task.id)
        connection.execute(times.values(time=events.c.time - back))
    os.utime(task.directory, (time.time() - back,) * 2)


def count(store: Store, table: Table) -> int:
    """Return the rows of a table."""
    with store._engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def add_large_event(store: Store, task: TaskRecord, text: str) -> None:
    """Let a task have said something large."""
    said = Event(kind=EventKind.RUN_MESSAGE, time=time.time(), stdout=text * 100_000)
    store.recorder(task.id).record([said])


def before(days: float) -> float:
    """Return the moment so many days ago."""
    return time.time() - days * DAY


def test_old_tasks_go_with_all_that_only_they_need(any_store: Store) -> None:
    old, new = run_task(any_store, "failed"), run_task(any_store)
    again = any_store.create_task(WANTED, "rollback", parent=old.id)
    for task, text in ((old, "shared"), (new, "shared"), (old, "mine")):
        add_large_event(any_store, task, text)
    (old.directory / "log").write_text("x" * 5000)
    make_older(any_store, old, 40)
    kept = len(list(any_store.events(new.id)))
    told = any_store.prune(before(30), dry_run=True)
    assert [t.id for t in told.tasks] == [old.id]
    assert (told.directories, told.size >= 5000, told.needed) == ((old.directory,), True, 0)
    assert any_store.task(old.id).status is TaskStatus.PARTIAL
    assert old.directory.exists()
    done = any_store.prune(before(30))
    assert done.tasks[0].id == old.id
    assert done.events == told.events > 10
    assert {t.id for t in any_store.list_tasks()} == {new.id, again.id}
    assert any_store.task(again.id).parent is None
    assert list(any_store.events(old.id)) == []
    assert len(list(any_store.events(new.id))) == kept
    assert count(any_store, blobs) == 1
    assert count(any_store, plans) == 1
    assert not old.directory.exists()
    assert new.directory.exists()
    assert any_store.prune(before(30)).tasks == ()


def test_task_that_holds_its_cluster_stays(any_store: Store) -> None:
    task = any_store.create_task(WANTED, "apply")
    make_older(any_store, task, 40)
    lease = any_store.acquire_lease("shop", task.id, current_process(), proven_dead=lambda _: False)
    assert any_store.prune(before(30)).tasks == ()
    lease.release()
    assert [t.id for t in any_store.prune(before(30)).tasks] == [task.id]


def test_task_that_something_happened_to_lately_stays(any_store: Store) -> None:
    """It started long ago and was resumed yesterday."""
    task = any_store.create_task(WANTED, "apply")
    make_older(any_store, task, 40)
    any_store.recorder(task.id).record([Event(kind=EventKind.RUN_MESSAGE, time=before(1))])
    assert any_store.prune(before(30)).tasks == ()


def test_task_of_a_last_success_stays(any_store: Store) -> None:
    first, second = run_task(any_store), run_task(any_store)

    def succeed(task: TaskRecord) -> None:
        hosts = {"h1": {"status": "ok", "digest": "d"}}
        end = Event(
            kind=EventKind.NODE_FINISHED,
            time=time.time(),
            node=node_id("a"),
            status="succeeded",
            result={"hosts": hosts},
        )
        any_store.recorder(task.id).record([end])
        make_older(any_store, task, 40)

    succeed(first)
    make_older(any_store, second, 40)
    pruned = any_store.prune(before(30))
    assert ([t.id for t in pruned.tasks], pruned.needed) == ([second.id], 1)
    assert first.directory.exists()
    third = run_task(any_store)
    succeed(third)
    assert [t.id for t in any_store.prune(before(30)).tasks] == [first.id]


def test_task_whose_work_a_later_one_left_out_stays(any_store: Store) -> None:
    """Its work is the current state, and only it can undo that; the later one did nothing."""
    digests = {name: dict.fromkeys(TWO, "d") for name in WANTED.graph.nodes}
    wanted = WANTED.model_copy(update={"pair_digests": digests})
    did = run_task(any_store, wanted=wanted)
    successes = any_store.successes("shop")
    assert len(successes) == 6
    did_nothing = run_task(
        any_store,
        wanted=wanted,
        known=judged_work(wanted, successes, WithheldValues(wanted, dict, lambda: Bundle({})))[0],
    )
    assert any_store.successes("shop") == successes
    make_older(any_store, did, 40)
    make_older(any_store, did_nothing, 40)
    pruned = any_store.prune(before(30))
    assert ([t.id for t in pruned.tasks], pruned.needed) == ([did_nothing.id], 1)


def test_directories_that_nothing_is_left_of_go(any_store: Store) -> None:
    """A cut-off between rows and files leaves nothing for ever."""
    stray, young = (any_store.home / "tasks" / name for name in ("stray", "young"))
    for path in (stray, young):
        path.mkdir(parents=True)
    os.utime(stray, (before(40),) * 2)
    assert any_store.prune(before(0), dry_run=True).directories == (stray,)
    assert any_store.prune(before(30)).directories == (stray,)
    assert not stray.exists()
    assert young.exists()


def test_directories_of_another_databases_tasks_stay(any_store: Store) -> None:
    """A state directory may be used with a file and with a server."""
    run_task(any_store)
    (any_store.home / "databases").write_text("postgresql://elsewhere/worldtree\n")
    theirs = any_store.home / "tasks" / "theirs"
    theirs.mkdir()
    os.utime(theirs, (before(40),) * 2)
    assert any_store.prune(before(30)).directories == ()
    assert theirs.exists()


def test_each_database_of_a_state_directory_is_noted_once(any_store: Store) -> None:
    for _ in range(2):
        run_task(any_store)
    (line,) = (any_store.home / "databases").read_text().splitlines()
    assert line == "the file in this directory" or line.startswith("postgresql://")


def test_directory_of_another_machine_is_left_alone(any_store: Store, tmp_path: Path) -> None:
    """With a server, a task's directory may be anybody's."""
    task = run_task(any_store)
    theirs = tmp_path / "precious"
    theirs.mkdir()
    with any_store._writer.begin() as connection:
        connection.execute(update(tasks).values(directory=str(theirs)))
    make_older(any_store, any_store.task(task.id), 40)
    assert any_store.prune(before(30)).tasks[0].id == task.id
    assert theirs.exists()


def test_file_gives_the_room_back(store: Store) -> None:
    task = run_task(store)
    file = store.home / "worldtree.db"
    store.recorder(task.id).record(
        [Event(kind=EventKind.RUN_MESSAGE, time=1, stdout=f"{n:05d}" * 12_000) for n in range(100)]
    )
    make_older(store, task, 40)
    grown = file.stat().st_size
    store.prune(before(30))
    assert file.stat().st_size < grown / 4


def test_pruning_makes_the_room_that_it_takes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk deleting rows fails at first: the directories go before them then."""
    task = run_task(store)
    make_older(store, task, 40)
    delete = store._delete
    there = []

    def tight(name: str) -> bool:
        there.append(task.directory.exists())
        if task.directory.exists():
            raise StoreError("database or disk is full", code="disk-full")
        return delete(name)

    monkeypatch.setattr(store, "_delete", tight)
    assert [t.id for t in store.prune(before(30)).tasks] == [task.id]
    assert there == [True, False]
    assert store.list_tasks() == []
