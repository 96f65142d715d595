"""Values that ansible-vault encrypted in a team's variables reach hosts, and no file of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.secret_leaks import ProcessScanner, canary, encoded_variants, files_containing
from acceptance.test_apply_local import module, task
from acceptance.workspace import Workspace
from unit.ansible.content.roles.trees import write_tree

ROLE = """
- name: Write
  ansible.builtin.copy:
    content: "{{ inline }}\\n{{ whole.deep[0] }}\\n"
    dest: "{{ out }}"
    mode: "0600"
- name: Pass on
  ansible.builtin.set_fact: {kept: "{{ inline }}", joined: "a {{ whole.deep[0] }} b"}
- name: Use
  ansible.builtin.command: {cmd: cat, stdin: "{{ kept }} {{ joined }}"}
  register: said
- name: Loop
  ansible.builtin.command: {cmd: cat, stdin: "{{ item }}"}
  loop: "{{ whole.deep }}"
- name: Show
  ansible.builtin.debug: {msg: "{{ inline }} {{ said.stdout }}"}
- name: Show whole
  ansible.builtin.debug: {var: whole}
- name: Fail
  ansible.builtin.shell: {cmd: "cat >&2; exit 7", stdin: "{{ inline }} {{ whole.deep[0] }}"}
"""


@pytest.mark.parametrize(
    "asked",
    # What differs between the cores is how they decrypt, not who has the password.
    [pytest.param(False, marks=pytest.mark.both_cores), True],
)
def test_no_vaulted_value_of_an_inventory_is_left_anywhere(tmp_path: Path, *, asked: bool) -> None:
    """In variables of a group, alone or with their file; shown, passed on, and in failures.

    The password is in a file, or typed: then Ansible gets it from the broker.
    """
    place = Workspace(tmp_path)
    place.target.mkdir()
    values = [canary("inline"), canary("whole")]
    (tmp_path / "given").mkdir()
    password = tmp_path / "given/password"
    password.write_text(canary("password"))
    vault = [str(Path(sys.executable).with_name("ansible-vault"))]
    options = ["--vault-password-file", str(password)]
    inline = subprocess.run(
        [*vault, "encrypt_string", *options, "--stdin-name", "inline"],
        input=values[0],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    quoted = "'" + values[1].replace("'", "''") + "'"
    write_tree(
        tmp_path,
        {
            "inv/hosts": "[web]\nw1 ansible_connection=local\n[web:vars]\n"
            "ansible_python_interpreter={{ ansible_playbook_python }}\n",
            "inv/group_vars/web/main.yml": inline,
            "inv/group_vars/web/vault.yml": f"whole: {{deep: [!unsafe {quoted}]}}\n",
            "roles/show/tasks/main.yml": ROLE,
        },
    )
    file = tmp_path / "inv/group_vars/web/vault.yml"
    subprocess.run([*vault, "encrypt", *options, str(file)], check=True, capture_output=True)
    if asked:
        place.env["WORLDTREE_PROMPT_VAULT_PASSWORD"] = password.read_text()
    else:
        place.env["ANSIBLE_VAULT_PASSWORD_FILE"] = str(password)
    out = str(place.target / "out")
    place.write(
        {
            "inventory": "inv",
            "rolesPath": ["./roles"],
            "modules": [module("m", task("t", {"role": "show", "vars": {"out": out}}))],
        }
    )
    needles = encoded_variants([*values, password.read_text()])
    with ProcessScanner(needles) as watch:
        done = place.start("apply", "--yes", "-o", "json", "--diff", *["-J"][:asked]).finish()
    assert done.code == 3, done.err
    assert (place.target / "out").read_text().splitlines() == values
    logs = place.wt("tasks", "logs", "-o", "json")
    texts = {"stdout": done.out, "stderr": done.err, "logs": logs.out}
    found = [name for name, text in texts.items() if any(n in text.encode() for n in needles)]
    found += files_containing(
        needles, (tmp_path,), lambda f: place.target in f.parents or "given" in f.parts
    )
    assert found == []
    assert watch.found == set()
    assert "non-zero return code" in done.err
