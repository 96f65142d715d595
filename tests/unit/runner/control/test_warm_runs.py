"""Runs on warm connections: what goes warm, what does not and why, and how that is switched off."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from unit.engine.bundles import task
from unit.engine.plans import plan
from unit.runner.control.executor_bench import ONE, Bench
from worldtree.results.events import EventKind
from worldtree.results.run import RunOutcome
from worldtree.runner.connect.process_names import process_name
from worldtree.runner.control.executor import RunnerExecutor
from worldtree.runner.process import process_table

#: Seconds after which a run counts as hanging, on a machine that is busy with other tests.
_LONGEST_RUN = 600
#: Prints the process that forked the one that has forked the module.
_SERVER = "ps -o ppid= -p $(ps -o ppid= -p $PPID)"


def _run(bench: Bench) -> RunOutcome:
    outcome = bench.start().wait(_LONGEST_RUN)
    assert outcome is not None
    return outcome


def _calls(bench: Bench) -> dict[str, Any] | None:
    stats = next(e for e in bench.events if e.kind is EventKind.RUN_STATS)
    return stats.result.get("module_calls")


def test_modules_of_the_built_in_step_kinds_go_warm(bench: Bench, tmp_path: Path) -> None:
    """None of them falls back unnoticed. Those that need root or a system only look here."""
    there, made = tmp_path / "there", tmp_path / "made"
    looking = {"check_mode": True, "ignore_errors": True}
    bench.open(
        task("command"),
        task("shell", "shell", "exit 3", ignore_errors=True),
        task("directory", "file", {"path": str(made), "state": "directory"}),
        task("copy", "copy", {"content": "x", "dest": str(there), "mode": "0644"}),
        task("render", "template", {"src": str(there), "dest": f"{made}/x", "mode": "0644"}),
        task("fetch", "fetch", {"src": str(there), "dest": f"{made}/y", "flat": True}),
        task("pack", "command", f"tar -cf {made}/z.tar -C {tmp_path} there"),
        task("unarchive", "unarchive", {"src": f"{made}/z.tar", "dest": str(made)}),
        task("facts", "setup", {"gather_subset": ["!all", "!min"]}),
        task("wait", "wait_for", {"path": str(there), "timeout": 300}),
        task("user", "user", {"name": "wt-nobody"}, **looking),
        task("service", "service", {"name": "wt-none", "state": "started"}, **looking),
        task("package", "package", {"name": "wt-none", "state": "absent"}, **looking),
    )
    assert _run(bench).rc == 0
    assert (made / "there").read_text() == (made / "y").read_text() == "x"
    calls = _calls(bench)
    assert calls is not None
    assert calls["ordinary"] == {}
    assert calls["warm"] >= 13


def test_what_takes_the_ordinary_path_is_counted_with_the_reason(bench: Bench) -> None:
    """Its results are those of Ansible alone; `environment:` of a task goes warm.

    After `meta: reset_connection` another server runs the modules.
    """
    bench.open(
        task("Copied", "command", "true", vars={"ansible_pipelining": False}),
        task("Later", "command", "true", **{"async": 60, "poll": 1}),
        task("Locale", "shell", "echo $LC_ALL", environment={"LC_ALL": "C"}),
        task("Word", "shell", "echo $WORD", environment={"WORD": "a 'b'"}),
        task("Raw", "raw", "true"),
        task("First", "shell", _SERVER),
        task("Same", "shell", _SERVER),
        task("Reset", "meta", "reset_connection"),
        task("Another", "shell", _SERVER),
    )
    assert _run(bench).rc == 0
    said = {e.name: e.stdout for e in bench.events if e.kind is EventKind.HOST_TASK_FINISHED}
    assert (said["Locale"], said["Word"]) == ("C", "a 'b'")
    assert said["First"] == said["Same"] != said["Another"]
    calls = _calls(bench)
    assert calls is not None
    # `async` copies the module and asks for its state with another one.
    assert calls["ordinary"] == {"copied": 2, "environment": 1}
    assert calls["warm"] >= 2
    # What watches an asynchronous task looks every five seconds whether that has ended.
    latest = time.monotonic() + _LONGEST_RUN
    while left := process_table.attempt_processes(bench.attempt):
        assert time.monotonic() < latest, left
        time.sleep(0.1)


@pytest.mark.parametrize("way", ["caller", "bundle"])
def test_they_can_be_switched_off(bench: Bench, way: str) -> None:
    bench.open(task("Work", "command", f"{sys.executable} --version"))
    if way == "bundle":
        with (bench.bundle / "ansible.cfg").open("a") as file:
            file.write("[worldtree]\nwarm = False\n")
    else:
        assert bench.executor is not None
        bench.executor.close()
        bench.executor = RunnerExecutor(
            plan({"n": ONE}), directory=bench.directory / "task", warm=False
        )
    assert _run(bench).rc == 0
    assert bench.finished().status == "changed"
    assert _calls(bench) is None


def test_a_cancelled_run_leaves_neither_server_nor_module(bench: Bench) -> None:
    bench.open(task("First"), task("Work", "command", "sleep 67"))
    handle = bench.start()
    assert bench.working.wait(_LONGEST_RUN)
    name = process_name(bench.attempt)
    while not (found := _servers(name)):
        assert not handle.wait(0.05)
    handle.cancel()
    outcome = handle.wait(_LONGEST_RUN)
    assert outcome is not None
    assert (outcome.state, outcome.leftovers) == ("cancelled", ())
    assert process_table.attempt_processes(bench.attempt) == []
    assert list(Path("/tmp").glob(f".{name}-*")) == []
    assert not any(Path(f"/proc/{pid}").exists() and _is_alive(pid) for pid in found)


def _servers(name: str) -> list[int]:
    """Return the processes of that name that were executed: a server's program is Python's."""
    found = []
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            words = (comm.parent / "cmdline").read_bytes().split(b"\0")
            if comm.read_text().strip() == name and words[1:] == [b""]:
                found.append(int(comm.parent.name))
        except OSError:
            continue
    return found


def _is_alive(pid: int) -> bool:
    return process_table.ProcessRef.of(pid) is not None
