"""``wt resume --replan`` after a kill, and what plain Ansible makes of a bundle's tags."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.test_apply_local import HOSTS, module, sh, task
from acceptance.test_rollback_local import files, prepared, put, results, write
from acceptance.workspace import Workspace


@pytest.mark.long  # Five runs; also in tests/unit/cli/test_resume_replan.
def test_a_killed_task_goes_on_by_what_the_document_says_by_then(tmp_path: Path) -> None:
    """Its run is followed to its end first; what it did comes back when both are rolled back."""
    place = prepared(tmp_path)
    begun = place.path / "begun"
    old = {"name": "old", **put(place, "old", "one")}
    text = {"name": "text", **put(place, "text", "one")}
    slow = {"name": "slow", **sh(f"touch {begun}; sleep 3")}
    write(place, module("m", task("t", old, text, slow, hosts="a")))
    running = place.start("apply", "--yes")
    running.wait_until(begun.exists, "the last step")
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()

    text = {"name": "text", **put(place, "text", "two")}
    new = {"name": "new", **put(place, "new", "one")}
    write(place, module("m", task("t", text, slow, new, hosts="a")))
    refused = place.wt("resume", "--yes")
    assert refused.code == 4
    assert "--replan" in refused.err
    # No answer, so nothing is done but that the run is followed to its end.
    assert place.wt("resume", "--replan").code == 4
    resumed = place.wt("resume", "--replan", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    assert results(resumed.out) == {
        "m/t/text": {"a": "changed"},
        "m/t/slow": {"a": "skipped"},
        "m/t/new": {"a": "changed"},
    }
    assert "create-cluster/m/t/old on a: no longer in the plan" in resumed.err
    both = {"a/old": "one", "a/text": "two", "a/new": "one"}
    assert files(place) == dict(sorted(both.items()))

    [later, early] = place.wt("tasks", "list", "-o", "json").json["items"]
    assert later["id"] == resumed.json["task_id"]
    again = place.wt("resume", early["id"])
    assert (again.code, "wt resume" in again.err) == (4, False)
    assert f"roll it back first: `wt rollback {later['id']}`" in again.err
    assert place.wt("rollback", early["id"], "--yes").code == 4
    assert place.wt("rollback", later["id"], "--yes").code == 0
    assert files(place) == {"a/old": "one", "a/text": "one"}
    place.wt("rollback", early["id"], "--yes")
    assert files(place) == {}


@pytest.mark.long  # Also in test_tags_local, with roles and plays.
def test_tags_select_the_same_in_plain_ansible(tmp_path: Path) -> None:
    """Whole steps, with what their roles include, and the facts that they read."""
    place = Workspace(tmp_path)
    role = place.path / "roles" / "mine" / "tasks"
    role.mkdir(parents=True)
    (role / "main.yml").write_text("- ansible.builtin.include_tasks: '{{ what }}.yml'\n")
    (role / "inner.yml").write_text(
        "- ansible.builtin.copy:\n"
        "    content: \"{{ ansible_facts['kernel'] }}\"\n"
        '    dest: "{{ out }}/role"\n'
        '    mode: "0644"\n'
    )

    def marks(name: str) -> dict[str, object]:
        return {"name": name, **sh(f"touch {place.target}/{name}")}

    called = {"name": "role", "role": "mine", "vars": {"what": "inner", "out": str(place.target)}}
    place.write(
        {
            "hosts": HOSTS[:1],
            "rolesPath": ["./roles"],
            "facts": {"gatherSubset": ["min"]},
            "modules": [
                module("m", task("deploy", called, marks("one"), tags=["deploy"])),
                module("n", task("t", marks("two"), {**marks("three"), "tags": "deploy, late"})),
                module("o", task("t", {**marks("always"), "tags": ["always"]})),
            ],
        }
    )
    assert place.wt("compile", "--dir", "build").code == 0
    wanted = ["always", "one", "role", "three"]
    place.target.mkdir()
    plain = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "site.yml", "--tags", "deploy"],
        cwd=place.path / "build",
        env={**place.environment, "ANSIBLE_HOME": str(place.path / "ansible")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode == 0, plain.stdout + plain.stderr
    assert sorted(path.name for path in place.target.iterdir()) == wanted
    for name in wanted:
        (place.target / name).unlink()
    ran = place.wt("apply", "--tags", "deploy", "--yes")
    assert ran.code == 0, ran.err
    assert sorted(path.name for path in place.target.iterdir()) == wanted
