"""``wt apply --dry-run``: order, times, the critical path; nothing touched, nothing kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from unit.cli.conftest import Wt, write_document
from unit.engine.plans import plan
from worldtree.app.tasks.run_reasons import ReasonCode, RunReason
from worldtree.cli.reason_lines import reason_lines
from worldtree.core.errors import ExitCode

HOME = "create-cluster/app/files/home"
PAGE = "create-cluster/app/files/page"
CHECK = "create-cluster/other/check/ready"


def test_a_dry_run_shows_order_times_and_the_critical_path(wt: Wt, shop: Path) -> None:
    ran = wt("apply", "-f", str(shop), "--dry-run")
    assert ran.code == ExitCode.OK
    lines = ran.out.splitlines()
    assert lines[0].split() == ["START", "NODE", "HOSTS", "DURATION", "BASED", "ON", "PATH"]
    assert lines[1].split()[:5] == ["+0.0s", "app/files/home", "web1,", "web2", "2.0s"]
    assert lines[1].endswith("estimate  critical")
    assert "shop create-cluster: dry run, no host was contacted (3 nodes on 2 hosts)" in ran.out
    assert "would take about 4.0s in 2 runs" in ran.out
    assert "critical path 4.0s: app/files/home → app/files/page" in ran.out


def test_a_dry_run_as_data(wt: Wt, shop: Path) -> None:
    ran = wt("apply", "-f", str(shop), "--dry-run", "-o", "json")
    data = ran.json
    assert (data["dry_run"], data["makespan"]) == (True, 4.0)
    assert data["critical_path"] == {"duration": 4.0, "nodes": [HOME, PAGE]}
    assert {node["id"]: (node["start"], node["end"]) for node in data["nodes"]} == {
        HOME: (0.0, 2.0),
        CHECK: (0.0, 3.0),
        PAGE: (2.0, 4.0),
    }
    assert [node["order"] for node in data["nodes"]] == [1, 2, 3]


def test_a_dry_run_leaves_nothing_behind(wt: Wt, shop: Path, tmp_path: Path) -> None:
    """No state is made, no directory of a task; there is no task to list either."""
    before = sorted(tmp_path.rglob("*"))
    assert wt("apply", "-f", str(shop), "--dry-run").code == ExitCode.OK
    assert sorted(tmp_path.rglob("*")) == before
    assert wt("tasks", "list", "-o", "json").json == {"items": []}


@pytest.mark.usefixtures("simulated")
def test_a_dry_run_knows_how_long_nodes_took(wt: Wt, shop: Path) -> None:
    """The store has the last durations; the task itself is not joined by another."""
    wt("apply", "-f", str(shop), "--yes")
    data = wt("apply", "-f", str(shop), "--dry-run", "-o", "json").json
    assert {node["basis"] for node in data["nodes"]} == {"measured"}
    assert data["makespan"] < 2.0
    assert len(wt("tasks", "list", "-o", "json").json["items"]) == 1


def test_a_dry_run_of_a_selection(wt: Wt, shop: Path) -> None:
    data = wt("apply", "-f", str(shop), "--dry-run", "--only", "other/*", "-o", "json").json
    assert [node["id"] for node in data["nodes"]] == [CHECK]


def test_a_dry_run_has_no_events_to_stream(wt: Wt, shop: Path) -> None:
    ran = wt("apply", "-f", str(shop), "--dry-run", "--events", "jsonl")
    assert ran.code == ExitCode.INPUT
    assert "--dry-run and --events cannot be combined" in ran.err


@pytest.mark.usefixtures("simulated")
def test_a_dry_run_of_what_has_changed(wt: Wt, shop: Path) -> None:
    """Only that is rehearsed."""
    fresh = wt("apply", "-f", str(shop), "--dry-run", "--changed", "-o", "json").json
    assert len(fresh["nodes"]) == 3
    wt("apply", "-f", str(shop), "--yes")
    shop.write_text(shop.read_text().replace("hi", "ho"))
    changed = wt("apply", "-f", str(shop), "--dry-run", "--changed", "-o", "json").json
    assert [node["id"] for node in changed["nodes"]] == [PAGE]


def _reasons(wt: Wt, document: Path, *more: str) -> dict[str, list[tuple[str, list[str]]]]:
    """Return node -> (code, inputs) of each reason for which it would run under `--changed`."""
    ran = wt("apply", "-f", str(document), "--dry-run", "--changed", "-o", "json", *more)
    return {
        node["id"].split("/", 1)[1]: [(one["code"], one["inputs"]) for one in node["reasons"]]
        for node in ran.json["nodes"]
    }


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("mode", ["--yes", "--check"])
def test_a_run_of_what_has_changed_says_why(wt: Wt, shop: Path, mode: str) -> None:
    """A line per reason on stderr before it starts, and `reasons` of the nodes that run in JSON."""
    wt("apply", "-f", str(shop), "--yes")
    shop.write_text(shop.read_text().replace("hi", "ho"))
    ran = wt("apply", "-f", str(shop), mode, "--changed", "-o", "json")
    page = PAGE.split("/", 1)[1]
    lines = ["--changed: 1 of 3 nodes to run", f"  {page}: its step in the document changed"]
    assert ran.err.splitlines()[:2] == lines
    reasons = {node["id"]: node["reasons"] for node in ran.json["nodes"]}
    (why,) = reasons.pop(PAGE)
    assert (why["code"], why["hosts"]) == ("step-changed", ["web1", "web2"])
    assert set(map(bool, reasons.values())) == {False}


@pytest.mark.usefixtures("simulated")
def test_a_run_of_everything_gives_no_reasons(wt: Wt, shop: Path) -> None:
    ran = wt("apply", "-f", str(shop), "--yes", "-o", "json")
    assert "to run" not in ran.err
    assert not any("reasons" in node for node in ran.json["nodes"])


def test_many_reasons_and_nodes_are_counted() -> None:
    """Lines stay few and short, whatever the size of the plan."""
    wanted = plan({f"n{number}": ["h1", "h2"] for number in range(30)})
    one = RunReason.of(ReasonCode.OVERTAKEN)
    reasons = {
        (name, host): (one, RunReason(ReasonCode.ROLE_CHANGED, f"the role `r{number}` changed"))
        for number, (name, node) in enumerate(wanted.graph.nodes.items())
        for host in node.hosts
    }
    lines = list(reason_lines(wanted, reasons))
    assert lines[:2] == [
        "--changed: 30 of 30 nodes to run",
        "  m/t/n0, m/t/n1, m/t/n2 and 27 more: another pipeline worked on it since",
    ]
    assert lines[-1] == "  21 more reasons; `wt apply --dry-run --changed` shows all"
    assert len(lines) == 12


@pytest.mark.usefixtures("simulated")
def test_a_dry_run_says_why_work_runs_again(wt: Wt, tmp_path: Path) -> None:
    """Only what is certain is said to be the reason; other changes since then are named as such."""
    inventory = {
        "inv/hosts.ini": "[web]\nw1 ansible_connection=local\nw2 ansible_connection=local\n",
        "inv/host_vars/w2.yml": "workers: 4\n",
        "roles/app/tasks/main.yml": "- ansible.builtin.ping:\n",
    }
    write_tree(tmp_path, inventory)
    steps = [
        {"name": "say", "command": "echo {{ workers | default(1) }}"},
        {"name": "role", "role": "app"},
    ]

    def document(word: str = "true") -> Path:
        command = {"name": "own", "command": word}
        task = {"name": "t", "hosts": "web", "steps": [*steps, command]}
        modules = [{"name": "m", "tasks": [task]}]
        spec = {
            "inventory": "inv",
            "rolesPath": ["roles"],
            "facts": {"gather": "never"},
            "modules": modules,
        }
        return write_document(tmp_path / "cluster.yaml", spec)

    nothing = [("no-success", [])]
    names = ("m/t/say", "m/t/role", "m/t/own")
    assert _reasons(wt, document()) == dict.fromkeys(names, nothing)
    wt("apply", "-f", str(document()), "--yes")
    assert _reasons(wt, document()) == {}

    assert _reasons(wt, document("echo")) == {"m/t/own": [("step-changed", [])]}
    write_tree(tmp_path, {"roles/app/tasks/main.yml": "- ansible.builtin.setup:\n"})
    tasks = "roles/app/tasks/main.yml"
    assert _reasons(wt, document()) == {"m/t/role": [("role-changed", [tasks])]}
    write_tree(tmp_path, inventory)
    write_tree(tmp_path, {"inv/host_vars/w2.yml": "workers: 5\n"})
    file = "inventory/host_vars/w2.yml"
    assert _reasons(wt, document()) == {"m/t/say": [("input-changed", [file])]}
    shown = wt("apply", "-f", str(document()), "--dry-run", "--changed").out
    assert f"  m/t/say: its input changed; changed since then: {file}\n" in shown
    line = "[web]\nw1 ansible_connection=local\nw2 ansible_connection=local ansible_user=x\n"
    write_tree(tmp_path, {**inventory, "inv/hosts.ini": line})
    elsewhere = [("connection-changed", [])]
    assert _reasons(wt, document()) == dict.fromkeys(names, elsewhere)
