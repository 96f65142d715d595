"""Environment variables that texts look up and runs do not get are reported."""

from __future__ import annotations

from pathlib import Path

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.literal_lookups import environment_lookups, repository_commands
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.spec.load import load_file

DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  rolesPath: [./roles]
  inventory: ./hosts
  facts: {gather: never}
  ansible: {environment: [PASSED]}
  vars: {a: "{{ lookup('env', 'IN_DOCUMENT') }}"}
  modules:
    - name: m
      tasks:
        - name: t
          steps:
            - role: app
            - name: site
              varsFiles: [vars/site.yml]
              tasks:
                - debug: {msg: "{{ lookup('env', 'IN_TASK') }}{{ lookup('env', 'IN_TASK') }}"}
"""
TEMPLATE = """\
{{ lookup('pipe', 'git log') }}
{{ lookup('env', 'IN_TEMPLATE') }}
"""
FILES = {
    "cluster.yaml": DOCUMENT,
    "hosts": "h1 ansible_connection=local\n",
    "group_vars/all.yml": "b: \"{{ lookup('env', 'IN_GROUP') }}\"\n",
    "vars/site.yml": "c: \"{{ lookup('env', 'IN_FILE') }}\"\n",
    "roles/app/tasks/main.yml": "- template: {src: a.j2, dest: /tmp/a}\n",
    "roles/app/defaults/main.yml": "d: \"{{ q('env', 'HOME', 'PASSED', 'ANSIBLE_X') }}\"\n",
    "roles/app/templates/a.j2": TEMPLATE,
}


def test_names_are_found_in_all_texts(tmp_path: Path) -> None:
    write_tree(tmp_path, FILES)
    (document,) = load_file(tmp_path / "cluster.yaml")
    result = compile_plan(plan_document(document))
    found = [one for one in result.diagnostics if one.slug == "environment-not-passed"]
    assert {
        (one.mark.file.removeprefix(f"{tmp_path}/"), one.summary.split("`")[1])
        for one in found
        if one.mark
    } == {
        ("cluster.yaml", "IN_DOCUMENT"),
        ("cluster.yaml", "IN_TASK"),
        ("group_vars/all.yml", "IN_GROUP"),
        ("vars/site.yml", "IN_FILE"),
        ("roles/app/defaults/main.yml", "ANSIBLE_X"),
        ("roles/app/templates/a.j2", "IN_TEMPLATE"),
    }
    assert len(found) == 6
    (template,) = [one for one in found if "IN_TEMPLATE" in one.summary]
    assert template.mark is not None
    assert (template.mark.line, template.mark.column) == (2, 19)
    assert "environment: [IN_TEMPLATE]" in template.hint
    (pipe,) = [one for one in result.diagnostics if one.slug == "pipe-in-bundle"]
    assert pipe.mark is not None
    assert (Path(pipe.mark.file).name, pipe.mark.line, pipe.mark.column) == ("a.j2", 1, 20)


def test_commands_that_need_the_directory_of_the_playbook_are_found() -> None:
    text = """\
# {{ lookup('pipe', 'git log') }}
a: "{{ lookup('pipe', 'date') }} {{ q('ansible.builtin.pipe', 'hg id') }}"
b: '{{ lookup(''pipe'', ''svn info'') }} {{ lookup("pipe", "git -C /srv/x log") }}'
c: "{{ lookup('pipe', command) }} {{ lookup('pipe', 'gitlint x') }}"
"""
    found = [(one.word, one.line) for one in repository_commands(text)]
    assert found == [("hg", 2), ("svn", 3)]


def test_a_name_is_read_in_each_form_of_the_lookup() -> None:
    text = """\
# {{ lookup('env', 'COMMENT') }}
a: "{{ lookup('env','A') }} {{ lookup( 'ansible.builtin.env' , 'B', default='no') }}"
b: "{{ query(\\"env\\", \\"C\\") }}"
c: '{{ lookup(''env'', ''D'') }}'
d: >-
  {{ q('env',
       'E', "F") | join }} {{ lookup('env', ['G', 'H']) }}
e: "{{ lookup('env', name) }} {{ lookup('file', 'X') }} {{ my_lookup('env', 'X') }}"
"""
    assert [one.word for one in environment_lookups(text)] == list("ABCDEFGH")
