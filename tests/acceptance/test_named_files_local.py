"""Files beside a playbook that its tasks name in any way are found in a run of the document."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

import homes
from acceptance.workspace import Workspace

#: Where a task only tells what it found, `raw` does so without a Python on the host.
SITE = """
- name: Names
  hosts: all
  gather_facts: false
  vars:
    family: Debian
    listed: [top_b.yml, more/b.yml]
    one: top_c.yml
    sources: [{s: a.txt}, {s: extra/z.txt}]
    templates: [{src: one, to: t1}, {src: conf/two, to: t2}]
    by_name: {first: {file: a.txt}, second: {file: extra/z.txt}}
  tasks:
    - name: Globs
      raw: echo "glob {{ lookup('file', item) }}" >> {{ log }}
      with_fileglob: ["certs/*.pem"]
    - name: Globs of a lookup
      raw: echo "query {{ item | basename }}" >> {{ log }}
      loop: "{{ query('fileglob', 'certs/a.*') }}"
    - name: Glob in a text
      raw: echo "lookup {{ lookup('fileglob', 'certs/*.pem').split(',') | length }}" >> {{ log }}
    - name: Variables by the first file
      include_vars: "{{ item }}"
      with_first_found: ["more/{{ family }}-12.yml", "{{ family }}.yml"]
    - name: Variables by files and paths
      include_vars: "{{ item }}"
      with_first_found: [{files: [none.yml, "{{ family }}.yml"], paths: [more]}]
    - name: Variables
      raw: echo "vars {{ level }} {{ inner }}" >> {{ log }}
    - {name: Literal, include_tasks: "{{ item }}", loop: [top_a.yml, more/a.yml]}
    - {name: List, include_tasks: "{{ item }}", loop: "{{ listed }}"}
    - {name: Variable, include_tasks: "{{ one }}"}
    - {name: Expression, include_tasks: "{{ 'top_' ~ 'd' ~ '.yml' }}"}
    - name: Copy mappings
      copy: {src: "{{ item.s }}", dest: "{{ out }}/1-{{ item.s | basename }}"}
      loop: "{{ sources }}"
    - name: Copy items
      copy: {src: "{{ item }}", dest: "{{ out }}/2-{{ item | basename }}"}
      with_items: [a.txt, extra/z.txt]
    - name: Copy a dict
      copy: {src: "{{ item.value.file }}", dest: "{{ out }}/3-{{ item.key }}"}
      with_dict: "{{ by_name }}"
    - name: Render
      template: {src: "{{ item.src }}.j2", dest: "{{ out }}/{{ item.to }}"}
      loop: "{{ templates }}"
    - name: Read
      raw: "echo read {{ lookup('file', file) }} >> {{ log }}"
      vars: {file: extra/z.txt}
    - {name: Script, script: "{{ item }} {{ log }}", with_items: [run.sh]}
    - name: Unpack
      unarchive: {src: "{{ archive }}", dest: "{{ out }}"}
      vars: {archive: a.tgz}
    - name: Join
      assemble: {src: "{{ parts }}", dest: "{{ out }}/joined", remote_src: false}
      vars: {parts: parts}
    - {name: From group_vars, copy: {src: "{{ of_group }}", dest: "{{ out }}/4"}}
- import_playbook: other.yml
"""
FILES = {
    "hosts": """
[all:vars]
ansible_connection=local
ansible_python_interpreter={{ ansible_playbook_python }}
log={log}
out={out}
[web]
h1
""",
    "site.yml": SITE,
    "other.yml": """
- name: Other
  hosts: all
  gather_facts: false
  tasks:
    - {name: Included globs, import_tasks: inner/tasks.yml}
""",
    "inner/tasks.yml": """
- name: Near
  copy: {src: "{{ item }}", dest: "{{ out }}/5-{{ item | basename }}"}
  with_fileglob: ["near/*"]
- {name: Next, include_tasks: "{{ item }}", loop: [next.yml]}
""",
    "inner/next.yml": "- raw: echo next >> {{ log }}\n",
    "inner/near/x": "near",
    "group_vars/all.yml": "of_group: extra/of-group\n",
    "extra/of-group": "group",
    "certs/a.pem": "certificate a",
    "certs/b.pem": "certificate b",
    "Debian.yml": "level: top\n",
    "more/Debian.yml": "inner: more\n",
    "a.txt": "text a",
    "extra/z.txt": "text z",
    "one.j2": "one {{ family }}",
    "conf/two.j2": "two {{ family }}",
    "run.sh": "#!/bin/sh\necho script >> $1\n",
    "parts/1": "first",
    "parts/2": "second",
    **{
        f"{name}.yml": f"- raw: echo {name} >> {{{{ log }}}}\n"
        for name in ("top_a", "top_b", "top_c", "top_d", "more/a", "more/b")
    },
}


def _archive(file: Path) -> None:
    with tarfile.open(file, "w:gz") as archive:
        member = tarfile.TarInfo("unpacked")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"text"))


@pytest.mark.long  # Many tasks; one by one in tests/unit/compile/test_carried_files.
def test_an_imported_playbook_finds_the_files_that_it_names(tmp_path: Path) -> None:
    """Every file that plain Ansible finds has the same content after a run of the document."""
    place = Workspace(tmp_path)
    homes.prepare(place.home)
    log, out = place.target / "log", place.target / "out"
    out.mkdir(parents=True)
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("log={log}", f"log={log}").replace("out={out}", f"out={out}"))
    _archive(tmp_path / "a.tgz")

    def result() -> tuple[list[str], dict[str, str]]:
        files = {file.name: file.read_text() for file in sorted(out.iterdir())}
        lines = log.read_text().splitlines()
        log.unlink()
        for file in out.iterdir():
            file.unlink()
        return lines, files

    place.ansible_playbook("site.yml", "-i", "hosts")
    wanted = result()
    assert {"glob certificate a", "query a.pem", "lookup 2", "script", "next"} <= set(wanted[0])
    assert {"unpacked", "joined", "4", "5-x", "t2"} <= wanted[1].keys()

    imported = place.wt("import", "site.yml", "-i", "hosts")
    assert imported.code == 0, imported.err
    assert "carry" not in imported.err + imported.out
    applied = place.wt("apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.err + applied.out
    assert result() == wanted
