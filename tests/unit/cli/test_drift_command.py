"""drift with an executor that touches nothing: what is said, and the exit codes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import ScriptedExecutor, Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode
from worldtree.runner.connect.connection_check import HostConnection

HOME = "create-cluster/app/files/home"
PAGE = "create-cluster/app/files/page"

Simulated = type[ScriptedExecutor]
AS_DESCRIBED = {(node, host): "ok" for node in (HOME, PAGE) for host in ("web1", "web2")}


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """A document of which half cannot be looked at: a command has no check mode."""
    spec: dict[str, Any] = shop_spec()
    [app, other] = spec["modules"]
    app["tasks"][0]["steps"][1] = {"name": "page", "command": {"argv": ["true"]}}
    spec["modules"] = [app]
    del other
    return write_document(tmp_path / "half.yaml", spec)


def test_a_cluster_that_is_looked_at_whole_is_clean(
    wt: Wt, shop: Path, simulated: Simulated
) -> None:
    simulated.outcomes = AS_DESCRIBED
    ran = wt("drift", "-f", str(shop))
    assert ran.code == ExitCode.OK, ran.out + ran.err
    assert "shop: clean; coverage 100 % (4 of 4 nodes on hosts)" in ran.out


def test_a_difference_is_drift_whatever_the_coverage(
    wt: Wt, half: Path, simulated: Simulated
) -> None:
    simulated.outcomes = {**AS_DESCRIBED, (HOME, "web2"): "changed"}
    ran = wt("drift", "-f", str(half), "--min-coverage", "1", "-o", "json")
    assert (ran.code, ran.json["status"]) == (ExitCode.PARTIAL, "drift")
    assert [(one["node"], one["host"]) for one in ran.json["differs"]] == [(HOME, "web2")]


def test_what_was_found_before_is_kept(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """Newest first, each with its task; nothing is looked at for it."""
    assert "never looked for" in wt("drift", "-f", str(shop), "--history").err
    simulated.outcomes = AS_DESCRIBED
    assert wt("drift", "-f", str(shop)).code == ExitCode.OK
    simulated.outcomes = {**AS_DESCRIBED, (HOME, "web2"): "changed"}
    found = wt("drift", "-f", str(shop), "-o", "json").json
    ran = wt("drift", "-f", str(shop), "--history", "-o", "json")
    assert ran.code == ExitCode.OK
    new, old = ran.json["items"]
    assert (new["task_id"], new["status"], new["differing"]) == (found["tasks"][0], "drifted", 1)
    assert (old["status"], old["differing"]) == ("clean", 0)
    assert (new["checked"], new["total"]) == (4, 4)
    shown = wt("drift", "-f", str(shop), "--history").out
    assert new["task_id"] in shown
    assert "4 of 4" in shown


def test_what_was_not_looked_at_is_never_called_clean(
    wt: Wt, half: Path, simulated: Simulated
) -> None:
    """Too little coverage is exit code 3 though nothing differs; how much is enough can be said."""
    simulated.outcomes = AS_DESCRIBED
    ran = wt("drift", "-f", str(half))
    assert ran.code == ExitCode.PARTIAL
    assert "clean" not in ran.out + ran.err
    assert "no difference found; coverage 50 % (2 of 4 nodes on hosts)" in ran.out
    assert "50 % is below the required 100 % (--min-coverage)" in ran.err
    enough = wt("drift", "-f", str(half), "--min-coverage", "50", "-o", "json")
    assert enough.code == ExitCode.OK
    assert {
        name: enough.json[name] for name in ("status", "coverage", "min_coverage", "pairs")
    } == {
        "status": "incomplete",
        "coverage": 50,
        "min_coverage": 50,
        "pairs": 4,
    }
    assert wt("drift", "-f", str(half), "--min-coverage", "51").code == ExitCode.PARTIAL


def test_a_part_of_the_document_is_never_called_the_whole(
    wt: Wt, shop: Path, simulated: Simulated
) -> None:
    """The coverage and the exit code are about the part; what was left out is counted."""
    simulated.outcomes = AS_DESCRIBED
    ran = wt("drift", "-f", str(shop), "--limit", "all:!web2", "--only", "app/files/page")
    assert ran.code == ExitCode.OK, ran.out + ran.err
    assert "shop: no difference found; coverage 100 % (1 of 1 nodes on hosts)" in ran.out
    assert "not selected: 3 of 4 nodes on hosts, not looked at" in ran.out
    data = wt("drift", "-f", str(shop), "--hosts", "web1", "-o", "json").json
    found = {name: data[name] for name in ("status", "coverage", "pairs", "not_selected")}
    assert found == {"status": "incomplete", "coverage": 100, "pairs": 2, "not_selected": 2}
    assert wt("drift", "-f", str(shop), "--hosts", "web9").code == ExitCode.INPUT


@pytest.mark.usefixtures("simulated")
def test_a_part_of_verify_says_what_it_did_not_look_at(wt: Wt, tmp_path: Path) -> None:
    for entry in ("main", "verify"):
        file = tmp_path / "roles" / "app" / "tasks" / f"{entry}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[{ansible.builtin.command: date}]")
    spec: dict[str, Any] = {**shop_spec(), "rolesPath": ["./roles"]}
    spec["modules"] = [{"name": "m", "tasks": [{"name": "t", "steps": [{"role": "app"}]}]}]
    shop = write_document(tmp_path / "cluster.yaml", spec)
    line = "not selected: 1 of 2 nodes on hosts, not looked at"
    part = wt("verify", "-f", str(shop), "--yes", "--limit", "web*:!web2")
    assert part.code == ExitCode.OK, part.err
    assert line in part.out
    assert "not selected" not in wt("verify", "-f", str(shop), "--yes").out


def test_no_coverage_is_never_green(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """Not even by asking for none."""
    simulated.outcomes = dict.fromkeys(AS_DESCRIBED, "unreachable")
    ran = wt("drift", "-f", str(shop), "--min-coverage", "1", "-o", "json")
    assert (ran.code, ran.json["coverage"]) == (ExitCode.PARTIAL, 0)
    assert ran.json["status"] == "incomplete"
    assert wt("drift", "-f", str(shop), "--min-coverage", "0").code == ExitCode.INPUT


@pytest.mark.parametrize(
    ("on_failure", "dead"), [("fail-fast", ("web2",)), ("rollback", ("web1", "web2"))]
)
@pytest.mark.usefixtures("simulated")
def test_hosts_that_cannot_be_worked_on_leave_the_others_looked_at(
    wt: Wt,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dead: tuple[str, ...],
    on_failure: str,
) -> None:
    """Whatever the policy says of failures, which are none where nothing is changed."""
    shop = write_document(
        tmp_path / "cluster.yaml", {**shop_spec(), "policy": {"onFailure": on_failure}}
    )
    found = tuple(HostConnection(host, "failed", "host-down", "gone") for host in dead)
    monkeypatch.setattr(
        "worldtree.runner.connect.connection_check.check_connections", lambda *_, **__: found
    )
    ran = wt("drift", "-f", str(shop), "-o", "json")
    assert ran.code == ExitCode.PARTIAL, ran.err
    counted = re.search(r"failed, [\d.]+s, 1 would change, 1 unreachable", ran.err)
    assert bool(counted) == (len(dead) == 1)
    by_host = [(one["node"], one["host"], one["why"]) for one in ran.json["unknown"]]
    assert by_host == [(node, host, "gone") for node in (HOME, PAGE) for host in dead]
    living = [(node, "web1") for node in (HOME, PAGE) if "web1" not in dead]
    assert [(one["node"], one["host"]) for one in ran.json["differs"]] == living


def test_what_was_found_to_differ_is_no_change(wt: Wt, shop: Path, simulated: Simulated) -> None:
    """Not in the list of tasks, and not in the progress."""
    simulated.outcomes = {**AS_DESCRIBED, (HOME, "web2"): "changed"}
    ran = wt("drift", "-f", str(shop))
    assert "1 ok, 1 would change" in ran.err
    (task,) = wt("tasks", "list", "-o", "json").json["items"]
    assert (task["command"], task["changed"]) == ("drift", 0)
    assert wt("tasks", "list").out.splitlines()[1].split()[-3:] == ["2", "-", "0"]
