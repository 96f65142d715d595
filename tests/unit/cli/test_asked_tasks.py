"""Tasks that have not begun: how they are listed, shown, continued and cancelled."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from homes import open_store
from unit.cli.conftest import Wt, shop_spec, write_document
from unit.store.tasks import queue_task
from worldtree.core.actor import Actor
from worldtree.core.errors import ExitCode, RefusedError
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.schema import HEAD
from worldtree.store.store import Store

WHO = Actor("person", "ann@host", "192.0.2.7")
SAMPLE = Path(__file__).parents[1] / "store" / "samples" / "0004.sql"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state that the commands work on."""
    with open_store(tmp_path / "state") as found:
        yield found


def _ask(store: Store, process: ProcessIdentity | None, name: str = "t-1") -> None:
    store.ask_task(
        name,
        "shop",
        "create-cluster",
        TaskCommand.APPLY,
        actor=WHO,
        request={},
        process=process,
    )


def _statuses(wt: Wt) -> list[str]:
    return [task["status"] for task in wt("tasks", "list", "-o", "json").json["items"]]


def test_tasks_are_listed_in_the_order_that_is_asked_for(wt: Wt, store: Store) -> None:
    for number, cluster in enumerate(("shop", "bank", "shop")):
        queue_task(store, f"t-{number}", cluster)

    def listed(*options: str) -> list[str]:
        return [one["id"] for one in wt("tasks", "list", *options, "-o", "json").json["items"]]

    assert listed() == listed("--sort", "-asked") == ["t-2", "t-1", "t-0"]
    assert listed("--sort=asked") == ["t-0", "t-1", "t-2"]
    assert listed("--sort", "-cluster") == ["t-2", "t-0", "t-1"]
    assert listed("--sort", "cluster", "--limit", "2") == ["t-1", "t-2"]
    ran = wt("tasks", "list", "--sort", "status")
    assert ran.code == ExitCode.INPUT
    assert "'-asked'" in ran.err


def test_a_refused_task_is_shown_with_the_reason(wt: Wt, store: Store) -> None:
    _ask(store, current_process())
    problem = RefusedError("it is locked", code="cluster-locked", hint="wait for it")
    store.refuse_task("t-1", "shop", problem, WHO)
    shown = wt("tasks", "show", "t-1")
    assert shown.code == ExitCode.OK
    assert "shop create-cluster: refused" in shown.out
    assert "it is locked" in shown.out
    assert "help: wait for it" in shown.out
    assert "asked for by ann@host, 192.0.2.7 at" in shown.out
    data = wt("tasks", "show", "t-1", "-o", "json").json
    assert (data["status"], data["problem"]["code"]) == ("refused", "cluster-locked")
    assert data["nodes"] == []
    for command in ("resume", "retry", "rollback"):
        ran = wt(command, "t-1", "--yes")
        assert ran.code == ExitCode.REFUSED
        assert "task t-1 has not begun (refused): nothing was done" in ran.err
    ran = wt("cancel", "t-1")
    assert ran.code == ExitCode.REFUSED
    assert "already ended: refused" in ran.err


def test_a_refused_task_does_not_hide_the_one_to_cancel(wt: Wt, store: Store) -> None:
    """As somebody tries to apply again while a task runs on without its process."""
    _ask(store, None, "t-1")
    _ask(store, current_process(), "t-2")
    problem = RefusedError("it is locked", code="cluster-locked")
    store.refuse_task("t-2", "shop", problem, WHO)
    assert wt("cancel").code == ExitCode.OK
    assert store.task("t-1").status is TaskStatus.CANCELLED


def test_a_task_whose_process_died_before_it_began_did_nothing(
    wt: Wt, store: Store, dead: ProcessIdentity
) -> None:
    _ask(store, dead)
    assert _statuses(wt) == ["interrupted"]
    assert "its process died before the task began; nothing was done" in wt("tasks", "show").out
    assert "nothing was done" in wt("resume", "t-1", "--yes").err
    assert wt("cancel", "t-1").code == ExitCode.OK
    assert _statuses(wt) == ["cancelled"]


def test_a_queued_task_that_no_process_works_on_is_cancelled_at_once(wt: Wt, store: Store) -> None:
    _ask(store, None)
    assert _statuses(wt) == ["queued"]
    assert wt("cancel", "t-1").code == ExitCode.OK
    assert store.task("t-1").status is TaskStatus.CANCELLED


@pytest.mark.usefixtures("simulated")
def test_a_task_that_waits_for_its_cluster_is_listed_and_can_be_cancelled(
    wt: Wt, store: Store, tmp_path: Path
) -> None:
    """Also from another machine, which can only write to the database."""
    write_document(tmp_path / "cluster.yaml", shop_spec())
    lease = store.acquire_lease("shop", "other", current_process(), proven_dead=lambda _: False)
    seen: list[TaskStatus] = []

    def cancel_when_it_waits() -> None:
        while not (found := store.list_tasks(statuses=[TaskStatus.WAITING])):
            time.sleep(0.02)
        seen.append(found[0].status)
        store.request_cancel(found[0].id)

    helper = threading.Thread(target=cancel_when_it_waits)
    helper.start()
    ran = wt("apply", "--yes", "--wait")
    helper.join()
    lease.release()
    assert seen == [TaskStatus.WAITING]
    assert ran.code == ExitCode.REFUSED
    assert "cancelled while waiting for cluster `shop`" in ran.err
    [task] = wt("tasks", "list", "-o", "json").json["items"]
    assert (task["status"], task["message"]) == ("cancelled", "cancelled before it began")
    assert not (tmp_path / "state" / "tasks" / task["id"]).exists()


@pytest.mark.usefixtures("simulated")
def test_a_task_that_waited_begins_when_the_cluster_is_free(
    wt: Wt, store: Store, tmp_path: Path
) -> None:
    """It counts as made when it begins, so that the newest task is the last that worked."""
    write_document(tmp_path / "cluster.yaml", shop_spec())
    lease = store.acquire_lease("shop", "other", current_process(), proven_dead=lambda _: False)

    def release_when_it_waits() -> None:
        while not store.list_tasks(statuses=[TaskStatus.WAITING]):
            time.sleep(0.02)
        lease.release()

    helper = threading.Thread(target=release_when_it_waits)
    helper.start()
    ran = wt("apply", "--yes", "--wait", "-o", "json")
    helper.join()
    assert ran.code == ExitCode.OK, ran.err
    [task] = wt("tasks", "list", "-o", "json").json["items"]
    assert task["status"] == "succeeded"
    assert task["asked"] < task["created"] <= task["started"]


# ---- wt db -------------------------------------------------------------------------------------


def test_the_database_is_upgraded_on_request(wt: Wt, tmp_path: Path) -> None:
    home = tmp_path / "state"
    home.mkdir(mode=0o700, exist_ok=True)
    with sqlite3.connect(home / "worldtree.db") as connection:
        connection.executescript(SAMPLE.read_text(encoding="utf-8"))
    connection.close()
    ran = wt("db", "upgrade")
    assert ran.out == f"{home / 'worldtree.db'}: schema 0004 → {HEAD}\n"
    assert wt("db", "upgrade").out == f"{home / 'worldtree.db'}: schema {HEAD}, nothing to do\n"
    data = wt("db", "upgrade", "-o", "json").json
    assert data == {"database": str(home / "worldtree.db"), "before": HEAD, "after": HEAD}


def test_a_database_that_is_not_there_is_created(wt: Wt, tmp_path: Path) -> None:
    ran = wt("db", "upgrade", "-o", "json")
    assert (ran.json["before"], ran.json["after"]) == (None, HEAD)
    assert (tmp_path / "state" / "worldtree.db").is_file()
