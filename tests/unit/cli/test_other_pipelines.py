"""What `wt` does with a task after another pipeline worked on the same thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import ScriptedExecutor, Wt, write_document
from worldtree.core.errors import ExitCode

INSTALL, PAGE = "create-cluster/web/app/install", "create-cluster/web/app/page"
LAST = "create-cluster/last/t/s"
REMOVE = "destroy-cluster/web/app/install"

Simulated = type[ScriptedExecutor]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A document with a role that can be removed, verified and rolled back, and steps beside it."""
    tasks = tmp_path / "roles" / "nginx" / "tasks"
    tasks.mkdir(parents=True)
    for entry in ("main", "remove", "verify", "rollback"):
        (tasks / f"{entry}.yml").write_text("---\n- ansible.builtin.ping:\n")
    return write_document(tmp_path / "cluster.yaml", spec())


def spec(**more: Any) -> dict[str, Any]:
    """The spec: the last node is of another module."""
    steps = [
        {"name": "install", "role": "nginx"},
        {"name": "page", "copy": {"dest": "/tmp/page", "content": "hi", "mode": "0644"}},
    ]
    last = {"name": "s", "copy": {"dest": "/tmp/last", "content": "hi", "mode": "0644"}}
    return {
        "hosts": [{"name": name, "connection": "local"} for name in ("h1", "h2")],
        "rolesPath": ["./roles"],
        "facts": {"gather": "never"},
        "modules": [
            {"name": "web", "tasks": [{"name": "app", "steps": steps}]},
            {"name": "last", "needs": ["web"], "tasks": [{"name": "t", "steps": [last]}]},
        ],
        **more,
    }


def run(wt: Wt, *words: str, code: ExitCode = ExitCode.OK) -> dict[str, Any]:
    """Run a command that makes a task and return the result."""
    ran = wt(*words, "--yes", "-o", "json")
    assert ran.code == code, ran.err
    result: dict[str, Any] = ran.json
    return result


def status(result: dict[str, Any], node: str) -> dict[str, str]:
    """Status by host of a node."""
    (found,) = [one for one in result["nodes"] if one["id"] == node]
    return {name: host["status"] for name, host in found["hosts"].items()}


def cut(wt: Wt, file: Path, simulated: Simulated) -> str:
    """Return the id of an apply whose last node failed on one host."""
    simulated.outcomes = {(LAST, "h1"): "failed"}
    task: str = run(wt, "apply", "-f", str(file), code=ExitCode.PARTIAL)["task_id"]
    simulated.outcomes = {}
    return task


CHANGED = {"h1": "changed", "h2": "changed"}


@pytest.mark.parametrize("replan", [False, True])
def test_what_was_removed_since_is_done_again_by_a_resume(
    wt: Wt, file: Path, simulated: Simulated, *, replan: bool
) -> None:
    """The module that was removed, on the hosts on which it was; the rest is reused."""
    task = cut(wt, file, simulated)
    run(wt, "verify", "-f", str(file))
    simulated.outcomes = {(REMOVE, "h2"): "unreachable"}
    removal = run(wt, "destroy", "-f", str(file), code=ExitCode.PARTIAL)["task_id"]
    simulated.outcomes = {}
    if replan:
        write_document(file, spec(policy={"concurrency": 2}))
    words = ("resume", task, *(["--replan"] if replan else []))
    refused = wt(*words)
    for node in (INSTALL, PAGE):
        assert f"re-run  {node} on h1, h2: task {removal} worked on it since" in refused.err
    done = run(wt, *words)
    assert status(done, INSTALL) == status(done, PAGE) == CHANGED
    assert status(done, LAST) == {"h1": "changed", "h2": "skipped" if replan else "changed"}


@pytest.mark.usefixtures("simulated")
def test_what_was_removed_is_installed_again_by_apply_changed(wt: Wt, file: Path) -> None:
    """The whole module of what was removed; other modules stay, and `drift` names what is gone."""
    changed = ("apply", "-f", str(file), "--changed")
    run(wt, "apply", "-f", str(file))
    run(wt, "verify", "-f", str(file))
    known = run(wt, *changed)
    assert {host["status"] for node in known["nodes"] for host in node["hosts"].values()} == {
        "skipped"
    }
    run(wt, "destroy", "-f", str(file))
    again = run(wt, *changed)
    assert status(again, INSTALL) == status(again, PAGE) == CHANGED
    assert status(again, LAST) == {"h1": "skipped", "h2": "skipped"}


def test_what_was_removed_and_done_again_since_is_reused_by_a_resume(
    wt: Wt, file: Path, simulated: Simulated
) -> None:
    """`verify` overtakes nothing, and a later success with the same input counts."""
    task = cut(wt, file, simulated)
    run(wt, "destroy", "-f", str(file))
    run(wt, "apply", "-f", str(file), "--only", "web")
    run(wt, "verify", "-f", str(file))
    refused = wt("resume", task)
    assert f"reused  {INSTALL} on h1, h2: done before" in refused.err
    assert f"reused  {PAGE} on h1, h2: done before" in refused.err


def test_what_a_rollback_undid_since_is_done_again_by_a_resume(
    wt: Wt, file: Path, simulated: Simulated
) -> None:
    """The rollback of a later task of the same pipeline."""
    task = cut(wt, file, simulated)
    run(wt, "apply", "-f", str(file))
    undoing = run(wt, "rollback")["task_id"]
    refused = wt("resume", task)
    assert f"re-run  {INSTALL} on h1, h2: task {undoing} worked on it since" in refused.err


@pytest.mark.usefixtures("simulated")
def test_an_apply_is_not_rolled_back_after_its_work_was_removed(wt: Wt, file: Path) -> None:
    """The refusal names the removal, which cannot be undone."""
    task = run(wt, "apply", "-f", str(file))["task_id"]
    removal = run(wt, "destroy", "-f", str(file))["task_id"]
    refused = wt("rollback", task, "--yes")
    assert refused.code == ExitCode.REFUSED
    assert f"task {removal} changed the same work after task {task}: {REMOVE} on h1" in refused.err
    assert f"task {removal} cannot be rolled back itself" in refused.err
    # No task is offered that would be refused.
    refused = wt("rollback", removal, "--yes")
    assert refused.code == ExitCode.REFUSED
    assert "wt rollback" not in refused.err


def test_a_removal_that_found_nothing_and_a_verify_keep_no_apply_from_being_rolled_back(
    wt: Wt, file: Path, simulated: Simulated
) -> None:
    task = run(wt, "apply", "-f", str(file))["task_id"]
    run(wt, "verify", "-f", str(file))
    simulated.outcomes = {(REMOVE, host): "ok" for host in ("h1", "h2")}
    run(wt, "destroy", "-f", str(file))
    simulated.outcomes = {}
    assert status(run(wt, "rollback", task), INSTALL) == CHANGED


def test_a_rollback_is_not_resumed_after_its_work_was_done_again(
    wt: Wt, file: Path, simulated: Simulated
) -> None:
    """It would undo what the later task did."""
    run(wt, "apply", "-f", str(file))
    simulated.outcomes = {(INSTALL, "h2"): "failed"}
    undoing = run(wt, "rollback", code=ExitCode.PARTIAL)["task_id"]
    simulated.outcomes = {}
    later = run(wt, "apply", "-f", str(file))["task_id"]
    refused = wt("resume", undoing, "--yes")
    assert refused.code == ExitCode.REFUSED
    assert f"task {later} changed the same work" in refused.err
    assert f"`wt rollback {later}`" in refused.err
    run(wt, "rollback", later)
    assert status(run(wt, "resume", undoing), INSTALL)["h2"] == "changed"
