"""An imported document does what its playbooks do: the same listing, the same run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import homes
from acceptance.workspace import Workspace

FILES = {
    "hosts": """
[all:vars]
ansible_connection=local
ansible_python_interpreter={{ ansible_playbook_python }}
log={log}
host={{ inventory_hostname }}
[blue]
h1
[red]
h2
h3
""",
    "site.yml": """
- name: Every host
  hosts: all
  serial: 2
  vars:
    color: none
    level: play
  vars_files: [vars/site.yml]
  pre_tasks:
    # ${env:HOME} is text here.
    - name: Before
      ansible.builtin.shell: echo "before {{ host }} ${env:-x} {{ size }}" >> {{ log }}
      tags: [before]
  roles:
    - base
    - {role: app, color: role, tags: [app], when: inventory_hostname != 'h3'}
  tasks:
    - ansible.builtin.group_by: {key: "is_{{ 'even' if host == 'h2' else 'odd' }}"}
    - name: Change
      ansible.builtin.raw: echo "change {{ inventory_hostname }} {{ base_default }}" >> {{ log }}
      notify: restart
  handlers:
    - name: restart
      ansible.builtin.raw: echo "restart {{ inventory_hostname }}" >> {{ log }}
- import_playbook: more/more.yml
  vars: {level: import}
  when: inventory_hostname != 'h3'
  tags: [more]
""",
    "vars/site.yml": "size: 4\n",
    "roles/base/defaults/main.yml": "base_default: 7\n",
    "roles/base/tasks/main.yml": """
- ansible.builtin.raw: echo "base {{ inventory_hostname }} {{ color }}" >> {{ log }}
  notify: restart
""",
    "roles/app/tasks/main.yml": """
- ansible.builtin.raw: echo "app {{ host }} {{ color }} {{ base_default }}" >> {{ log }}
""",
    "more/more.yml": """
- hosts: is_odd
  gather_facts: false
  vars: {level: play}
  tasks:
    - ansible.builtin.include_tasks: tasks.yml
""",
    "more/tasks.yml": """
- ansible.builtin.raw: echo "odd {{ inventory_hostname }} {{ level }}" >> {{ log }}
""",
}

#: Facts of a host that has some stay as they are, whatever the play says.
SMART = {
    "ansible.cfg": "[defaults]\ngathering = smart\ninventory = hosts\n",
    "hosts": FILES["hosts"],
    "site.yml": """
- hosts: blue
  tasks:
    - ansible.builtin.set_fact: {first: "{{ ansible_facts.date_time.iso8601_micro }}"}
- hosts: red
  gather_facts: false
  tasks:
    - ansible.builtin.raw: echo "{{ host }} has {{ ansible_facts | length }}" >> {{ log }}
- hosts: all
  gather_facts: true
  vars: {present: "{{ ansible_facts.date_time.iso8601_micro }}"}
  tasks:
    - ansible.builtin.raw: echo "{{ host }} {{ present == first | default('') }}" >> {{ log }}
""",
}


def _place(tmp_path: Path, files: Mapping[str, str]) -> tuple[Workspace, Path]:
    """Return a workspace with ``files``, and the file that their plays write to."""
    place = Workspace(tmp_path)
    homes.prepare(place.home)
    place.target.mkdir()
    log = place.target / "log"
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("log={log}", f"log={log}"))
    return place, log


def test_gathering_of_the_configuration_is_not_lost(tmp_path: Path) -> None:
    """With `gathering = smart` a host's facts are gathered once, also across runs of a task."""
    place, log = _place(tmp_path, SMART)
    place.ansible_playbook("site.yml")
    wanted = sorted(log.read_text().splitlines())
    assert wanted == ["h1 True", "h2 False", "h2 has 0", "h3 False", "h3 has 0"]
    log.unlink()

    assert place.wt("import", "site.yml").code == 0
    applied = place.wt("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.err + applied.out
    assert sorted(log.read_text().splitlines()) == wanted


def test_an_imported_document_does_what_the_playbook_does(tmp_path: Path) -> None:
    """Serial, roles with parameters, handlers, imports, groups made while running."""
    place, log = _place(tmp_path, FILES)
    place.ansible_playbook("site.yml", "-i", "hosts")
    wanted = log.read_text().splitlines()
    assert "app h2 role 7" in wanted
    assert "odd h1 import" in wanted
    assert "odd h3 import" not in wanted
    log.unlink()

    imported = place.wt("import", "site.yml", "-i", "hosts")
    assert imported.code == 0, imported.err
    compared = place.wt("import", "site.yml", "-i", "hosts", "--check")
    assert (compared.code, compared.out) == (0, ""), compared.err
    applied = place.wt("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.err + applied.out
    # Hosts of a batch work beside each other.
    assert sorted(log.read_text().splitlines()) == sorted(wanted)
    assert [line.split()[0] for line in log.read_text().splitlines()] == [
        line.split()[0] for line in wanted
    ]
