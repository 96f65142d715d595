"""Extra variables win over all others, in each run of a task and in its bundle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from acceptance.test_apply_local import module, spec, task
from acceptance.workspace import Workspace


def test_extra_variables_win_as_in_plain_ansible_and_stay_with_the_task(tmp_path: Path) -> None:
    """Over variables of steps and `set_fact`; a resumed task has them by itself."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    tasks = tmp_path / "roles" / "show" / "tasks"
    tasks.mkdir(parents=True)
    shown = "{{ {'a': a, 'b': b, 'c': c, 'd': d | default('none')} | to_json }}"
    steps = [
        {"ansible.builtin.set_fact": {"b": "set_fact"}},
        {"ansible.builtin.copy": {"content": shown, "dest": "{{ out }}/{{ inventory_hostname }}"}},
        {"ansible.builtin.command": {"argv": ["test", "-e", "{{ out }}/go"]}},
    ]
    (tasks / "main.yml").write_text(
        json.dumps([{"name": f"Task {n}", **one} for n, one in enumerate(steps)])
    )
    step = {"role": "show", "vars": {"a": "step", "c": "step", "out": str(place.target)}}
    place.write(
        spec(
            module("m", task("t", step, hosts="{{ target }}")),
            rolesPath=["./roles"],
            facts={"gather": "never"},
            vars={"a": "all", "b": "all"},
        )
    )
    extra = ["-e", "target=a a=extra", "-e", '{"b": ["extra", 1]}']
    begun = place.wt("apply", "--yes", *extra)
    assert begun.code == 1, begun.err
    expected = {"a": "extra", "b": ["extra", 1], "c": "step", "d": "none"}
    assert json.loads((place.target / "a").read_text()) == expected
    (place.target / "a").unlink()
    (place.target / "go").touch()
    resumed = place.wt("resume", "latest", "--yes")
    assert resumed.code == 0, resumed.err
    assert json.loads((place.target / "a").read_text()) == expected

    (place.target / "a").unlink()
    assert place.wt("compile", *extra, "--dir", tmp_path / "bundle").code == 0
    playbook = Path(sys.executable).with_name("ansible-playbook")
    subprocess.run(
        [playbook, "site.yml", "-e", "@extra_vars.yml"],
        cwd=tmp_path / "bundle",
        check=True,
        capture_output=True,
    )
    assert json.loads((place.target / "a").read_text()) == expected
    assert sorted(file.name for file in place.target.iterdir()) == ["a", "go"]
