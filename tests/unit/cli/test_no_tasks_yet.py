"""What commands say, and leave behind, where nothing was applied yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from homes import open_store
from unit.cli.conftest import Wt
from unit.store.tasks import run_task
from worldtree.core.errors import ExitCode


@pytest.mark.parametrize(
    "command",
    [
        *(("tasks", name) for name in ("show", "logs", "rebuild")),
        *((name,) for name in ("resume", "retry", "rollback", "cancel")),
        ("resume", "--replan"),
    ],
    ids=" ".join,
)
def test_without_tasks_it_says_so(command: tuple[str, ...], wt: Wt, tmp_path: Path) -> None:
    """Nobody has typed `latest`, so it is not told to be missing."""
    ran = wt(*command)
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert "there are no tasks yet" in ran.err
    assert "create the first one: `wt apply -f FILE`" in ran.err
    assert str(tmp_path / "state") in ran.err.replace("\n", "")
    assert "latest" not in ran.err


def test_a_task_that_is_asked_for_by_name_is_named(wt: Wt, tmp_path: Path) -> None:
    assert "there is no task `t1`: there are no tasks yet" in wt("tasks", "show", "t1").err
    with open_store(tmp_path / "state") as store:
        run_task(store)
    ran = wt("tasks", "show", "t1")
    assert ran.err.splitlines()[0] == "error: there is no task `t1` [task-unknown]"
    assert "yet" not in ran.err
    assert "see all tasks: `wt tasks list`" in ran.err


def test_rebuild_takes_the_newest_task_where_none_is_named(wt: Wt, tmp_path: Path) -> None:
    with open_store(tmp_path / "state") as store:
        run_task(store)
        newest = run_task(store)
    ran = wt("tasks", "rebuild")
    assert ran.code == ExitCode.OK
    assert f"{newest.id}: rebuilt from" in ran.out


@pytest.mark.usefixtures("no_api_check")
@pytest.mark.parametrize("there", [False, True])
def test_doctor_makes_nothing(there: bool, wt: Wt, tmp_path: Path) -> None:
    home = tmp_path / "state"
    if there:
        home.mkdir(mode=0o700)
    ran = wt("doctor", "-o", "json")
    found = {item["name"]: item for item in ran.json["items"]}
    assert found["database"]["ok"]
    assert (
        found["database"]["detail"] == f"{home}/worldtree.db: does not exist yet; the first task "
        "creates it"
    )
    assert list(tmp_path.rglob("*")) == ([home] if there else [])
