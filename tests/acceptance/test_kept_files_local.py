"""What roles write beside playbook and inventory is found by the next tasks, and is private."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from acceptance.workspace import Outcome, Workspace

TASKS = """
- ansible.builtin.copy:
    content: "{{ lookup('ansible.builtin.password', item ~ '/credentials/app length=12') }}"
    dest: "{{ target }}/{{ inventory_hostname }}-{{ index }}"
    mode: "0600"
  loop: ["{{ inventory_dir }}", "{{ playbook_dir }}"]
  loop_control: {index_var: index}
  no_log: true
- ansible.builtin.fetch:
    src: "{{ target }}/source"
    dest: fetched/{{ inventory_hostname }}
    flat: true
- ansible.builtin.copy:
    content: beside an empty directory
    dest: certs/{{ inventory_hostname }}.pem
    mode: "0600"
  delegate_to: localhost
- ansible.builtin.raw: test -f {{ target }}/gate
  changed_when: false
"""


def _written(place: Workspace) -> dict[str, str]:
    return {path.name: path.read_text() for path in place.target.glob("h*")}


def _changes(outcome: Outcome) -> list[str]:
    assert outcome.code == 0, outcome.err + outcome.out
    return outcome.changed


def _kept(place: Workspace) -> list[str]:
    listed = place.wt("files", "cluster", "-o", "json")
    assert listed.code == 0, listed.err
    return [one["path"] for one in listed.json["items"]]


KEPT = [
    "certs/h1.pem",
    "certs/h2.pem",
    "credentials/app",
    "fetched/h1",
    "fetched/h2",
    "inventory/credentials/app",
]


@pytest.mark.long  # Ten runs; their parts: tests/unit/app/shared_files, test_other_machine_local.
def test_the_next_task_finds_what_a_role_wrote(tmp_path: Path) -> None:
    """After a failure with a resume, in a check, from a reviewed bundle, and after a kill."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    (tmp_path / "certs").mkdir()
    (place.target / "source").write_text("fetched")
    tasks = tmp_path / "roles" / "app" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "main.yml").write_text(TASKS)
    step: dict[str, Any] = {"name": "s", "role": "app"}
    place.write(
        {
            "rolesPath": ["./roles"],
            "hosts": [{"name": name, "connection": "local"} for name in ("h1", "h2")],
            "facts": {"gather": "never"},
            "modules": [
                {
                    "name": "m",
                    "vars": {"target": str(place.target)},
                    "tasks": [{"name": "t", "steps": [step]}],
                }
            ],
        }
    )
    # A check writes nothing, neither here nor for the next task.
    assert place.wt("apply", "--check", "--yes", "-o", "json").code in (0, 3)
    assert _kept(place) == []

    failed = place.wt("apply", "--yes", "-o", "json")
    assert failed.code != 0
    assert _kept(place) == KEPT
    assert "wt files cluster" in failed.err
    first = _written(place)
    passwords = {first["h1-0"], first["h1-1"]}
    assert first == {"h2-0": first["h1-0"], "h2-1": first["h1-1"], **first}
    (place.target / "gate").touch()
    resumed = place.wt("resume", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    assert _written(place) == first

    # As in plain Ansible, the second run changes nothing.
    assert _changes(place.wt("apply", "--yes", "-o", "json")) == []
    drift = place.wt("drift", "--min-coverage", "1", "-o", "json")
    assert drift.json["differs"] == []
    assert place.wt("compile", "--dir", "reviewed").code == 0
    assert _changes(place.wt("apply", "--dir", "reviewed", "--yes", "-o", "json")) == []
    assert _kept(place) == KEPT

    # Only the kept files have the passwords, and only this user can read them.
    directory = place.home / "files" / "cluster"
    assert (directory.stat().st_mode & 0o777, directory.parent.stat().st_mode & 0o777) == (
        *(0o700,),
        0o700,
    )
    for password in passwords:
        assert all(name.startswith("state/files/cluster/") for name in place.texts(password))

    # A process that was killed leaves its files in its own bundle.
    (last,) = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"][:1]
    task = place.home / "tasks" / last["id"]
    (task / "uncollected").write_text("cluster\n\n")
    left = task / "bundle" / "plays" / "left"
    left.mkdir()
    (left / "token").write_text("x")
    assert _changes(place.wt("apply", "--yes", "-o", "json")) == []
    assert _kept(place) == [*KEPT, "left/token"]

    # A bundle that is run by hand keeps them beside its own plays.
    hand = tmp_path / "hand"
    shutil.copytree(tmp_path / "reviewed", hand, symlinks=True)
    (hand / "plays" / "certs").mkdir()
    outputs = []
    for _ in range(2):
        outputs.append(place.ansible_playbook("site.yml", directory=hand))
    assert outputs[1].count("changed=0") == 2
