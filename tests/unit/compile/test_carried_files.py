"""Files outside roles that texts or the document name are in the bundle, where they are read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.bundle import emit
from worldtree.compile.compiler import CompileResult, compile_plan, plan_document
from worldtree.core.errors import InputError
from worldtree.spec.load import load_file

DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  rolesPath: [./roles]
  facts: {gather: never}
  hosts: [{name: h1, connection: local}]
  vars: {from_document: "{{ playbook_dir }}/certs/document.pem"}
  modules: [{name: m, tasks: [{name: t, steps: [{role: app}]}]}]
"""
TASKS = """\
- ansible.builtin.include_tasks: ../../other/tasks/x.yml
- ansible.builtin.include_tasks: beside.yml
- ansible.builtin.assert: {that: "item == 'content'"}
  loop:
    - "{{ lookup('file', inventory_dir ~ '/secrets/x') }}"
    - "{{ lookup('file', from_document) }}"
    - "{{ lookup('file', playbook_dir ~ '/keys/' ~ inventory_hostname ~ '.pem') }}"
    - "{{ lookup('file', 'lookups/a.pem') }}"
    - "{{ lookup('file', '../../other/files/o.txt') }}"
    - "{{ lookup('template', role_path ~ '/../third/templates/o.j2') | trim }}"
    - "{{ lookup('file', '../../../top/a') }}"
    - "{{ lookup('file', carried) }}"
    - "{{ lookup('file', playbook_dir + '/' + kind + '/hosts/' + inventory_hostname + '.txt') }}"
    - "{{ lookup('file', inner) }}"
"""
FILES = {
    "cluster.yaml": DOCUMENT,
    "roles/app/tasks/main.yml": TASKS,
    "roles/app/defaults/main.yml": "carried: environments/x/file\nkind: lab\n"
    'inner: "{{ playbook_dir }}/{{ kind }}/one.txt"\n',
    "roles/other/tasks/x.yml": "- ansible.builtin.include_tasks: y.yml\n",
    "roles/other/tasks/y.yml": "- ansible.builtin.debug:\n",
    "roles/other/files/o.txt": "content",
    "roles/third/templates/o.j2": "content",
    "roles/unused/tasks/main.yml": "- ansible.builtin.debug:\n",
    "beside.yml": "- ansible.builtin.include_tasks: next.yml\n",
    "next.yml": "- ansible.builtin.debug:\n",
    "secrets/x": "content",
    "certs/document.pem": "content",
    "keys/h1.pem": "content",
    "lookups/a.pem": "content",
    "top/a": "content",
    "environments/x/file": "content",
    "lab/hosts/h1.txt": "content",
    "lab/one.txt": "content",
    "notes/not-named": "",
}
CARRY = DOCUMENT.replace("  vars:", "  ansible: {carry: [environments/x]}\n  vars:")


def _compiled(root: Path) -> CompileResult:
    return compile_plan(plan_document(load_file(root / "cluster.yaml")[0]))


def _problems(made: CompileResult) -> list[tuple[str, str]]:
    """Return slug and place, with the file's name alone."""
    return [(d.slug, str(d.mark).rpartition("/")[2]) for d in made.diagnostics]


def _run(bundle: Path, home: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "site.yml"],
        cwd=bundle,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_named_is_carried_and_found(tmp_path: Path) -> None:
    """The bundle works alone, as the roles do beside the document."""
    root = write_tree(tmp_path / "site", {**FILES, "cluster.yaml": CARRY})
    (root / "keys/h1.pem").chmod(0o640)
    made = _compiled(root)
    assert _problems(made) == []
    emit(made.bundle, tmp_path / "bundle")
    assert not any(path.startswith(("notes", "roles/unused")) for path in made.bundle.files)
    assert made.bundle.files["keys/h1.pem"].mode == 0o640
    root.rename(tmp_path / "gone")
    _run(tmp_path / "bundle", tmp_path)


def test_a_named_file_is_an_input(tmp_path: Path) -> None:
    """Its digest is in the plan, and another content or mode is other work."""
    root = write_tree(tmp_path, {**FILES, "cluster.yaml": CARRY})
    for name in ("keys/h1.pem", "environments/x/file"):
        before = _compiled(root).plan
        (root / name).write_text("other")
        after = _compiled(root).plan
        assert {k for k, v in after.digests.items() if before.digests.get(k) != v} == {
            f"file:{name}"
        }
        assert before.node_digests != after.node_digests
    (root / "top/a").chmod(0o600)
    assert _compiled(root).plan.node_digests != after.node_digests


_KEY = "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n"


def test_keys_are_carried_only_where_the_document_says_so(tmp_path: Path) -> None:
    """By name or content; the warning says what to write. What is encrypted is no secret."""
    tasks = """\
        - ansible.builtin.debug: {msg: "{{ lookup('file', playbook_dir ~ '/keys/id_ed25519') }}"}
        - ansible.builtin.copy: {src: "{{ playbook_dir }}/certs/", dest: /srv/certs, mode: "0600"}
        """
    files = {
        **FILES,
        "roles/app/tasks/main.yml": tasks,
        "keys/id_ed25519": "x",
        "certs/a.pem": f"certificate\n{_KEY}",
        "certs/b.key": "x",
        "certs/c.key": "$ANSIBLE_VAULT;1.1;AES256\n00\n",
        ".pw": "x",
    }
    root = write_tree(tmp_path, files)
    made = _compiled(root)
    assert sorted(_problems(made)) == [
        ("key-not-carried", "main.yml:1:67"),
        ("key-not-carried", "main.yml:2:50"),
    ]
    carried = {path for path in made.bundle.files if path.startswith(("keys/", "certs/"))}
    assert carried == {"certs/document.pem", "certs/c.key"}
    hints = "\n".join(found.hint for found in made.diagnostics)
    assert "carry: [certs/a.pem, certs/b.key]" in hints
    document = DOCUMENT.replace("  vars:", "  ansible: {carry: [keys, certs]}\n  vars:")
    write_tree(root, {"cluster.yaml": document})
    made = _compiled(root)
    assert _problems(made) == []
    assert {"keys/id_ed25519", "certs/a.pem", "certs/b.key"} <= set(made.bundle.files)


def test_nothing_outside_the_tree_is_carried(tmp_path: Path) -> None:
    """Neither by `..` nor by a symbolic link; a warning names the file and the line."""
    tasks = """\
        - ansible.builtin.debug: {msg: "{{ lookup('file', playbook_dir ~ '/../outside/a') }}"}
        - ansible.builtin.debug: {msg: "{{ lookup('file', 'links/a') }}"}
        - ansible.builtin.debug: {msg: "{{ lookup('file', playbook_dir ~ '/' ~ name) }}"}
        """
    write_tree(tmp_path, {"outside/a": "x"})
    root = write_tree(tmp_path / "site", {**FILES, "roles/app/tasks/main.yml": tasks})
    (root / "links").mkdir()
    (root / "links/a").symlink_to(tmp_path / "outside/a")
    made = _compiled(root)
    assert sorted(_problems(made)) == [
        ("file-not-carried", "main.yml:1:67"),
        ("file-not-carried", "main.yml:2:52"),
        ("file-not-carried", "main.yml:3:67"),
    ]
    assert not any("outside" in path or path.startswith("links") for path in made.bundle.files)


PASSWORDS = """\
        - ansible.builtin.assert: {that: "item == 'content'"}
          loop:
            - "{{ lookup('password', playbook_dir + '/../secrets/one length=8') }}"
            - "{{ lookup('ansible.builtin.password', '../secrets/two length=8') }}"
            - "{{ lookup('password', 'secrets/three') }}"
            - "{{ lookup('password', '../passwords/' ~ inventory_hostname) }}"
            - "{{ lookup('password', inventory_dir ~ '/../secrets/four') }}"
"""


def test_existing_passwords_are_carried_and_used(tmp_path: Path) -> None:
    """Also with paths from a playbook or an inventory in a directory below the document's."""
    names = [*(f"secrets/{name}" for name in ("one", "two", "three", "four")), "passwords/h1"]
    document = DOCUMENT.replace("hosts: [{name: h1, connection: local}]", "inventory: inv/hosts")
    root = write_tree(
        tmp_path / "site",
        {
            **FILES,
            "cluster.yaml": document,
            "inv/hosts": "h1 ansible_connection=local\n",
            "roles/app/tasks/main.yml": PASSWORDS,
            **dict.fromkeys(names, "content\n"),
        },
    )
    made = _compiled(root)
    assert _problems(made) == []
    assert set(names) <= set(made.bundle.files)
    emit(made.bundle, tmp_path / "bundle")
    root.rename(tmp_path / "gone")
    _run(tmp_path / "bundle", tmp_path)


@pytest.mark.parametrize(
    ("written", "slug", "hint"),
    [
        ("inventory_dir + '/../../secrets/x'", "password-not-kept", "playbook_dir ~ '/secrets/x'"),
        ("inventory_dir + '/../../none/x'", "password-not-kept", "playbook_dir ~ '/none/x'"),
        ("'../../secrets/x'", "password-not-kept", "playbook_dir ~ '/secrets/x'"),
        ('\\"../../secrets/x\\"', "password-not-kept", "playbook_dir ~ '/secrets/x'"),
        ('inventory_dir ~ \\"/../../s/x\\"', "password-not-kept", "playbook_dir ~ '/s/x'"),
        ("playbook_dir ~ '/../outside/x'", "password-not-carried", "below the document's"),
        ("'../outside/' ~ inventory_hostname", "password-not-carried", "below the document's"),
        ("'../common/x'", "password-not-carried", "below the document's"),
        ("'keys/id_rsa'", "password-not-carried", "carry: [keys/id_rsa]"),
    ],
)
def test_no_run_replaces_a_password(tmp_path: Path, written: str, slug: str, hint: str) -> None:
    """A path that a run would not find, or that may be one of two files, is an error."""
    tasks = f"- ansible.builtin.debug: {{msg: \"{{{{ lookup('password', {written}) }}}}\"}}\n"
    write_tree(tmp_path, {"outside/x": "x", "common/x": "x"})
    document = DOCUMENT.replace("hosts: [{name: h1, connection: local}]", "inventory: inv/hosts")
    files = {"cluster.yaml": document, "inv/hosts": "h1\n", "roles/app/tasks/main.yml": tasks}
    more = {"common/x": "y", "keys/id_rsa": "x"}
    root = write_tree(tmp_path / "site", {**FILES, **files, **more})
    with pytest.raises(InputError) as raised:
        _compiled(root)
    (found,) = [d for d in raised.value.diagnostics if d.is_error]
    assert found.slug == slug
    assert hint in found.hint
    assert found.mark is not None
    assert Path(found.mark.file).name == "main.yml"
    assert found.mark.line == 1


def test_a_password_beside_a_playbook_elsewhere_is_reported(tmp_path: Path) -> None:
    """A role does not say where its playbooks are, and a run would make another password."""
    tasks = """\
        - ansible.builtin.debug: {msg: "{{ lookup('password', 'secrets/db length=8') }}"}
        - ansible.builtin.debug: {msg: "{{ lookup('password', 'secrets/new') }}"}
        - ansible.builtin.debug: {msg: "{{ lookup('password', 'hosts/' ~ inventory_hostname) }}"}
        - ansible.builtin.debug: {msg: "{{ lookup('password', 'pw-' ~ inventory_hostname) }}"}
        - ansible.builtin.debug: {msg: "{{ lookup('password', playbook_dir ~ '/' ~ name) }}"}
        """
    more = {
        "pw-h1": "x",
        "playbooks/secrets/db": "x",
        "playbooks/hosts/h1": "x",
        "roles/app/tasks/main.yml": tasks,
    }
    made = _compiled(write_tree(tmp_path, {**FILES, **more}))
    assert "pw-h1" in made.bundle.files
    assert sorted(_problems(made)) == [
        ("file-not-carried", "main.yml:5:71"),
        ("password-elsewhere", "main.yml:1:56"),
        ("password-elsewhere", "main.yml:3:56"),
    ]


def test_a_file_that_is_written_above_the_bundle_is_an_error(tmp_path: Path) -> None:
    """No later task would find it."""
    tasks = """\
        - ansible.builtin.fetch: {src: /etc/x, dest: "{{ playbook_dir }}/../reports/"}
        - ansible.builtin.fetch: {src: /etc/x, dest: "{{ inventory_dir }}/../../reports/"}
        """
    root = write_tree(tmp_path, {**FILES, "roles/app/tasks/main.yml": tasks})
    with pytest.raises(InputError) as raised:
        _compiled(root)
    found = [(d.slug, d.mark.line) for d in raised.value.diagnostics if d.is_error and d.mark]
    assert found == [("written-file-not-kept", 2)]


def test_a_missing_file_is_reported_where_it_is_read(tmp_path: Path) -> None:
    """A name that a task writes to, a source on a host, and optional files are not."""
    tasks = """\
        - ansible.builtin.debug: {msg: "{{ lookup('file', 'none/a.pem') }}"}
        - ansible.builtin.copy:
            src: "{{ playbook_dir }}/none/b"
            dest: /srv/b
            mode: "0644"
        - ansible.builtin.fetch: {src: /etc/x, dest: "{{ playbook_dir }}/fetched/"}
        - ansible.builtin.copy: {src: none, dest: /srv/c, remote_src: true, mode: "0644"}
        - ansible.builtin.debug: {msg: "{{ lookup('file', 'none/c', errors='ignore') }}"}
        # lookup('file', 'none/d')
        - ansible.builtin.include_tasks: ../../none/tasks/x.yml
        """
    root = write_tree(tmp_path, {**FILES, "roles/app/tasks/main.yml": tasks})
    assert sorted(_problems(_compiled(root))) == [
        ("named-file-not-found", "main.yml:10:34"),
        ("named-file-not-found", "main.yml:1:52"),
        ("named-file-not-found", "main.yml:3:29"),
    ]


@pytest.mark.parametrize("name", ["../x", "/etc", "none", "plays", ".", "site.yml", "linked"])
def test_a_wrong_entry_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    """It has to exist below the document, with room in the bundle, and no link out of it."""
    document = DOCUMENT.replace("  vars:", f"  ansible: {{carry: [certs, {name}]}}\n  vars:")
    root = write_tree(tmp_path / "site", {**FILES, "cluster.yaml": document, "site.yml": ""})
    write_tree(tmp_path, {"x/a": "", "site/plays/a": "", "site/linked/b": ""})
    (root / "linked/a").symlink_to(tmp_path / "x/a")
    with pytest.raises(InputError) as raised:
        _compiled(root)
    (found,) = [d for d in raised.value.diagnostics if d.is_error]
    assert (found.slug, found.mark and (found.mark.line, found.mark.column)) == (
        "invalid-carry",
        (8, 28),
    )


PLAY = """\
  modules:
    - name: m
      tasks:
        - name: t
          steps:
            - name: play
              roles: [app]
              tasks: site/more.yml
              preTasks:
                - ansible.builtin.debug: {msg: "{{ lookup('file', playbook_dir ~ '/keys/a') }}"}
                - ansible.builtin.template: {src: conf/a.j2, dest: "{{ playbook_dir }}/out-a"}
"""


def test_what_a_play_names_is_carried_and_found(tmp_path: Path) -> None:
    """By its roles, by its tasks in the document, and by those in files, wherever they are."""
    tasks = """\
        - ansible.builtin.include_tasks:
            file: inner.yml
        - ansible.builtin.include_tasks: "{{ playbook_dir }}/common/x.yml"
        - ansible.builtin.copy: {src: b.conf, dest: "{{ playbook_dir }}/out-b", mode: "0600"}
        - ansible.builtin.assert: {that: "lookup('file', playbook_dir ~ '/keys/k') == 'content'"}
        """
    files = {
        **FILES,
        "cluster.yaml": DOCUMENT.partition("  modules:")[0] + PLAY,
        "roles/app/tasks/main.yml": TASKS.replace("    - \"{{ lookup('file', carried) }}\"\n", ""),
        "site/more.yml": tasks,
        "site/inner.yml": "- ansible.builtin.debug:\n",
        "site/b.conf": "content",
        "common/x.yml": "- ansible.builtin.include_tasks: y.yml\n",
        "common/y.yml": "- ansible.builtin.debug:\n",
        "conf/a.j2": "content",
        "keys/a": "content",
        "keys/k": "content",
    }
    root = write_tree(tmp_path / "site", files)
    made = _compiled(root)
    assert _problems(made) == []
    emit(made.bundle, tmp_path / "bundle")
    root.rename(tmp_path / "gone")
    _run(tmp_path / "bundle", tmp_path)


def test_a_play_reads_no_file_with_the_name_of_one_of_the_bundle(tmp_path: Path) -> None:
    """It would read that one; extra variables would hold for every play."""
    play = PLAY.replace("site/more.yml", "site.yml, varsFiles: [extra_vars.yml]")
    play = play.replace("tasks: site.yml, ", "tasks: site.yml\n              ")
    document = DOCUMENT.partition("  modules:")[0] + play
    files = {"cluster.yaml": document, "site.yml": "[]\n", "extra_vars.yml": "a: 1\n"}
    root = write_tree(tmp_path, {**FILES, **files, "keys/a": "", "conf/a.j2": ""})
    with pytest.raises(InputError) as raised:
        _compiled(root)
    found = [d for d in raised.value.diagnostics if d.is_error]
    assert [(d.slug, d.summary.split("`")[1]) for d in found] == [
        ("step-file-reserved", "extra_vars.yml"),
        ("step-file-reserved", "site.yml"),
    ]
