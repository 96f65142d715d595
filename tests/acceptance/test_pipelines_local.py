"""Several pipelines on one cluster: what one of them did is known to the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acceptance.test_apply_local import module, spec, task
from acceptance.workspace import Workspace

_FILE = "{{ app_target }}/{{ inventory_hostname }}-app"
_ENTRIES: dict[str, str] = {
    "main": f"""
- name: Install
  ansible.builtin.copy: {{content: installed, dest: "{_FILE}", mode: "0644"}}
""",
    "remove": f"""
- name: Remove
  ansible.builtin.file: {{path: "{_FILE}", state: absent}}
""",
    "verify": f"""
- name: Look
  ansible.builtin.command: {{argv: [test, -e, "{_FILE}"]}}
  changed_when: false
""",
}


def prepared(path: Path) -> Workspace:
    """A workspace with a role that can be removed, and a step beside it that cannot."""
    place = Workspace(path)
    tasks = path / "roles" / "app" / "tasks"
    tasks.mkdir(parents=True)
    for entry, text in _ENTRIES.items():
        (tasks / f"{entry}.yml").write_text(f"---{text}")
    place.target.mkdir()
    page = {"content": "page", "dest": f"{place.target}/{{{{ inventory_hostname }}}}-page"}
    app: dict[str, Any] = {"role": "app", "vars": {"app_target": str(place.target)}}
    modules = (
        module("app", task("t", app, {"copy": {**page, "mode": "0644"}}, hosts=["a", "b"])),
        module("other", task("t", {"command": {"argv": ["true"]}}, hosts=["a", "b"])),
    )
    place.write(spec(*modules, rolesPath=["./roles"], facts={"gather": "never"}))
    return place


@pytest.mark.long  # Seven runs; without Ansible: tests/unit/cli/test_other_pipelines.
def test_what_was_removed_is_installed_again_by_apply_changed(tmp_path: Path) -> None:
    """The whole module of what was removed runs; other modules and `verify` change nothing."""
    place = prepared(tmp_path)
    assert place.wt("apply", "--yes").code == 0
    assert place.wt("verify", "--yes").code == 0
    known = place.wt("apply", "--yes", "--changed", "-o", "json")
    assert set(known.statuses.values()) == {"skipped"}, known.err

    destroyed = place.wt("destroy", "--yes")
    assert destroyed.code == 0, destroyed.err
    assert not list(place.target.glob("*-app"))
    drifted = place.wt("drift", "-o", "json")
    assert (drifted.code, drifted.json["status"]) == (3, "drift")
    assert [(one["node"], one["host"]) for one in drifted.json["differs"]] == [
        ("create-cluster/app/t/s1", "a"),
        ("create-cluster/app/t/s1", "b"),
    ]
    again = place.wt("apply", "--yes", "--changed", "-o", "json")
    assert again.code == 0, again.err
    assert again.statuses == {
        "app/t/s1": "succeeded",
        "app/t/s2": "succeeded",
        "other/t/s1": "skipped",
    }
    assert again.hosts("app/t/s1") == {"a": "changed", "b": "changed"}
    assert sorted(file.name for file in place.target.glob("*-app")) == ["a-app", "b-app"]
