"""`varsFiles` of the document, a module, a task and a step: the values that Ansible gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.workspace import Workspace

#: File -> its values; each of the later ones overrides `who` and has a name of its own.
FILES = {
    "conf/site.yml": {"who": "site", "site": 1, "step": "site", "mod": "site"},
    "env/prod.yml": {"who": "prod", "prod": 1},
    "conf/m.yml": {"who": "m", "m": 1},
    "conf/t.yml": {"who": "t", "t": 1},
    "conf/p.yml": {"who": "p", "p": 1},
    "conf/secret.yml": {"hidden": "from a vaulted file"},
}
NAMES = ("who", "site", "prod", "m", "t", "p", "step", "mod", "hidden", "inv")


@pytest.mark.long  # Many plays; also in tests/unit/compile/test_variable_files.
def test_steps_see_what_plays_with_these_files_see(tmp_path: Path) -> None:
    """A role, a built-in step and a play; a vaulted file, `-e`, and what `--changed` runs."""
    password = {"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "password")}
    place = Workspace(tmp_path, env=password)
    out = place.target
    out.mkdir()
    for name, values in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(values))
    (tmp_path / "password").write_text("secret")
    vault = Path(sys.executable).with_name("ansible-vault")
    encrypt = [vault, "encrypt", tmp_path / "conf/secret.yml"]
    environ = {**os.environ, **password}
    subprocess.run(encrypt, check=True, capture_output=True, env=environ)
    shown = "{{ [" + ", ".join(f"{name} | default('-')" for name in NAMES) + "] | to_json }}"

    def write(name: str) -> dict[str, Any]:
        return {"content": shown, "dest": f"{out}/{name}"}

    role = tmp_path / "roles" / "app" / "tasks" / "main.yml"
    role.parent.mkdir(parents=True)
    role.write_text(json.dumps([{"name": "Write", "ansible.builtin.copy": write("role")}]))
    inline = [{"name": "Write", "ansible.builtin.copy": write("play")}]
    steps = [
        {"name": "role", "role": "app", "vars": {"step": "vars"}},
        {"name": "built-in", "copy": write("built-in"), "vars": {"step": "vars"}},
        {
            "name": "play",
            "tasks": inline,
            "vars": {"step": "vars"},
            "varsFiles": ["conf/p.yml", "conf/secret.yml"],
        },
    ]
    task = {"name": "t", "varsFiles": ["conf/t.yml"], "steps": steps}
    place.write(
        {
            "rolesPath": ["./roles"],
            "hosts": [{"name": "h1", "connection": "local", "vars": {"inv": "host"}}],
            "facts": {"gather": "never"},
            "vars": {"env": "prod", "who": "all", "inv": "all"},
            "varsFiles": ["conf/site.yml", ["env/none.yml", "env/{{ env }}.yml"]],
            "modules": [
                {"name": "m", "varsFiles": ["conf/m.yml"], "vars": {"mod": "vars"}, "tasks": [task]}
            ],
        }
    )
    shared = ["conf/site.yml", ["env/none.yml", "env/prod.yml"], "conf/m.yml", "conf/t.yml"]
    common = {
        "hosts": "h1",
        "gather_facts": False,
        "connection": "local",
        "vars": {
            "mod": "vars",
            "inv": "host",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        },
    }
    own = {**common["vars"], "step": "vars"}
    plays = [
        {**common, "vars_files": shared, "roles": [{"role": "app", "vars": {"step": "vars"}}]},
        {
            **common,
            "vars": own,
            "vars_files": shared,
            "tasks": [{"ansible.builtin.copy": write("built-in")}],
        },
        {
            **common,
            "vars": own,
            "vars_files": [*shared, "conf/p.yml", "conf/secret.yml"],
            "tasks": inline,
        },
    ]
    (tmp_path / "plain.yml").write_text(json.dumps(plays))

    def written() -> dict[str, list[Any]]:
        # The states for a rollback are beside them.
        files = [file for file in out.iterdir() if file.is_file()]
        found = {file.name: json.loads(file.read_text()) for file in files}
        for file in files:
            file.unlink()
        return found

    def plain(*more: str) -> dict[str, list[Any]]:
        program = Path(sys.executable).with_name("ansible-playbook")
        command = [program, "plain.yml", "-i", "h1,", *more]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environ)
        return written()

    def apply(*more: str) -> dict[str, list[Any]]:
        ran = place.wt("apply", "--yes", *more)
        assert ran.code == 0, ran.err
        return written()

    wanted = plain()
    assert wanted["play"] == ["p", 1, 1, 1, 1, 1, "site", "site", "from a vaulted file", "host"]
    assert apply() == wanted
    assert place.texts("from a vaulted file") == []
    (tmp_path / "conf/p.yml").write_text(json.dumps({"who": "new"}))
    assert apply("--changed") == {"play": plain()["play"]}
    assert apply("-e", "who=extra") == plain("-e", "who=extra")
