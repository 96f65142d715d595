"""Digests of nodes in an inventory with encrypted values: each counts where its text would."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import plan_document
from worldtree.spec.load import load_file

PASSWORD = "vault-password"
DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  inventory: inv
  rolesPath: [./roles]
  facts: {gather: never}
  modules:
    - name: m
      tasks:
        - {name: web, hosts: web, steps: [{name: s, command: "echo {{ workers }}"}]}
        - {name: db, hosts: db, steps: [{name: s, roles: [r]}]}
        - {name: token, hosts: db, steps: [{name: s, tasks: [{command: "echo {{ token }}"}]}]}
        - {name: peers, hosts: mon, steps: [{name: s, command: "echo {{ hostvars.d1.token }}"}]}
"""


def _vaulted(text: str) -> str:
    vault = VaultLib([("default", VaultSecret(PASSWORD.encode()))])
    return str(vault.encrypt(text.encode()).decode())


def _inline(value: str) -> str:
    return f"token: !vault |\n{textwrap.indent(_vaulted(value), '  ')}"


#: Form of the variable `token` of the group `db` -> the text of its file.
FORMS = {
    "clear": "token: {}\n".format,
    "inline": _inline,
    "file": lambda value: _vaulted(f"token: {value}\nother: 1\n"),
}


def _digests(root: Path) -> dict[tuple[str, str], str]:
    plan = plan_document(load_file(root / "cluster.yaml")[0]).plan
    return {
        (name.split("/")[2], host): digest
        for name, found in plan.pair_digests.items()
        for host, digest in found.items()
    }


def _changed(root: Path, files: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return which pairs have another digest with ``files``, which are written."""
    before = _digests(root)
    write_tree(root, files)
    after = _digests(root)
    return {pair for pair, digest in before.items() if after[pair] != digest}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tree(
        tmp_path,
        {
            "cluster.yaml": DOCUMENT,
            "inv/hosts.ini": "[web]\nw1\nw2\n[db]\nd1\nd2\n[mon]\nm1\n",
            "inv/group_vars/web.yml": "workers: 1\n",
            "inv/host_vars/w2.yml": "workers: 4\n",
            "roles/r/tasks/main.yml": "- ansible.builtin.ping:\n",
            "password": PASSWORD,
        },
    )


@pytest.mark.parametrize("form", FORMS)
def test_an_encrypted_value_counts_where_the_same_text_in_clear_would(
    root: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(root / "password"))
    write_tree(root, {"inv/group_vars/db/secret.yml": FORMS[form]("one")})
    peers = {("peers", "m1")}
    assert _changed(root, {"inv/host_vars/w2.yml": "workers: 5\n"}) == {("web", "w2")} | peers
    other = {("token", "d1"), ("token", "d2")} | peers
    assert _changed(root, {"inv/group_vars/db/secret.yml": FORMS[form]("two")}) == other


@pytest.mark.parametrize("has_password", [True, False])
def test_what_is_not_known_of_an_encrypted_file_counts_for_its_hosts_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch, has_password: bool
) -> None:
    """A template in it may read anything, and without the password it may be one."""
    readers: set[Any] = {("token", "d1"), ("token", "d2"), ("peers", "m1"), ("web", "w2")}
    if has_password:
        monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(root / "password"))
    else:
        readers |= {("db", "d1"), ("db", "d2")}
    secret = _vaulted("token: '{{ hostvars.w2.workers }}'\n")
    write_tree(root, {"inv/group_vars/db/secret.yml": secret})
    assert _changed(root, {"inv/host_vars/w2.yml": "workers: 5\n"}) == readers
