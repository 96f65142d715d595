"""An inventory of any format gives the same hosts and variables in a bundle as at its source."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.team_roles.cases import ansible
from acceptance.workspace import Workspace
from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.inventory.external import read_inventory
from worldtree.ansible.content.inventory.sources import InventorySource

YAML = """
all:
  vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  hosts: {w1: {kind: web}, w2: {kind: web}, db1: {kind: db}}
  children:
    web: {hosts: {w1: , w2: }, vars: {tier: front}}
    site: {children: {web: }, hosts: {db1: }}
"""

SCRIPT = f"""#!{sys.executable}
import json
print(json.dumps({{
    "web": {{"hosts": ["w1", "w2"], "vars": {{"tier": "front"}}}},
    "site": {{"children": ["web"], "hosts": ["db1"]}},
    "_meta": {{"hostvars": {{"w1": {{"kind": "web"}}}}}},
}}))
"""

INI = "[web]\nw1 kind=web\nw2\n[web:vars]\ntier=front\n[site:children]\nweb\n[site]\ndb1\n"

CONSTRUCTED = """
plugin: ansible.builtin.constructed
strict: false
keyed_groups: [{key: kind, prefix: made}]
compose: {greeting: "'hello ' + inventory_hostname"}
"""

FORMS: dict[str, dict[str, str]] = {
    "ini": {"inventory": INI, "group_vars/web.yml": "port: 80"},
    "yaml": {"inventory": YAML, "host_vars/db1.yml": "port: 5432"},
    "script": {"inventory": SCRIPT, "group_vars/site.yml": "site: north"},
    "directory with plugin": {
        "inventory/10-hosts.yml": YAML,
        "inventory/20-made.yml": CONSTRUCTED,
        "inventory/group_vars/made_db.yml": "port: 5432",
        "inventory/certs/ca.pem": "-----BEGIN CERTIFICATE-----\n",
    },
}

DOCUMENT = """
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: forms}
spec:
  inventory: ./inventory
  modules:
    - name: site
      tasks:
        - name: ask
          hosts: role=web
          steps: [{assert: {that: ["kind is defined or true"]}}]
"""


def listing(*arguments: str, cwd: Path) -> dict[str, Any]:
    """Return the output of ``ansible-inventory --list`` without its source paths."""
    done = subprocess.run(
        [ansible("inventory"), *arguments, "--list"],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_an_inventory_says_the_same_in_a_bundle(form: str, tmp_path: Path) -> None:
    for name, text in FORMS[form].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if form == "script":
        (tmp_path / "inventory").chmod(0o755)
    (tmp_path / "cluster.yaml").write_text(DOCUMENT, encoding="utf-8")
    compiled = Workspace(tmp_path).wt("compile", "--dir", "build")
    assert compiled.code == 0, compiled.err
    cached = listing("-i", "inventory", cwd=tmp_path)
    assert listing(cwd=tmp_path / "build") == cached
    assert set(cached["_meta"]["hostvars"]) <= {"w1", "w2", "db1"}
    assert cached["site"]["children"] == ["web"]


#: Two directories with variables of their own, a script beside one of them, and names.
SEVERAL = {
    "envs/common/hosts.yml": YAML,
    "envs/common/group_vars/all.yml": "tier: common\nmerged: {a: 1}\ncommon: 1\n",
    "envs/common/host_vars/w1.yml": "port: 81\n",
    "envs/prod/hosts.ini": "[web]\nw1 kind=prod\nw3\n[web:vars]\ntier=prod\n[site:children]\nlast\n"
    "[last]\nw3\n",
    "envs/prod/group_vars/all.yml": "tier: prod\nmerged: {b: 2}\n",
    "envs/prod/group_vars/web.yml": "port: 80\n",
    "envs/prod/dynamic": SCRIPT,
    "other/prod/hosts": "[web]\nw1 kind=other\n",
    "other/prod/group_vars/web/main.yml": "port: 82\nother: true\n",
}


@pytest.mark.slow
@pytest.mark.both_cores
@pytest.mark.parametrize(
    "listed",
    [
        ("envs/common", "envs/prod/hosts.ini", "envs/prod/dynamic", "w8:2222,w9", "other/prod"),
        ("other/prod/hosts", "w9,", "envs/prod/hosts.ini", "envs/common"),
        ("envs/prod/hosts.ini", "envs/prod/dynamic"),
    ],
)
def test_several_inventories_say_the_same_in_a_bundle(
    listed: tuple[str, ...], tmp_path: Path
) -> None:
    """Later ones win, each with the variables beside it; in the plan as in Ansible."""
    write_tree(tmp_path, SEVERAL)
    (tmp_path / "envs/prod/dynamic").chmod(0o755)
    written = DOCUMENT.replace("./inventory", json.dumps(listed))
    (tmp_path / "cluster.yaml").write_text(written, encoding="utf-8")
    options = [word for text in listed for word in ("-i", text)]
    plain = listing(*options, cwd=tmp_path)
    compiled = Workspace(tmp_path).wt("compile", "--dir", "build")
    assert compiled.code == 0, compiled.err
    assert listing(cwd=tmp_path / "build") == plain
    sources = [InventorySource(text if "," in text else tmp_path / text, None) for text in listed]
    found, problems = read_inventory(sources)
    assert found is not None
    assert problems == []
    for host in found.hosts:
        known: dict[str, Any] = {}
        for scope in found.variables.scopes(host.name):
            known.update(scope.vars)
        assert known == plain["_meta"]["hostvars"].get(host.name, {})
    members = {name: set(listed) for name, listed in found.groups.items()}
    assert members["web"] >= {"w1"}
