"""``wt apply --check``, ``--diff`` and ``--step``: what is run, told and kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import ScriptedExecutor, Wt, shop_spec, write_document
from worldtree.cli.mode_options import NO_MODE, mode_result_lines
from worldtree.core.errors import ExitCode
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, TaskResult

HOME = "create-cluster/app/files/home"
PAGE = "create-cluster/app/files/page"
READY = "create-cluster/other/check/ready"

Simulated = type[ScriptedExecutor]
Say = Callable[..., None]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Put the lines of a script on stdin."""
    return lambda *lines: monkeypatch.setattr(
        "sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines))
    )


def statuses(result: dict[str, Any]) -> dict[str, str]:
    """Status by node."""
    return {node["id"]: node["status"] for node in result["nodes"]}


@pytest.mark.usefixtures("simulated")
def test_a_check_needs_no_yes_and_is_a_task_of_its_own(wt: Wt, shop: Path) -> None:
    """What cannot be checked is left out, and says so; what comes after it is checked."""
    ran = wt("apply", "-f", str(shop), "--check", "-o", "json")
    assert ran.code == ExitCode.OK
    assert statuses(ran.json) == {HOME: "succeeded", PAGE: "succeeded", READY: "skipped"}
    ready = next(node for node in ran.json["nodes"] if node["id"] == READY)
    message = "unknown until run: `wait` does not support check mode"
    assert ready["hosts"]["web1"]["message"] == message
    [task] = wt("tasks", "list", "-o", "json").json["items"]
    assert task["command"] == "check"


@pytest.mark.usefixtures("simulated")
def test_a_check_tells_how_much_it_knows(wt: Wt, shop: Path) -> None:
    ran = wt("apply", "-f", str(shop), "--check")
    assert (
        "check: nothing was changed; 4 changes would be made, "
        "1 of 5 (node × host) unknown until run"
    ) in ran.out


def test_a_check_counts_what_it_could_not_look_at(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """All of a host that does not answer, and what is known of a node stays told there."""
    steps = [
        {"name": "one", "directory": {"path": "/tmp/shop", "mode": "0755"}},
        {"name": "two", "command": {"argv": ["true"]}},
        {"name": "three", "directory": {"path": "/tmp/shop/x", "mode": "0755"}},
    ]
    spec = shop_spec()
    spec["modules"] = [{"name": "m", "tasks": [{"name": "t", "steps": steps}]}]
    write_document(shop, spec)
    simulated.outcomes = {("create-cluster/m/t/one", "web2"): "unreachable"}
    ran = wt("apply", "-f", str(shop), "--check")
    assert "2 changes would be made, 4 of 6 (node × host) unknown until run" in ran.out
    assert ran.out.count("`command` does not support check mode") == 2


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("gather", ["never", "auto"])
def test_a_check_that_could_look_at_nothing_is_no_success(wt: Wt, shop: Path, gather: str) -> None:
    """Gathering facts looks at none of the work."""
    step = {"name": "one", "command": {"argv": ["true"]}}
    spec = {**shop_spec(), "facts": {"gather": gather}}
    spec["modules"] = [{"name": "m", "tasks": [{"name": "t", "steps": [step]}]}]
    write_document(shop, spec)
    ran = wt("apply", "-f", str(shop), "--check")
    assert ran.code == ExitCode.PARTIAL
    assert "shop create-cluster: partial" in ran.out
    assert "nothing was checked: no node supports check mode" in ran.out
    assert "`command` does not support check mode" in ran.out
    assert wt("tasks", "list", "-o", "json").json["items"][0]["status"] == "partial"
    assert wt("apply", "-f", str(shop), "--yes").code == ExitCode.OK


@pytest.mark.usefixtures("simulated")
def test_a_check_of_what_changed_looks_at_what_changed_would_run(wt: Wt, shop: Path) -> None:
    """It is no success of that work; what is done is left out, whatever supports a check."""
    assert wt("apply", "-f", str(shop), "--yes").code == ExitCode.OK
    same = wt("apply", "-f", str(shop), "--check", "--changed")
    assert same.code == ExitCode.OK, same.out + same.err
    assert "check: nothing was changed; 0 changes would be made\n" in same.out
    spec = shop_spec()
    (page,) = (s for s in spec["modules"][0]["tasks"][0]["steps"] if s.get("name") == "page")
    page["when"] = "true"
    write_document(shop, spec)
    for _ in range(2):
        ran = wt("apply", "-f", str(shop), "--check", "--changed", "-o", "json")
        assert ran.code == ExitCode.OK, ran.err
        assert statuses(ran.json) == {HOME: "skipped", PAGE: "succeeded", READY: "skipped"}
    changed = wt("apply", "-f", str(shop), "--yes", "--changed", "-o", "json")
    assert statuses(changed.json) == {HOME: "skipped", PAGE: "succeeded", READY: "skipped"}


@pytest.mark.usefixtures("simulated")
def test_a_check_of_changes_that_it_cannot_show_is_no_success(wt: Wt, shop: Path) -> None:
    """What is done was not looked at, either."""
    spec = shop_spec()
    steps = spec["modules"][0]["tasks"][0]["steps"]
    steps.append({"name": "run", "command": {"argv": ["true"]}})
    write_document(shop, spec)
    assert wt("apply", "-f", str(shop), "--yes").code == ExitCode.OK
    steps[-1]["command"] = {"argv": ["false"]}
    write_document(shop, spec)
    ran = wt("apply", "-f", str(shop), "--check", "--changed")
    assert ran.code == ExitCode.PARTIAL
    assert "0 changes would be made, 2 of 7 (node × host) unknown until run" in ran.out


def test_a_change_seen_before_a_failure_is_counted() -> None:
    """And the node is named, since what comes after the failure is not known."""
    hosts = {
        "a": HostResult(status=HostStatus.FAILED, changed=True, attempts=1),
        "b": HostResult(status=HostStatus.CHANGED, changed=True, attempts=1),
        "c": HostResult(status=HostStatus.OK, attempts=1),
    }
    node = NodeResult(id=HOME, status=NodeStatus.FAILED, hosts=hosts)
    result = TaskResult(
        task_id="t", cluster="shop", pipeline="p", status=TaskStatus.PARTIAL, nodes=(node,)
    )
    assert list(mode_result_lines({**NO_MODE, "check": True}, result)) == [
        "",
        "check: nothing was changed; 2 changes would be made",
        "incomplete: app/files/home on a: it failed, what comes after that is unknown",
    ]


@pytest.mark.usefixtures("simulated")
def test_a_check_is_no_success(wt: Wt, shop: Path) -> None:
    """Of all that a check looked at nothing is taken for done; a real apply is."""
    wt("apply", "-f", str(shop), "--check")
    first = wt("apply", "-f", str(shop), "--yes", "--changed", "-o", "json").json
    assert statuses(first) == dict.fromkeys((HOME, PAGE, READY), "succeeded")
    again = wt("apply", "-f", str(shop), "--yes", "--changed", "-o", "json").json
    assert set(statuses(again).values()) == {"skipped"}


@pytest.mark.parametrize("command", ["resume", "retry", "rollback"])
def test_a_check_is_not_continued(wt: Wt, shop: Path, simulated: Simulated, command: str) -> None:
    """That would do, or undo, what it only looked at."""
    simulated.outcomes = {(HOME, "web2"): "failed"}
    assert wt("apply", "-f", str(shop), "--check").code == ExitCode.PARTIAL
    ran = wt(command, "latest", "--yes")
    assert ran.code == ExitCode.REFUSED, ran.err
    assert len(wt("tasks", "list", "-o", "json").json["items"]) == 1


def test_the_newest_task_is_one_that_did_work(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """Looking at the cluster meanwhile changes nothing about what `wt resume` goes on with."""
    simulated.outcomes = {(HOME, "web2"): "failed"}
    applied = wt("apply", "-f", str(shop), "--yes", "-o", "json").json
    simulated.outcomes = {}
    assert wt("apply", "-f", str(shop), "--check").code == ExitCode.OK
    resumed = wt("resume", "--yes", "-o", "json")
    assert resumed.code == ExitCode.OK, resumed.err
    assert resumed.json["task_id"] == applied["task_id"]
    listed = wt("tasks", "list").out
    assert [line.split()[2] for line in listed.splitlines()] == ["COMMAND", "check", "apply"]


@pytest.mark.usefixtures("simulated")
def test_a_check_after_an_apply_keeps_what_is_known_to_be_done(wt: Wt, shop: Path) -> None:
    wt("apply", "-f", str(shop), "--yes")
    wt("apply", "-f", str(shop), "--check")
    again = wt("apply", "-f", str(shop), "--yes", "--changed", "-o", "json").json
    assert set(statuses(again).values()) == {"skipped"}


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("stop", [("--break", "nosuch/*"), ("--break-host", "web3")])
def test_breakpoints_that_would_never_stop_are_refused(
    wt: Wt, shop: Path, stop: tuple[str, str]
) -> None:
    """With nothing begun."""
    ran = wt("apply", "-f", str(shop), "--step", "--yes", *stop)
    assert ran.code == ExitCode.INPUT
    assert "[selection-matches-nothing]" in ran.err
    assert wt("apply", "-f", str(shop), "--step", *stop).code == ExitCode.INPUT
    assert wt("tasks", "list", "-o", "json").json["items"] == []


@pytest.mark.usefixtures("simulated")
def test_steps_are_scripted_from_stdin(wt: Wt, shop: Path, say: Say) -> None:
    """The talk goes to stderr; data stays data."""
    say("show", "run", "skip", "continue")
    ran = wt("apply", "-f", str(shop), "--step", "-o", "json")
    assert ran.code == ExitCode.OK
    assert "stopped before app/files/home on web1, web2" in ran.err
    assert "app/files/home> show" in ran.err
    assert [node["hosts"]["web1"]["message"] for node in ran.json["nodes"]].count(
        "skipped in the debugger"
    ) == 1


@pytest.mark.usefixtures("simulated")
def test_aborting_steps_is_a_cancelled_task(wt: Wt, shop: Path, say: Say) -> None:
    say("run", "abort")
    ran = wt("apply", "-f", str(shop), "--step", "-o", "json")
    assert ran.code == ExitCode.CANCELLED
    assert ran.json["status"] == "cancelled"


def test_a_failure_is_tried_again_by_hand(
    wt: Wt, shop: Path, simulated: Simulated, say: Say
) -> None:
    simulated.outcomes = {(HOME, "web2"): ["failed", "changed"]}  # type: ignore[dict-item]
    say("continue", "retry")
    ran = wt("apply", "-f", str(shop), "--step", "-o", "json")
    assert ran.code == ExitCode.OK
    home = next(node for node in ran.json["nodes"] if node["id"] == HOME)
    assert (home["attempts"], home["hosts"]["web2"]["attempts"]) == (2, 2)


@pytest.mark.usefixtures("simulated")
def test_breakpoints_are_confirmed_first(wt: Wt, shop: Path, say: Say) -> None:
    """Since nodes run before the first of them."""
    say("abort")
    assert wt("apply", "-f", str(shop), "--step", "--break", "*/page").code == ExitCode.REFUSED
    say("show", "continue")
    ran = wt("apply", "-f", str(shop), "--step", "--break", "*/page", "--yes")
    assert ran.code == ExitCode.OK
    assert ran.err.count("stopped before") == 1
    assert "stopped before app/files/page on web1, web2" in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--dry-run", "--check"], "--dry-run and --check"),
        (["--step", "--check"], "--step and --check"),
        (["--step", "--events", "jsonl"], "--step and --events"),
        (["--break", "x"], "breakpoints need --step"),
    ],
)
def test_modes_that_do_not_go_together(wt: Wt, shop: Path, options: list[str], words: str) -> None:
    ran = wt("apply", "-f", str(shop), *options)
    assert ran.code == ExitCode.INPUT
    assert words in ran.err


@pytest.mark.usefixtures("simulated")
def test_a_check_of_nothing_that_can_be_checked(wt: Wt, tmp_path: Path) -> None:
    """No run is made, no host is contacted."""
    steps = [{"command": {"argv": ["true"]}}]
    spec = {
        "hosts": [{"name": "a", "connection": "local"}],
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": steps}]}],
    }
    ran = wt("apply", "-f", str(write_document(tmp_path / "c.yaml", spec)), "--check", "-o", "json")
    assert ran.code == ExitCode.PARTIAL
    assert set(statuses(ran.json).values()) == {"skipped"}
