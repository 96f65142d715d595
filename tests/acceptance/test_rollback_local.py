"""Rolling back on hosts with a local connection: by policy, by command, in part, resumed."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from acceptance.test_apply_local import module, sh, spec, task
from acceptance.workspace import Workspace, processes


def put(place: Workspace, name: str, content: str) -> dict[str, Any]:
    """A step that writes a file of each host, and can be undone."""
    dest = f"{place.target}/{{{{ inventory_hostname }}}}/{name}"
    return {"copy": {"content": content, "dest": dest, "mode": "0644"}}


def prepared(path: Path) -> Workspace:
    """A workspace whose hosts have their directories."""
    place = Workspace(path)
    for host in "abc":
        (place.target / host).mkdir(parents=True)
    return place


def write(place: Workspace, *modules: dict[str, Any], **more: Any) -> None:
    """Write the document; the hosts are one machine by three names."""
    place.write(spec(*modules, stateDir=f"{place.path}/before", **more))


def files(place: Workspace) -> dict[str, str]:
    """What is on the hosts."""
    found = [p for host in "abc" for p in (place.target / host).iterdir()]
    return {str(p.relative_to(place.target)): p.read_text() for p in sorted(found)}


def results(out: str) -> dict[str, dict[str, str]]:
    """Node -> host -> status, by short names."""
    return {
        node["id"].partition("/")[2]: {h: r["status"] for h, r in node["hosts"].items()}
        for node in json.loads(out)["nodes"]
    }


@pytest.mark.both_cores
def test_a_failure_is_rolled_back_to_the_state_before_that_task(tmp_path: Path) -> None:
    """What an earlier apply brought stays, on every host, and the exit code is 1."""
    place = prepared(tmp_path)
    write(place, module("m", task("t", put(place, "f", "one"))))
    assert place.wt("apply", "--yes").code == 0
    before = files(place)
    assert before == {"a/f": "one", "b/f": "one", "c/f": "one"}

    failing = {"copy": {"content": "x", "dest": str(place.target / "no/such/dir/f")}}
    write(
        place,
        module(
            "m",
            task("t", put(place, "f", "two"), put(place, "g", "new"), failing),
            task("quiet", {"command": {"argv": ["true"], "changed_when": False}}),
        ),
        policy={"onFailure": "rollback"},
    )
    outcome = place.wt("apply", "--yes", "-o", "json")
    assert (outcome.code, outcome.json["status"]) == (1, "rolled-back"), outcome.err
    assert files(place) == before
    assert outcome.statuses == {
        "m/t/s1": "rolled-back",
        "m/t/s2": "rolled-back",
        "m/t/s3": "rolled-back",
        "m/quiet/s1": "succeeded",
    }
    assert outcome.hosts("m/t/s1") == dict.fromkeys("abc", "changed")

    listed = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"]
    assert [(t["command"], t["status"]) for t in listed] == [
        ("rollback", "succeeded"),
        ("apply", "rolled-back"),
        ("apply", "succeeded"),
    ]
    undoing = place.wt("tasks", "show", listed[0]["id"], "-o", "json")
    assert list(results(undoing.out)) == ["m/t/s3", "m/t/s2", "m/t/s1"]
    rebuilt = place.wt("tasks", "rebuild", listed[1]["id"])
    assert rebuilt.code == 0, rebuilt.err
    assert place.wt("resume", listed[1]["id"], "--yes").code == 4
    assert f"{listed[1]['id']} was already rolled back" in place.wt("rollback", "--yes").err


def test_a_task_is_rolled_back_by_command_and_what_stays_is_named(tmp_path: Path) -> None:
    """Only what changed is undone; what cannot be is named, and is never called rolled back."""
    place = prepared(tmp_path)
    (place.target / "a/f").write_text("same")
    (place.target / "a/f").chmod(0o644)
    stays = sh(f"echo made > {place.target}/c/stays")
    write(
        place,
        module("m", task("t", put(place, "f", "same"))),
        module("n", task("t", {**stays, "name": "stays"}, hosts="c")),
    )
    assert place.wt("apply", "--yes").code == 0
    refused = place.wt("rollback")
    assert refused.code == 4
    assert "undo  create-cluster/m/t/s1 on b, c" in refused.err
    assert "left  create-cluster/n/t/stays on c" in refused.err
    assert "2 of 3 nodes can be undone" in refused.err
    outcome = place.wt("rollback", "--yes", "-o", "json")
    assert outcome.code == 0, outcome.err
    assert results(outcome.out) == {"m/t/s1": {"b": "changed", "c": "changed"}}
    assert files(place) == {"a/f": "same", "c/stays": "made\n"}
    listed = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"]
    parent = json.loads(place.wt("tasks", "show", listed[1]["id"], "-o", "json").out)
    assert parent["status"] == "succeeded"
    assert "create-cluster/n/t/stays on c" in parent["message"]
    assert {n["id"].partition("/")[2]: n["status"] for n in parent["nodes"]} == {
        "m/t/s1": "rolled-back",
        "n/t/stays": "succeeded",
    }
    again = place.wt("apply", "--yes", "--changed", "-o", "json")
    # On `a` nothing was undone, so that is known to be done still.
    assert again.hosts("m/t/s1") == {"a": "skipped", "b": "changed", "c": "changed"}


def test_a_partly_failed_rollback_continues_and_can_be_resumed(tmp_path: Path) -> None:
    """The others are undone; `wt resume` undoes the rest, and the task is rolled back then."""
    place = prepared(tmp_path)
    gate = place.path / "gate"
    undo = ["sh", "-c", f"test -e {gate}"]
    write(
        place,
        module(
            "m",
            task(
                "t",
                put(place, "f", "new"),
                {"command": {"argv": ["true"], "undo": undo}},
                put(place, "g", "new"),
                hosts="a",
            ),
        ),
    )
    assert place.wt("apply", "--yes").code == 0
    outcome = place.wt("rollback", "--yes", "-o", "json")
    assert outcome.code == 3, outcome.err
    assert results(outcome.out) == {
        "m/t/s3": {"a": "changed"},
        "m/t/s2": {"a": "failed"},
        "m/t/s1": {"a": "changed"},
    }
    assert files(place) == {}
    listed = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"]
    shown = json.loads(place.wt("tasks", "show", listed[1]["id"], "-o", "json").out)
    assert shown["status"] == "succeeded"
    assert "m/t/s2 on a" in shown["message"]
    # Without an id it takes the apply, not the rollback; in both cases the fix is to resume.
    for chosen in ([], [listed[0]["id"]]):
        refused = place.wt("rollback", "--yes", *chosen)
        assert refused.code == 4
        assert f"`wt resume {listed[0]['id']}`" in refused.err
    gate.write_text("")
    resumed = place.wt("resume", listed[0]["id"], "--yes")
    assert resumed.code == 0, resumed.err
    shown = json.loads(place.wt("tasks", "show", listed[1]["id"], "-o", "json").out)
    assert shown["status"] == "rolled-back"


@pytest.mark.long  # Nine runs; also in tests/unit/app/tasks/test_rollback_refusals.
def test_a_task_that_a_later_one_built_on_is_not_rolled_back(tmp_path: Path) -> None:
    """It would bring back what was before both."""
    place = prepared(tmp_path)
    tasks = []
    for content in ("one", "two"):
        write(place, module("m", task("t", put(place, "f", content), hosts="a")))
        tasks.append(place.wt("apply", "--yes", "-o", "json").json["task_id"])
        # A task that did nothing takes nothing over: what it left out is undone by the one before.
        assert place.wt("apply", "--changed", "--yes", "-o", "json").changed == []
        idle = place.wt("rollback", "--yes")
        assert idle.code == 4
        assert f"`wt rollback {tasks[-1]}`" in idle.err
        if content == "one":
            pruned = place.wt("tasks", "prune", "--keep", "0d", "--yes", "-o", "json").json
            assert (len(pruned["items"]), pruned["needed"]) == (1, 1)
    refused = place.wt("rollback", tasks[0], "--yes")
    assert refused.code == 4
    assert tasks[1] in refused.err
    assert place.wt("rollback", tasks[1], "--yes").code == 0
    assert files(place) == {"a/f": "one"}
    assert place.wt("rollback", tasks[0], "--yes").code == 0
    assert files(place) == {}


def test_a_cancelled_rollback_can_be_resumed(tmp_path: Path) -> None:
    """Ctrl-C ends it with 130; the task keeps its status until the rest is undone."""
    place = prepared(tmp_path)
    gate = place.path / "gate"
    slow = {
        "command": {"argv": ["true"], "undo": ["sh", "-c", f"test -e {gate} || exec sleep 300.7"]}
    }
    write(place, module("m", task("t", put(place, "f", "new"), slow, hosts="a")))
    assert place.wt("apply", "--yes").code == 0
    under_way = place.start("rollback", "--yes", "-o", "json")

    def undoing() -> list[str]:
        return processes("sleep 300.7")

    under_way.wait_until(lambda: bool(undoing()), "the undo runs")
    outcome, _ = under_way.cancel(signal.SIGINT, undoing)
    assert outcome.code == 130, outcome.err
    assert files(place) == {"a/f": "new"}
    listed = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"]
    assert [t["status"] for t in listed] == ["cancelled", "succeeded"]
    assert place.wt("rollback", listed[1]["id"], "--yes").code == 4

    gate.write_text("")
    # What was done is undone, whatever the document says by now.
    write(place, module("m", task("t", put(place, "f", "newer"), hosts="a")))
    resumed = place.wt("resume", listed[0]["id"], "--yes", "--interrupted", "rerun")
    assert resumed.code == 0, resumed.err
    assert "task-resumed" in place.wt("audit").out
    assert files(place) == {}
    listed = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"]
    assert [t["status"] for t in listed] == ["succeeded", "rolled-back"]
