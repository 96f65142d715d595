"""``wt drift`` on a host with a local connection: a file edited by hand shows, with its diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from acceptance.test_apply_local import module, sh, spec, task
from acceptance.workspace import Workspace


def test_an_edited_file_is_drift_until_it_is_put_back(tmp_path: Path) -> None:
    """Drift with the diff, then none; unchecked nodes never count as clean."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    file = place.target / "app.conf"
    render = {"copy": {"content": "port = 1\n", "dest": str(file), "mode": "0644"}}
    marks = sh(f"touch {place.target}/mark")
    place.write(spec(module("m", task("t", render, marks, hosts="a"))))
    assert place.wt("apply", "--yes").code == 0

    file.write_text("port = 2\n")
    drifted = place.wt("drift", "-o", "json")
    assert (drifted.code, drifted.json["status"]) == (3, "drift")
    (one,) = drifted.json["differs"]
    assert (one["node"], one["host"]) == ("create-cluster/m/t/s1", "a")
    assert {"-port = 2", "+port = 1"} <= set(one["diff"])
    assert file.read_text() == "port = 2\n"

    table = place.wt("drift")
    assert table.code == 3
    assert "differs  m/t/s1 on a" in table.out
    assert "unknown  m/t/s2 on a" in table.out
    assert "+port = 1" in table.out

    file.write_text("port = 1\n")
    clean = place.wt("drift", "--min-coverage", "50", "-o", "json")
    assert clean.code == 0, clean.err
    assert (clean.json["status"], clean.json["differs"]) == ("incomplete", [])
    assert clean.json["coverage"] == 50
    assert [one["node"] for one in clean.json["unknown"]] == ["create-cluster/m/t/s2"]
    listed = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"]
    assert [t["command"] for t in listed] == ["drift"] * 3 + ["apply"]
    # Looking is no success: what was applied is still known, and nothing else.
    again = place.wt("apply", "--yes", "--changed", "-o", "json")
    assert set(again.statuses.values()) == {"skipped"}
    assert place.wt("rollback", listed[0]["id"], "--yes").code == 4


#: Tasks of a role by what a check makes of them.
ROLE = """
- {name: plain, copy: {dest: "@/plain", content: x}}
- check_mode: false
  block:
    - {name: real read, command: echo 1, changed_when: false, register: a}
    - {name: left out, command: touch @/changed, register: b}
    - {name: left out, copy: {dest: "@/copied", content: x}}
- {name: uses a, copy: {dest: "@/a", content: "{{ a.stdout }}"}}
- {name: left out, copy: {dest: "@/b", content: "{{ b.stdout }}"}}
- {name: not in check mode, command: echo x, register: c}
- {name: left out, copy: {dest: "@/{{ item }}", content: x}, loop: "{{ c.stdout_lines }}"}
- {name: quietly left out, set_fact: {d: "{{ c.stdout }}"}}
- {name: left out, copy: {dest: "@/d", content: "{{ d }}"}, no_log: true}
- {name: left out, template: {dest: "@/t", src: t.j2}}
- {name: quietly left out, debug: {var: d}}
- {when: c.rc == 0, block: [{name: left out, copy: {dest: "@/e", content: x}}]}
- {name: left out, copy: {dest: "@/{{ item }}", content: "{{ c.stdout }}"}, loop: [x], when: item}
- {name: by condition, copy: {dest: "@/f", content: "{{ c.stdout }}"}, when: 1 == 2}
- {name: by condition, command: echo, register: e, when: 1 == 2}
- {name: by condition, copy: {dest: "@/g", content: x}, when: e is not skipped}
- {name: include, include_tasks: more.yml}
- {name: left out, include_tasks: more.yml, when: c.rc == 0}
"""


#: Tasks of a play that changes nothing, as far as check mode can show, and three that it skips.
PLAY = """
- {name: looked at, file: {path: "@", state: directory}}
- {name: guarded, command: {cmd: touch @/x, creates: "@"}}
- {name: guarded, script: {cmd: run.sh, creates: "@"}}
- {name: by condition, shell: touch @/x, when: 1 == 2}
- {name: by condition, shell: touch @/x, loop: [1, 2], when: item > 2}
- {name: no items, shell: touch @/x, loop: []}
- {name: reads, shell: cat @/x, changed_when: false, failed_when: false}  # There is nothing yet.
- {name: runs, shell: touch @/x}
- {name: hidden, raw: touch @/x, no_log: true}
- {name: one item, shell: touch @/x, loop: [1, 2], when: item > 1}
"""


@pytest.mark.long  # Two checks; also in tests/unit/runner/inside/test_check_mode.
def test_only_the_tasks_in_question_are_left_out_of_a_check(tmp_path: Path) -> None:
    """Those that would run for real, and those that read what only a real run knows."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    tasks = place.path / "roles/r/tasks"
    tasks.mkdir(parents=True)
    (tasks / "main.yml").write_text(ROLE.replace("@", str(place.target)))
    (tasks / "more.yml").write_text("- {name: included, debug: }\n")
    (tasks.parent / "templates").mkdir()
    (tasks.parent / "templates" / "t.j2").write_text("{% include 'inner.j2' %}")
    (tasks.parent / "templates" / "inner.j2").write_text("{{ c.stdout | default('') }}")
    play = {"tasks": yaml.safe_load(PLAY.replace("@", str(place.target)))}
    steps = task("t", {"role": "r"}, play, hosts="a")
    place.write({**spec(module("m", steps)), "rolesPath": ["roles"]})
    checked = place.wt("apply", "--check", "-o", "json")
    assert checked.code == 0, checked.err
    assert list(place.target.iterdir()) == []
    status = {"not in check mode": "skipped", "plain": "changed", "uses a": "changed"}
    for one in checked.nodes["m/t/s1"]["hosts"]["a"]["tasks"]:
        name = one["name"]
        reason = str(one["result"].get("false_condition", ""))
        assert one["status"] == status.get(name, "skipped" if name[0] in "lqb" else "ok"), one
        assert reason.startswith("not checked: ") == (name == "left out"), one
        assert reason.startswith("left out of the check: ") == (name == "quietly left out"), one

    drift = place.wt("drift", "-o", "json").json
    assert [(one["node"], one["why"]) for one in drift["differs"]] == [
        ("create-cluster/m/t/s1", "differs from the document: plain; uses a")
    ]
    role, written = (one["why"] for one in drift["unknown"])
    assert role.startswith("incomplete: 9 Ansible tasks were left out of the check: ")
    assert role.endswith("; Command would have run: `not in check mode`")
    assert written == "incomplete: Command would have run: `runs`, `hidden`, `one item`"
    assert (drift["coverage"], drift["pairs"]) == (0, 2)
    assert list(place.target.iterdir()) == []
