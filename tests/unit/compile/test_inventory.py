"""What a plan knows of hosts by their groups."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from unit.ansible.content.roles.trees import MAIN, write_tree
from worldtree.ansible.content.argspec.types import is_runtime_value
from worldtree.ansible.content.inventory.connection_vars import HIDDEN_PASSWORD
from worldtree.app.documents.secret_uses import secret_uses
from worldtree.compile.compiler import plan_document
from worldtree.core.errors import InputError
from worldtree.runner.connect.ssh_command import effective_connection_vars
from worldtree.spec.load import load_file


def test_a_host_has_the_connection_variables_of_its_groups(tmp_path: Path) -> None:
    """Groups inside win over those around them; nothing else of theirs is repeated."""
    spec = {
        "vars": {"ansible_password": "${env:ALL}", "motto": "${env:MOTTO}"},
        "hosts": [
            {"name": "a", "address": "10.0.0.1", "vars": {"ansible_port": 2222}},
            {"name": "b", "address": "10.0.0.2"},
        ],
        "groups": {
            "inner": {"members": ["a"], "vars": {"ansible_become_password": "${env:INNER}"}},
            "outer": {
                "members": ["inner"],
                "vars": {"ansible_become_password": "${env:OUTER}", "size": 1},
            },
        },
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"command": "true"}]}]}],
    }
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    file = tmp_path / "cluster.yaml"
    file.write_text(yaml.safe_dump({**head, "spec": spec}))
    (document,) = load_file(file)
    plan = plan_document(document).plan
    found = {host.name: host for host in plan.hosts}
    everybody = {"ansible_password": "${env:ALL}"}
    assert found["a"].inherited == {"ansible_become_password": "${env:INNER}", **everybody}
    assert found["a"].vars == {"ansible_port": 2222}
    assert found["b"].inherited == everybody
    uses = secret_uses(plan)
    assert [str(reference) for reference in uses] == ["env:INNER", "env:ALL"]
    assert next(iter(uses.values())) == ["host a: ansible_become_password"]


@pytest.mark.parametrize("external", [False, True])
def test_connection_variables_of_files_beside_the_document_count(
    tmp_path: Path, *, external: bool
) -> None:
    """As Ansible reads them; a plan shows neither passwords nor what is vaulted."""
    hosts = {"hosts": [{"name": name, "roles": ["web"]} for name in ("a", "b")]}
    spec = {
        **({"inventory": "hosts"} if external else hosts),
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"command": "true"}]}]}],
    }
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    write_tree(
        tmp_path,
        {
            "cluster.yaml": yaml.safe_dump({**head, "spec": spec}),
            "hosts": "[web]\na\nb\n",
            "group_vars/all/main.yml": "ansible_connection: ssh\nansible_port: 2222\nsize: 1\n",
            "group_vars/web": "ansible_connection: community.docker.docker\n",
            "group_vars/web.yml": "ansible_connection: ignored\n",
            "group_vars/db.yml": "ansible_connection: other\n",
            "host_vars/b.yml": "ansible_ssh_private_key_file: !vault |\n"
            "  $ANSIBLE_VAULT;1.1;AES256\n  6161\nansible_password: hunter2\n",
        },
    )
    plan = plan_document(load_file(tmp_path / "cluster.yaml")[0]).plan
    a, b = (effective_connection_vars(host, {}) for host in plan.hosts)
    assert a["ansible_connection"] == b["ansible_connection"] == "community.docker.docker"
    assert int(a["ansible_port"]) == 2222
    assert is_runtime_value(b["ansible_ssh_private_key_file"])
    assert b["ansible_password"] == HIDDEN_PASSWORD
    assert "hunter2" not in plan.model_dump_json()
    assert "size" not in a


def test_a_change_of_the_inventory_does_not_change_the_digest_of_the_document(
    tmp_path: Path,
) -> None:
    spec = {
        "inventory": "hosts",
        "groups": {"mine": {"members": ["a"], "vars": {"size": 1}}},
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"command": "true"}]}]}],
    }
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    file, inventory = tmp_path / "cluster.yaml", tmp_path / "hosts"

    def digests() -> dict[str, str]:
        file.write_text(yaml.safe_dump({**head, "spec": spec}))
        return plan_document(load_file(file)[0]).plan.digests

    inventory.write_text("[web]\na\n")
    before = digests()
    inventory.write_text("[web]\na\nb\n")
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"inventory"}
    spec["groups"]["mine"]["members"] = ["b"]  # type: ignore[index]
    assert {name for name in after if after[name] != digests()[name]} == {"document"}


def test_a_wrong_variable_of_a_range_of_hosts_is_reported_once(tmp_path: Path) -> None:
    """And that of another host at the same time."""
    files = {
        "roles/app/tasks/main.yml": MAIN,
        "roles/app/meta/argument_specs.yml": (
            "argument_specs: {main: {options: {app_port: {type: int}}}}\n"
        ),
    }
    write_tree(tmp_path, files)
    spec = {
        "rolesPath": ["./roles"],
        "hosts": [
            {"name": "w[1:3]", "address": "10.0.0.[1:3]", "vars": {"app_port": "many"}},
            {"name": "db", "address": "10.0.0.9", "vars": {"app_port": "few"}},
        ],
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"role": "app"}]}]}],
    }
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    file = tmp_path / "cluster.yaml"
    file.write_text(yaml.safe_dump({**head, "spec": spec}))
    with pytest.raises(InputError) as raised:
        plan_document(load_file(file)[0])
    found = [d.summary.rpartition("from ")[2] for d in raised.value.diagnostics if d.is_error]
    assert sorted(found) == ["host `db`)", "host `w1`)"]


def test_host_vars_beside_the_document_override_its_defaults(tmp_path: Path) -> None:
    """For the connection check as for Ansible; those of groups do not, nor do templates."""
    spec = {
        "ssh": {"user": "deploy"},
        "hosts": [{"name": name, "roles": ["web"]} for name in ("a", "b", "c")],
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"command": "true"}]}]}],
    }
    head = {"apiVersion": "worldtree.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "c"}}
    files = {
        "cluster.yaml": yaml.safe_dump({**head, "spec": spec}),
        "host_vars/a.yml": "ansible_user: own\nansible_port: 2222\nansible_host: 10.0.0.9\n",
        "host_vars/b.yml": "ansible_user: '{{ somebody }}'\n",
        "group_vars/web.yml": "ansible_user: group\n",
    }
    (document,) = load_file(write_tree(tmp_path, files) / "cluster.yaml")
    plan = plan_document(document).plan
    hosts = {host.name: host for host in plan.hosts}
    found = {name: (host.user, host.port, host.address) for name, host in hosts.items()}
    assert found == {
        "a": ("own", 2222, "10.0.0.9"),
        "b": ("deploy", 22, "b"),
        "c": ("deploy", 22, "c"),
    }
    assert effective_connection_vars(hosts["a"], hosts)["ansible_user"] == "own"
