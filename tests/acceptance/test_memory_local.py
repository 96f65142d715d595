"""However nodes are cut into runs, a role knows what it would know in one ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.workspace import SHELL_LINE, Workspace

#: What a role learns of a host in each of Ansible's ways.
LEARN: list[dict[str, Any]] = [
    {"ansible.builtin.include_vars": "more.yml"},
    {"ansible.builtin.getent": {"database": "passwd", "key": "root"}},
    {"ansible.builtin.set_fact": {"release": "r-{{ inventory_hostname }}"}},
    {"ansible.builtin.set_fact": {"kept": "k", "cacheable": True}},
    {"ansible.builtin.command": "echo out-{{ inventory_hostname }}", "register": "said"},
    {"ansible.builtin.command": "echo {{ item }}", "loop": ["a", "b"], "register": "items"},
    {"ansible.builtin.command": "echo once", "run_once": True, "register": "once"},
    {"ansible.builtin.command": "true", "when": False, "register": "skipped"},
    {"ansible.builtin.add_host": {"name": "new", "groups": ["added"], "door": "{{ 40 + 2 }}"}},
    {"ansible.builtin.group_by": {"key": "is_{{ inventory_hostname }}", "parents": ["some"]}},
    {"ansible.builtin.copy": {"dest": "{{ dir }}/local.fact", "content": '{"v": 7}'}},
    {"ansible.builtin.setup": {"gather_subset": "!all,!min,local", "fact_path": "{{ dir }}"}},
]
#: What another role sees of it; defaults show what is lost.
SHOWN = {
    "included": "{{ included | default('lost') }}",
    "nested": "{{ (nested | default({})).a | default('lost') }}",
    "getent": "{{ (ansible_facts.getent_passwd | default({})).root | default('lost') }}",
    "release": "{{ release | default('lost') }}",
    "kept": "{{ ansible_facts.kept | default('lost') }}",
    "said": "{{ (said | default({})).stdout | default('lost') }}",
    "changed": "{{ said is defined and said is changed }}",
    "items": "{{ (items.results | default([])) | map(attribute='stdout') | join(',') }}",
    "once": "{{ (once | default({})).stdout | default('lost') }}",
    "skipped": "{{ skipped is defined and skipped is skipped }}",
    "local": "{{ (ansible_facts.ansible_local | default({})).local | default('lost') }}",
    "added": "{{ groups['added'] | default(['lost']) }}",
    "door": "{{ (hostvars['new'] | default({})).door | default('lost') }}",
    # Sorted: hosts join in the order in which they end the task.
    "grouped": "{{ groups['some'] | default(['lost']) | sort }} {{ group_names }}",
    "peer": "{{ hostvars['h3'].release | default('lost') }}",
}


def role(place: Path, name: str, *tasks: dict[str, Any]) -> Path:
    """Write a role; return its directory."""
    file = place / "roles" / name / "tasks" / "main.yml"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps([{"name": f"{name} {n}", **one} for n, one in enumerate(tasks)]))
    return file.parents[1]


def shown(directory: Path) -> dict[str, Any]:
    """Return what the role that shows saw, by host; and remove it."""
    files = sorted(directory.glob("*.json"))
    found = {file.stem: json.loads(file.read_text()) for file in files}
    for file in files:
        file.unlink()
    return found


@pytest.mark.long  # Five runs; also in tests/unit/runner/inside/test_host_memory.
def test_a_role_knows_what_it_knows_in_one_run_of_ansible(tmp_path: Path) -> None:
    """With a step on fewer hosts between, `serial`, a failure and a resume, and a selection."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    first = role(tmp_path, "first", *LEARN)
    (first / "vars").mkdir()
    (first / "vars" / "more.yml").write_text(
        "included: 'on {{ inventory_hostname }}'\nnested: {a: 1}\n"
    )
    role(tmp_path, "between", {"ansible.builtin.set_fact": {"other": 1}})
    content = "{{ shown | to_json }}"
    page = {"dest": "{{ dir }}/{{ inventory_hostname }}.json", "content": content}
    gate = {SHELL_LINE: f"test -f {place.target}/gate"}
    role(tmp_path, "second", gate, {"ansible.builtin.copy": page, "vars": {"shown": SHOWN}})
    steps = ("first", "between", "second")
    tasks: list[dict[str, Any]] = [
        {"name": name, "steps": [{"name": "s", "role": name}]} for name in steps
    ]
    tasks[1] |= {"needs": ["first"], "hosts": ["h1"]}
    tasks[2] |= {"needs": ["between"], "policy": {"serial": 2}}
    names = [f"h{n}" for n in (1, 2, 3)]
    place.write(
        {
            "rolesPath": ["./roles"],
            "hosts": [{"name": name, "connection": "local"} for name in names],
            "facts": {"gather": "never"},
            "modules": [{"name": "m", "vars": {"dir": str(place.target)}, "tasks": tasks}],
        }
    )
    (place.target / "gate").touch()
    compiled = place.wt("compile")
    assert compiled.code == 0, compiled.err
    plain = subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "site.yml",
            "-l",
            ",".join(names),
        ],
        cwd=tmp_path / "build" / "cluster",
        env={**place.environment, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode == 0, plain.stdout + plain.stderr
    wanted = shown(place.target)
    assert wanted.keys() == set(names)
    assert "lost" not in json.dumps(wanted)

    applied = place.wt("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.err + applied.out
    assert shown(place.target) == wanted

    (place.target / "gate").unlink()
    assert place.wt("apply", "--yes", "-o", "json").code == 3
    assert shown(place.target) == {}
    (place.target / "gate").touch()
    resumed = place.wt("resume", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err + resumed.out
    assert shown(place.target) == wanted

    selected = place.wt("apply", "--only", "m/second", "--yes", "-o", "json")
    assert selected.code == 0, selected.err + selected.out
    assert shown(place.target) == wanted


def test_what_was_not_written_down_is_set_again_for_what_changed(tmp_path: Path) -> None:
    """The role that sets it did not change; what sets nothing stays skipped."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    fact = {"ansible.builtin.set_fact": {"token": "t-{{ inventory_hostname }}"}, "no_log": True}
    role(tmp_path, "sets", fact)
    role(tmp_path, "other", {SHELL_LINE: "true"})
    role(tmp_path, "reads")

    def read(word: str) -> None:
        page = {"dest": f"{place.target}/page", "content": f"{word} {{{{ token }}}}"}
        task = {"name": "Write it", "ansible.builtin.copy": page}
        (tmp_path / "roles/reads/tasks/main.yml").write_text(json.dumps([task]))

    read("one")
    steps = [{"name": name, "role": name} for name in ("sets", "other", "reads")]
    place.write(
        {
            "rolesPath": ["./roles"],
            "hosts": [{"name": "h1", "connection": "local"}],
            "facts": {"gather": "never"},
            "modules": [{"name": "m", "tasks": [{"name": "t", "steps": steps}]}],
        }
    )
    assert place.wt("apply", "--yes").code == 0
    read("two")
    preview = place.wt("apply", "--changed", "--dry-run", "-o", "json")
    assert preview.code == 0, preview.err
    shown = [node["id"].rpartition("/")[2] for node in preview.json["nodes"]]
    assert shown == ["sets", "reads"]
    applied = place.wt("apply", "--changed", "--yes", "-o", "json")
    assert applied.code == 0, applied.err
    assert (place.target / "page").read_text() == "two t-h1"
    statuses = {name: node["hosts"]["h1"]["status"] for name, node in applied.nodes.items()}
    assert statuses == {"m/t/sets": "ok", "m/t/other": "skipped", "m/t/reads": "changed"}


def test_what_was_not_written_down_is_set_again_for_a_resume(tmp_path: Path) -> None:
    """With the same plan and with a new one; the preview says why. A selection has to have it."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    gate, page = place.target / "gate", place.target / "page"
    fact = {"ansible.builtin.set_fact": {"token": "t-{{ inventory_hostname }}"}, "no_log": True}
    read = {"dest": f"{page}-{{{{ inventory_hostname }}}}", "content": "{{ hostvars['h1'].token }}"}

    def write(*more: object) -> None:
        opened = {
            SHELL_LINE: f"test -e {gate}",
            "when": "inventory_hostname == 'h2'",
        }
        tasks = [opened, {"ansible.builtin.copy": read}, *more]
        sets = {"name": "sets", "steps": [{"name": "play", "tasks": [fact]}], "hosts": "h1"}
        reads = {"name": "reads", "steps": [{"name": "play", "tasks": tasks}]}
        place.write(
            {
                "hosts": [{"name": name, "connection": "local"} for name in ("h1", "h2", "h3")],
                "facts": {"gather": "never"},
                "policy": {"onFailure": "ignore"},
                "modules": [
                    {"name": "one", "tasks": [sets]},
                    {"name": "two", "needs": ["one"], "tasks": [reads]},
                ],
            }
        )

    write()
    assert place.wt("apply", "--yes").code == 3
    again = place.wt("resume", "--yes", "-o", "json")
    assert again.code == 3
    assert "create-cluster/one/sets/play on h1: what it set under `no_log`" in again.err
    statuses = {host: one["status"] for host, one in again.nodes["two/reads/play"]["hosts"].items()}
    assert statuses == {"h1": "changed", "h2": "failed", "h3": "changed"}
    write({"ansible.builtin.debug": {"msg": "{{ hostvars['h1'].token }}"}})
    gate.touch()
    replanned = place.wt("resume", "--replan", "--yes", "-o", "json")
    assert replanned.code == 0, replanned.err
    assert replanned.nodes["one/sets/play"]["hosts"]["h1"]["status"] == "ok"
    assert page.with_name("page-h2").read_text() == "t-h1"

    # A selection without the work that sets it is refused before a host is touched.
    tasks = place.wt("tasks", "list", "-o", "json").json["items"]
    refused = place.wt("apply", "--only", "two", "--yes")
    assert refused.code == 4
    assert "two/reads/play reads `token`, which create-cluster/one/sets/play set" in refused.err
    assert "`--only one/sets/play`" in refused.err
    newest, *rest = place.wt("tasks", "list", "-o", "json").json["items"]
    assert (newest["status"], rest) == ("refused", tasks)
    selected = place.wt("apply", "--only", "two", "--only", "one/sets/play", "--yes")
    assert selected.code == 0, selected.err
