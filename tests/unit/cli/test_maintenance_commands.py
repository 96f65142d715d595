"""tasks rebuild, tasks prune, unlock and doctor, on a state of their own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from homes import open_store
from unit.cli.conftest import Wt
from unit.store.tasks import WANTED, run_task
from worldtree.cli.maintenance_text import format_bytes, write_pruned
from worldtree.core.errors import ExitCode
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus
from worldtree.runner.process.process_table import ProcessRef
from worldtree.runner.process.protocol import SUPERVISOR_FILE
from worldtree.store.prune import PruneResult
from worldtree.store.schema import HEAD, nodes, tasks
from worldtree.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state that the commands work on."""
    with open_store(tmp_path / "state") as found:
        yield found


def unproven(_holder: ProcessIdentity) -> bool:
    """Nobody is dead."""
    return False


def age(store: Store) -> None:
    """Let every task have happened two months ago."""
    back = 60 * 86400.0
    moved = {name: tasks.c[name] - back for name in ("created", "started", "ended")}
    with store._writer.begin() as connection:
        connection.execute(update(tasks).values(moved))
        connection.exec_driver_sql(f"UPDATE events SET time = time - {back}")


# ---- rebuild and prune -------------------------------------------------------------------------


def test_rebuild_says_that_the_tree_is_identical(wt: Wt, store: Store) -> None:
    task = run_task(store, "failed")
    ran = wt("tasks", "rebuild", task.id[:-2])
    assert ran.code == ExitCode.OK
    assert f"{task.id}: rebuilt from" in ran.out
    assert "3 nodes, 6 host_results" in ran.out
    assert "identical" in ran.err
    data = wt("tasks", "rebuild", task.id, "-o", "json").json
    assert set(data) == {"task_id", "events", "rows", "identical", "differences"}
    assert (data["identical"], data["differences"], data["rows"]["nodes"]) == (True, [], 3)
    assert [entry.what for entry in store.audit_log(limit=2)] == ["task-rebuilt"] * 2


def test_rebuild_names_what_differs_once(wt: Wt, store: Store) -> None:
    task = run_task(store)
    with store._writer.begin() as connection:
        connection.execute(update(nodes).values(status="failed"))
    ran = wt("tasks", "rebuild", task.id)
    assert ran.code == ExitCode.FAILED
    assert "status was 'failed', by the events 'succeeded'" in ran.out
    assert "differs: 3 values, corrected" in ran.err
    assert wt("tasks", "rebuild", task.id).code == ExitCode.OK


def test_rebuild_keeps_away_from_a_task_at_work(wt: Wt, store: Store) -> None:
    task = run_task(store)
    store.acquire_lease("shop", task.id, current_process(), proven_dead=unproven)
    ran = wt("tasks", "rebuild", task.id)
    assert ran.code == ExitCode.REFUSED
    assert f"wt cancel {task.id}" in ran.err


def test_prune_asks_shows_and_deletes(wt: Wt, store: Store) -> None:
    old = run_task(store)
    age(store)
    new = run_task(store)
    refused = wt("tasks", "prune")
    assert (refused.code, refused.out) == (ExitCode.REFUSED, "")
    assert "add --yes" in refused.err
    told = wt("tasks", "prune", "--keep", "30d", "--dry-run")
    assert old.id in told.out
    assert new.id not in told.out
    assert "would be deleted" in told.err
    data = wt("tasks", "prune", "--yes", "-o", "json").json
    assert [item["id"] for item in data["items"]] == [old.id]
    assert data["directories"] == [str(old.directory)]
    assert data["events"] > 10
    assert [t.id for t in store.list_tasks()] == [new.id]
    assert wt("tasks", "prune").code == ExitCode.OK


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            1,
            "1 directory with 9 B (1 older task kept: the last success of a node on a host) were",
        ),
        (
            2,
            "2 directories with 9 B (2 older tasks kept: the last success of a node on a host)",
        ),
    ],
)
def test_prune_says_what_stays(number: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    directories = tuple(Path(str(n)) for n in range(number))
    write_pruned(PruneResult((), 0, directories, 9, needed=number), dry_run=False)
    assert words in capsys.readouterr().err


def test_prune_says_how_a_time_is_written(wt: Wt) -> None:
    ran = wt("tasks", "prune", "--keep", "soon")
    assert ran.code == ExitCode.INPUT
    assert "30d" in ran.err


def test_list_counts_without_reading_events(
    wt: Wt, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many events a task has, the list is quick."""
    run_task(store, "failed")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("events were read")

    monkeypatch.setattr(Store, "events", never)
    [item] = wt("tasks", "list", "-o", "json").json["items"]
    assert [item[name] for name in ("hosts", "changed", "failed")] == [2, 0, 1]


# ---- unlock ------------------------------------------------------------------------------------


def test_unlock_of_a_free_cluster(wt: Wt, store: Store) -> None:
    run_task(store)
    ran = wt("unlock", "shop")
    assert (ran.code, ran.out) == (ExitCode.OK, "")
    assert "cluster `shop` is not locked" in ran.err


def test_unlock_of_a_cluster_that_nobody_knows(wt: Wt, store: Store) -> None:
    run_task(store)
    ran = wt("unlock", "shopp", "--yes")
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert "unknown cluster `shopp`" in ran.err
    assert "did you mean `shop`?" in ran.err


def test_unlock_says_that_a_run_survives_its_process(
    wt: Wt, store: Store, dead: ProcessIdentity
) -> None:
    task = store.create_task(WANTED, "apply")
    lease = store.acquire_lease("shop", task.id, dead, proven_dead=unproven)
    alive = ProcessRef.of(os.getpid())
    assert alive is not None
    for number, who in (("1", alive), ("2", replace(alive, pid=dead.pid))):
        directory = task.directory / "attempts" / number
        directory.mkdir(parents=True)
        (directory / SUPERVISOR_FILE).write_text(json.dumps(who.as_dict()))
        data = {"nodes": [], "hosts": [f"h{number}"], "directory": str(directory)}
        event = Event(kind=EventKind.ATTEMPT_STARTED, time=1.0, attempt=number, result=data)
        store.recorder(task.id, lease).record([event])
    refused = wt("unlock", "shop")
    words = f"its run  is alive on h1: `wt resume {task.id}` or `wt cancel {task.id}`"
    assert words in refused.err
    assert f"`wt cancel {task.id}`, or continue the task" in wt("unlock", "shop", "--yes").err


def test_unlock_shows_the_evidence_first(wt: Wt, store: Store, dead: ProcessIdentity) -> None:
    store.acquire_lease("shop", "t1", dead, proven_dead=unproven)
    refused = wt("unlock", "shop")
    assert refused.code == ExitCode.REFUSED
    for words in ("t1", str(dead), "last heartbeat", "does not exist any more", "add --yes"):
        assert words in refused.err
    assert len(store.leases()) == 1
    freed = wt("unlock", "shop", "--yes")
    assert freed.code == ExitCode.OK
    assert "wt resume t1" in freed.err
    assert store.leases() == []
    [entry] = store.audit_log()
    assert (entry.what, entry.task) == ("lease-broken", "t1")


def test_unlock_says_when_nothing_is_proven(wt: Wt, store: Store) -> None:
    elsewhere = replace(current_process(), host="far", machine="m2", boot="b2")
    store.acquire_lease("shop", "t1", elsewhere, proven_dead=unproven)
    ran = wt("unlock", "shop")
    assert "NO: it runs on another machine (far)" in ran.err
    assert "end what still runs with `wt cancel t1`" in wt("unlock", "shop", "--yes").err


def test_unlock_takes_no_lock_from_a_process_that_runs(wt: Wt, store: Store) -> None:
    store.acquire_lease("shop", "t1", current_process(), proven_dead=unproven)
    ran = wt("unlock", "shop", "--yes")
    assert ran.code == ExitCode.REFUSED
    assert "NO: process" in ran.err
    assert "`shop` is locked by a task that is running: task t1" in ran.err
    assert "end it: `wt cancel t1`" in ran.err
    assert len(store.leases()) == 1


def test_unlock_gives_up_runs_of_a_machine_that_is_off(wt: Wt, store: Store) -> None:
    """Also where no process holds the cluster any more."""
    task = store.create_task(WANTED, "apply")
    far = asdict(replace(current_process(), host="far", machine="m2", boot="b2"))
    data = {"nodes": [], "hosts": ["h1", "h2"], "directory": "/far/home/tasks/t/attempts/a"}
    begun = {"kind": EventKind.ATTEMPT_STARTED, "time": 1.0, "attempt": "a"}
    store.recorder(task.id).record([Event(**begun, result={**data, "process": far})])
    refused = wt("unlock", "shop")
    assert refused.code == ExitCode.REFUSED
    assert f"a run  of task {task.id}, started on far, may work on h1, h2" in refused.err
    freed = wt("unlock", "shop", "--yes")
    assert freed.code == ExitCode.OK
    assert f"continue the task with `wt resume {task.id}`" in freed.err
    assert store.task(task.id).status == "interrupted"
    assert "is not locked" in wt("unlock", "shop").err


# ---- audit -------------------------------------------------------------------------------------


def test_audit_of_a_state_to_which_nothing_was_done(wt: Wt) -> None:
    ran = wt("audit")
    assert (ran.code, ran.out) == (ExitCode.OK, "")
    assert "no entries yet" in ran.err


def test_audit_tells_who_did_what_also_to_tasks_that_are_deleted(wt: Wt, store: Store) -> None:
    task = run_task(store)
    age(store)
    assert wt("tasks", "prune", "--keep", "30d", "--yes").code == ExitCode.OK
    ran = wt("audit", "-o", "json")
    pruned, created = json.loads(ran.out)["items"]
    assert (pruned["what"], created["what"]) == ("tasks-pruned", "task-created")
    assert created["task_id"] == task.id
    assert created["who"] == str(current_process())
    assert "task-created" in wt("audit").out
    assert wt("audit", "--cluster", "other").out == ""


# ---- doctor ------------------------------------------------------------------------------------


def test_doctor_of_a_healthy_machine(wt: Wt, store: Store) -> None:
    run_task(store)
    ran = wt("doctor", "-o", "json")
    found = {item["name"]: item for item in ran.json["items"]}
    assert ran.code == ExitCode.OK, ran.out
    assert set(found) == {
        *("worldtree", "python", "ansible-core", "ansible-runner", "Ansible internals", "ssh"),
        *("git", "home", "free space", "database", "tasks"),
    }
    assert {"database", "tasks"} <= set(found["home"]["bytes"])
    assert found["free space"]["bytes"]["free"] > 0
    assert f"schema {HEAD}" in found["database"]["detail"]
    table = wt("doctor").out
    assert "OpenSSH" in table
    assert "PROBLEM" not in table


@pytest.mark.usefixtures("no_api_check")
def test_doctor_finds_tasks_that_stopped_without_an_end(
    wt: Wt, store: Store, dead: ProcessIdentity
) -> None:
    left = store.create_task(WANTED, "apply")
    store.acquire_lease("shop", left.id, dead, proven_dead=unproven)
    lone = store.create_task(WANTED.model_copy(update={"cluster": "lab"}), "apply")
    alive = store.create_task(WANTED.model_copy(update={"cluster": "web"}), "apply")
    store.acquire_lease("web", alive.id, current_process(), proven_dead=unproven)
    store.acquire_lease("odd", "t9", dead, proven_dead=unproven)
    for task in (left, lone, alive):
        store.set_status(task.id, TaskStatus.RUNNING)
    ran = wt("doctor", "-o", "json")
    assert ran.code == ExitCode.FAILED
    problems = [item for item in ran.json["items"] if not item["ok"]]
    assert {item["name"] for item in problems} == {"tasks"}
    assert {item["hint"] for item in problems} == {
        f"continue it: wt resume {left.id}",
        f"continue it: wt resume {lone.id}",
        "wt unlock odd",
    }


@pytest.mark.usefixtures("no_api_check")
def test_doctor_tells_what_is_wrong_instead_of_failing(
    wt: Wt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken database, a home that is open to all, no ssh, no room."""
    home = tmp_path / "state"
    home.mkdir()
    home.chmod(0o755)
    (home / "worldtree.db").write_text("this is no database" * 100)
    monkeypatch.setenv("PATH", str(tmp_path))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    ran = wt("doctor", "-o", "json")
    assert ran.code == ExitCode.FAILED
    problems = {item["name"]: item for item in ran.json["items"] if not item["ok"]}
    assert set(problems) == {"ssh", "home", "free space", "database"}
    assert "not a database" in problems["database"]["detail"]
    assert problems["home"]["hint"] == f"chmod 700 {home}"
    assert all(item["hint"] for item in problems.values())
    assert "PROBLEM" in wt("doctor").out


def test_sizes_are_as_people_read_them() -> None:
    wanted = {
        0: "0 B",
        1023: "1023 B",
        1024: "1.0 KiB",
        5 * 1024**3: "5.0 GiB",
        2**60: "1048576.0 TiB",
    }
    assert {number: format_bytes(number) for number in wanted} == wanted


def test_state_on_a_server_is_used_by_every_command(
    wt: Wt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A problem of the server is reported without the password."""
    monkeypatch.setenv("WORLDTREE_DATABASE_URL", "postgresql://u:hidden@127.0.0.1:1/x")
    ran = wt("tasks", "list")
    assert ran.code == ExitCode.FAILED
    assert "postgresql://u:***@127.0.0.1:1/x cannot be used" in ran.err
    assert "hidden" not in ran.err
    assert "WORLDTREE_DATABASE_URL" in ran.err
