"""Work that one host's failure stops on others: not done there, and done by what follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.workspace import SHELL_LINE, Workspace

HOSTS = [{"name": f"h{n}", "connection": "local", "address": f"127.0.0.{n}"} for n in (1, 2, 3)]
ALL = {"h1", "h2", "h3"}


def role(place: Path, name: str, *tasks: dict[str, Any], part: str = "tasks") -> None:
    """Write a role, or its handlers."""
    file = place / "roles" / name / part / "main.yml"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(tasks))


def module(name: str) -> dict[str, Any]:
    """A module with a role of its name, and another role that each host runs after it."""
    first = {"name": "first", "steps": [{"name": "s", "role": name}]}
    each = {"name": "each", "steps": [{"name": "s", "role": "each"}]}
    return {"name": name, "tasks": [first, {**each, "needs": [{"task": "first", "scope": "host"}]}]}


@pytest.mark.long  # Four runs; also in tests/unit/runner/inside/test_play_end_reporter.
def test_hosts_that_another_one_stopped_are_done_by_a_later_run(tmp_path: Path) -> None:
    """As with Ansible, no host goes on after a failed `run_once` or `any_errors_fatal` task."""
    place = Workspace(tmp_path)

    def log(word: str) -> dict[str, Any]:
        line = f"echo {word} {{{{ inventory_hostname }}}} >> {tmp_path}/{{{{ role_name }}}}.log"
        return {"name": word, SHELL_LINE: line}

    def logged(name: str, word: str) -> set[str]:
        lines = (tmp_path / f"{name}.log").read_text().splitlines()
        return {line.split()[1] for line in lines if line.split()[0] == word}

    gate = {"name": "Gate", SHELL_LINE: f"test -f {tmp_path}/gate"}
    on_h1 = "inventory_hostname == 'h1'"
    role(tmp_path, "once", log("before"), {**gate, "run_once": True}, log("after"))
    fatal = {**gate, "any_errors_fatal": True, "when": on_h1}
    role(tmp_path, "fatal", log("before"), fatal, log("after"))
    role(tmp_path, "each", log("each"))
    place.write(
        {
            "rolesPath": ["./roles"],
            "hosts": HOSTS,
            "facts": {"gather": "never"},
            "modules": [module("once"), module("fatal")],
            "policy": {"onFailure": "ignore"},
        }
    )
    for command in (("apply",), ("apply", "--changed")):
        stopped = place.wt(*command, "--yes", "-o", "json")
        assert stopped.code == 1, stopped.err
        for name in ("once", "fatal"):
            assert set(stopped.hosts(f"{name}/first/s").values()) == {"failed"}
            assert set(stopped.hosts(f"{name}/each/s").values()) == {"not-run"}
            assert logged(name, "before") == ALL
            assert logged(name, "after") == set()
    assert not (tmp_path / "each.log").exists()
    (tmp_path / "gate").touch()
    resumed = place.wt("resume", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    assert logged("once", "after") == logged("fatal", "after") == logged("each", "each") == ALL
    unchanged = place.wt("apply", "--changed", "--yes", "-o", "json")
    assert (unchanged.code, unchanged.changed) == (0, [])
    # Nothing was left to run: Ansible was not even loaded.
    assert not (place.home / "tasks" / unchanged.json["task_id"] / "launcher.log").exists()


@pytest.mark.long  # Also in tests/unit/runner/inside/test_notified_handlers, in real runs.
def test_handlers_that_were_notified_before_a_failure_run_with_the_next_try(tmp_path: Path) -> None:
    """Be it a retry or a resume; and what an earlier try changed is changed."""
    place = Workspace(tmp_path)
    config = {
        "name": "Config",
        "ansible.builtin.copy": {
            "content": "x",
            "dest": f"{tmp_path}/{{{{ role_name }}}}.{{{{ inventory_hostname }}}}",
            "mode": "0600",
        },
        "notify": "restart",
    }
    marker = f"{tmp_path}/{{{{ role_name }}}}.gate.{{{{ inventory_hostname }}}}"
    opens = {"name": "Fail once", SHELL_LINE: f"mkdir {marker} && exit 1 || exit 0"}
    waits = {"name": "Gate", SHELL_LINE: f"test -f {tmp_path}/gate"}
    line = f"echo {{{{ role_name }}}} {{{{ inventory_hostname }}}} >> {tmp_path}/restarts"
    for name, task in (("retried", opens), ("resumed", waits)):
        role(tmp_path, name, config, {**task, "changed_when": False})
        role(tmp_path, name, {"name": "restart", SHELL_LINE: line}, part="handlers")
    retried, resumed = (
        {"name": name, "tasks": [{"name": "t", "steps": [{"name": "s", "role": name}], **more}]}
        for name, more in (
            ("retried", {"policy": {"retries": 1, "backoff": "10ms"}}),
            ("resumed", {}),
        )
    )
    place.write(
        {
            "rolesPath": ["./roles"],
            "hosts": HOSTS[:2],
            "facts": {"gather": "never"},
            "modules": [retried, resumed],
            "policy": {"onFailure": "ignore"},
        }
    )
    first = place.wt("apply", "--yes", "-o", "json")
    assert first.hosts("retried/t/s") == {"h1": "changed", "h2": "changed"}
    assert first.hosts("resumed/t/s") == {"h1": "failed", "h2": "failed"}
    restarts = tmp_path / "restarts"
    assert sorted(restarts.read_text().splitlines()) == ["retried h1", "retried h2"]
    (tmp_path / "gate").touch()
    second = place.wt("resume", "--yes", "-o", "json")
    assert second.code == 0, second.err
    assert second.hosts("resumed/t/s") == {"h1": "changed", "h2": "changed"}
    assert sorted(restarts.read_text().splitlines()) == [
        f"{name} {host}" for name in ("resumed", "retried") for host in ("h1", "h2")
    ]


def test_work_on_a_host_that_was_never_connected_has_not_begun(tmp_path: Path) -> None:
    """Nobody is asked whether it took effect; the next connection check is what ends the resume."""
    place = Workspace(tmp_path)
    steps = [{"name": "s", "command": {"argv": ["true"]}}]
    dead = {"name": "dead", "address": "127.0.0.1", "port": 1}
    tasks = [{"name": "t", "hosts": ["h1", "dead"], "steps": steps}]
    place.write(
        {
            "hosts": [HOSTS[0], dead],
            "modules": [{"name": "m", "tasks": tasks}],
            "policy": {"onFailure": "ignore"},
        }
    )
    assert place.wt("apply", "--yes").code == 3
    resumed = place.wt("resume", "--yes")
    assert resumed.code == 1
    assert "re-run  create-cluster/m/t/s on dead" in resumed.out + resumed.err
    assert "1 of 1 hosts failed the connection check" in resumed.err
