"""Files that tasks of a play name by loops, variables and templates are in the bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import CompileResult, compile_plan, plan_document
from worldtree.spec.load import load_file

DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  facts: {gather: never}
  hosts: [{name: h1, connection: local}]
  vars: {from_document: top/a.yml}
  modules:
    - name: m
      tasks:
        - name: t
          steps:
            - name: play
              vars: {one: top/a.yml, two: [top/a.yml, b.txt], maps: [{s: top/a}, {s: c}]}
              varsFiles: [play.yml]
              tasks:
                - {name: Fact, set_fact: {given: b.txt}}
                - TASK
"""
FILES = {
    "play.yml": "from_file: top/a.yml\n",
    "group_vars/all.yml": "from_group: top/a.yml\n",
    "top/a.yml": '- {copy: {src: "{{ inner }}", dest: /x}, vars: {inner: d.txt}}\n',
    "top/b.yml": "[]\n",
    "b.txt": "",
    "c.yml": "[]\n",
    "d.txt": "",
    "certs/a.pem": "",
    "certs/b.pem": "",
    "certs/c.txt": "",
    "h1.conf": "",
    "h2.conf": "",
    "other.txt": "",
}


def _compiled(root: Path, task: str, **files: str) -> CompileResult:
    document = DOCUMENT.replace("TASK", task)
    write_tree(root, {**FILES, **files, "cluster.yaml": document})
    return compile_plan(plan_document(load_file(root / "cluster.yaml")[0]))


def _carried(made: CompileResult) -> set[str]:
    return {path for path in made.bundle.files if path in FILES} - {"play.yml"}


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        # Loops over files.
        ("{debug: {}, with_fileglob: ['certs/*.pem']}", "certs/a.pem certs/b.pem"),
        ("{debug: {}, loop: \"{{ query('fileglob', 'certs/a.*') }}\"}", "certs/a.pem"),
        ("{debug: {msg: \"{{ lookup('fileglob', g) }}\"}, vars: {g: certs/c*}}", "certs/c.txt"),
        ("{debug: {}, with_filetree: [certs/]}", "certs/a.pem certs/b.pem certs/c.txt"),
        (
            "{debug: {}, loop: \"{{ q('filetree', 'certs/') }}\"}",
            "certs/a.pem certs/b.pem certs/c.txt",
        ),
        ("{debug: {}, with_file: [b.txt]}", "b.txt"),
        # Includes, and what their tasks name with the values that they get.
        ('{include_tasks: "{{ item }}", loop: [top/a.yml, c.yml]}', "top/a.yml c.yml d.txt"),
        ('{include_tasks: "{{ one }}"}', "top/a.yml d.txt"),
        ('{include_tasks: "{{ from_document }}"}', "top/a.yml d.txt"),
        ('{include_tasks: "{{ from_group }}"}', "top/a.yml d.txt"),
        ('{include_tasks: "{{ from_file }}"}', "top/a.yml d.txt"),
        ("{include_tasks: \"{{ 'top/' ~ 'a' ~ '.yml' }}\"}", "top/a.yml d.txt"),
        ('{import_tasks: "{{ one }}"}', "top/a.yml d.txt"),
        (
            '{include_tasks: {file: "{{ x | default(one) }}"}, vars: {x: c.yml}}',
            "c.yml top/a.yml d.txt",
        ),
        (
            '{include_tasks: "{{ item }}", with_first_found: [no.yml, '
            '"{{ ansible_system }}.yml", c.yml]}',
            "c.yml",
        ),
        (
            '{include_vars: "{{ item }}", with_first_found: [{files: [no.yml, b.yml], '
            "paths: [top]}]}",
            "top/b.yml",
        ),
        ('{include_vars: {dir: "{{ d }}"}, vars: {d: top}}', "top/a.yml top/b.yml"),
        (
            "{include_vars: \"{{ lookup('first_found', p) }}\", vars: {p: {files: [c.yml]}}}",
            "c.yml",
        ),
        # Sources.
        (
            '{copy: {src: "{{ item }}", dest: /x}, with_items: [b.txt, certs/a.pem]}',
            "b.txt certs/a.pem",
        ),
        ('{copy: {src: "{{ item }}", dest: /x}, loop: "{{ two }}"}', "top/a.yml b.txt"),
        ('{copy: {src: "{{ given }}", dest: /x}}', "b.txt"),
        ('{template: {src: "{{ item.s }}.yml", dest: /x}, loop: "{{ maps }}"}', "top/a.yml c.yml"),
        (
            '{copy: {src: "{{ item.value.f }}", dest: /x}, with_dict: {a: {f: b.txt}, '
            "b: {f: c.yml}}}",
            "b.txt c.yml",
        ),
        (
            '{copy: {src: "{{ item.0 }}/{{ item[1] }}", dest: /x}, with_nested: [[top], '
            "[a.yml, b.yml]]}",
            "top/a.yml top/b.yml",
        ),
        (
            '{copy: {src: "{{ f }}", dest: /x}, loop: "{{ two | reverse }}", '
            "loop_control: {loop_var: f}}",
            "top/a.yml b.txt",
        ),
        ('{copy: {src: "{{ inventory_hostname }}.conf", dest: /x}}', "h1.conf"),
        ('{unarchive: {src: "{{ arch }}", dest: /x}, vars: {arch: b.txt}}', "b.txt"),
        ('{script: "{{ item }} now", with_items: [b.txt]}', "b.txt"),
        (
            '{assemble: {src: "{{ d }}", dest: /x, remote_src: false}, vars: {d: top}}',
            "top/a.yml top/b.yml",
        ),
        ('{block: [{copy: {src: "{{ v }}", dest: /x}}], vars: {v: b.txt}}', "b.txt"),
        ('{copy: {src: "{{ playbook_dir }}/{{ v }}", dest: /x}, vars: {v: b.txt}}', "b.txt"),
        # Lookups.
        ("{debug: {msg: \"{{ lookup('file', one) }}\"}}", "top/a.yml"),
        ("{debug: {}, when: \"lookup('file', 'b' ~ '.txt') == 'x'\"}", "b.txt"),
        # Files of the host.
        ('{copy: {src: "{{ b }}", dest: /x, remote_src: true}, vars: {b: b.txt}}', ""),
    ],
)
def test_what_is_written_out_is_carried(tmp_path: Path, task: str, wanted: str) -> None:
    """Loops, variables of every level and templates of them, without a warning."""
    made = _compiled(tmp_path, task)
    assert _carried(made) - {"group_vars/all.yml"} == set(wanted.split())
    assert [d.summary for d in made.diagnostics if d.slug == "task-files-not-known"] == []


@pytest.mark.parametrize(
    "task",
    [
        '{name: Known later, copy: {src: "{{ item.path }}", dest: /x}, loop: "{{ found.files }}"}',
        '{name: Known later, include_tasks: "{{ ansible_system }}"}',
        '{name: Known later, include_vars: "{{ x }}/y.yml"}',
        '{name: Known later, debug: {}, with_fileglob: "{{ x }}/*"}',
        "{name: Known later, debug: {msg: \"{{ lookup('file', x) }}\"}}",
        '{name: Known later, script: "{{ x }}"}',
    ],
)
def test_a_name_that_only_the_run_knows_is_reported(tmp_path: Path, task: str) -> None:
    """At its place, once, until the document says what the bundle needs."""
    made = _compiled(tmp_path, task)
    (found,) = [d for d in made.diagnostics if d.slug == "task-files-not-known"]
    assert "`Known later`" in found.summary
    at = 19 + task.index("{{")
    assert str(found.mark).endswith(f"cluster.yaml:18:{at}")
    assert "carry" in found.hint
    assert _still_unknown(tmp_path, "{carry: [b.txt], carriedFor: [Known now]}") == 1
    assert _still_unknown(tmp_path, "{carry: [b.txt], carriedFor: [Known later]}") == 0


def _still_unknown(root: Path, settings: str) -> int:
    """Return how many names of tasks are unknown with other ``settings`` of Ansible."""
    file = root / "cluster.yaml"
    text = file.read_text().partition("  vars: {from")
    head = text[0].partition("  ansible:")[0]
    file.write_text(f"{head}  ansible: {settings}\n{''.join(text[1:])}")
    made = compile_plan(plan_document(load_file(file)[0]))
    return len([d for d in made.diagnostics if d.slug == "task-files-not-known"])


def test_an_entry_of_carry_answers_only_for_names_that_it_can_have(tmp_path: Path) -> None:
    """A name of which nothing is known may be any file, so that it needs an answer of its own."""
    task = (
        '{copy: {src: "{{ x }}/site.crt", dest: /x}, name: One}\n'
        '                - {copy: {src: "{{ x }}.pem", dest: /x}, name: Two}\n'
        '                - {copy: {src: "{{ x }}", dest: /x}, name: Three}'
    )
    made = _compiled(tmp_path, task, **{"tls/prod/site.crt": "", "tls/prod/x.pem": ""})
    found = [d for d in made.diagnostics if d.slug == "task-files-not-known"]
    assert ["carriedFor: [Three]" in d.hint for d in found] == [False, False, True]
    assert _still_unknown(tmp_path, "{carry: [b.txt]}") == 3
    assert _still_unknown(tmp_path, "{carry: [tls/prod/site.crt]}") == 2
    assert _still_unknown(tmp_path, "{carry: [tls]}") == 1
    assert _still_unknown(tmp_path, "{carry: [tls], carriedFor: [Three]}") == 0
    assert _still_unknown(tmp_path, "{carriedFor: [Two, Three]}") == 1


def test_files_beside_a_task_file_are_found_as_ansible_does(tmp_path: Path) -> None:
    """In its own directory and the `files/` there, by loops as well."""
    tasks = [
        {"copy": {"src": "{{ item }}", "dest": "/x"}, "loop": ["near", "in-files"]},
        {"debug": {}, "with_fileglob": ["globbed/*"]},
    ]
    names = ["site/near", "site/files/in-files", "site/files/globbed/a", "site/globbed/b"]
    files = {"site/main.yml": json.dumps(tasks), **dict.fromkeys(names, "")}
    made = _compiled(tmp_path, "{import_tasks: site/main.yml}", **files)
    assert set(names) <= made.bundle.files.keys()


def test_names_above_a_task_file_are_carried_and_those_above_the_document_reported(
    tmp_path: Path,
) -> None:
    """A path through `..` works in a run as far as it stays in the directory of the document."""
    tasks = '- {name: Up, copy: {src: "{{ item }}", dest: /x}, loop: [../b.txt, ../../out.txt]}\n'
    write_tree(tmp_path, {"out.txt": "", "tasks.yml": "[]\n"})
    task = '{name: Out, include_tasks: "{{ item }}", loop: [../tasks.yml, site/main.yml]}'
    made = _compiled(tmp_path / "a", task, **{"site/main.yml": tasks})
    assert {"b.txt", "site/main.yml"} <= made.bundle.files.keys()
    found = [d for d in made.diagnostics if d.slug == "file-not-carried"]
    assert [(Path(str(d.mark)).name, d.summary.split("`")[1]) for d in found] == [
        (f"cluster.yaml:18:{19 + task.index('{{')}", str(tmp_path / "tasks.yml")),
        (f"main.yml:1:{1 + tasks.index('{{')}", str(tmp_path / "out.txt")),
    ]


def test_a_role_finds_files_beside_the_document_that_it_has_not(tmp_path: Path) -> None:
    """By loops over files and over names; its own are in the bundle as a whole."""
    tasks = [
        {"debug": {}, "with_fileglob": ["certs/*.pem"]},
        {"debug": {}, "with_fileglob": ["own/*"]},
        {"copy": {"src": "{{ item }}", "dest": "/x"}, "loop": ["b.txt", "{{ conf }}"]},
        {"copy": {"src": "{{ found.path }}", "dest": "/x"}},
    ]
    role = {
        "roles/r/tasks/main.yml": json.dumps(tasks),
        "roles/r/defaults/main.yml": "conf: h1.conf\n",
        "roles/r/files/own/a": "",
        "own/not-meant": "",
    }
    head = DOCUMENT.partition("              vars:")[0]
    document = (
        head.replace("facts:", "rolesPath: [./roles]\n  facts:") + "              roles: [r]\n"
    )
    write_tree(tmp_path, {**FILES, **role, "cluster.yaml": document})
    made = compile_plan(plan_document(load_file(tmp_path / "cluster.yaml")[0]))
    wanted = {"certs/a.pem", "certs/b.pem", "b.txt", "h1.conf"}
    assert _carried(made) - {"group_vars/all.yml"} == wanted
    assert "roles/r/files/own/a" in made.bundle.files
    assert "own/not-meant" not in made.bundle.files
    assert [d for d in made.diagnostics if d.slug == "task-files-not-known"] == []


def test_a_key_that_is_not_carried_is_reported_once(tmp_path: Path) -> None:
    """Whether the text has its name or a loop over files finds it."""
    task = "{copy: {src: keys/web.key, dest: /x}, when: \"query('fileglob', 'keys/*')\"}"
    made = _compiled(tmp_path, task, **{"keys/web.key": "", "keys/a.pem": ""})
    assert [d.slug for d in made.diagnostics] == ["key-not-carried"]
    assert "keys/a.pem" in made.bundle.files
