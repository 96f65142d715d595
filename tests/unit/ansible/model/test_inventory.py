"""The bundle's inventory: what it says, and that Ansible reads it as meant."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from worldtree.ansible.model.inventory import (
    InventorySpec,
    group_members,
    groups_source,
    inventory_files,
)
from worldtree.ansible.model.yaml_writer import dump
from worldtree.plan.plan import PlanHost, PlanSsh

GATE = PlanHost(name="gate", address="10.0.0.1", user="jump", port=2222)
WEB = PlanHost(
    name="web1",
    address="10.0.0.31",
    user="root",
    bastion="gate",
    vars={"rack": "a", "password": "${env:WEB_PASSWORD}", "raw": {"__ansible_unsafe": "{{ x }}"}},
)
HERE = PlanHost(name="here", address="here", connection="local")

SPEC = InventorySpec(
    hosts=(WEB, GATE, HERE),
    groups={"web": ("web1",), "control": ("here",), "site": ("web1", "here", "gate")},
    children={"site": ("web", "control")},
    group_vars={"web": {"tier": "front"}, "control": {}},
    cluster_vars={"ntp_server": "10.0.0.9"},
    ssh_args=("-o ControlPersist=60s",),
)


def test_hosts_and_groups_stand_in_one_file_and_variables_beside_it() -> None:
    files = inventory_files(SPEC)
    assert list(files) == [
        "inventory/group_vars/all.yml",
        "inventory/group_vars/web.yml",
        "inventory/host_vars/web1.yml",
        "inventory/hosts.yml",
    ]
    assert files["inventory/group_vars/all.yml"] == {"ntp_server": "10.0.0.9"}
    everything = files["inventory/hosts.yml"]["all"]
    assert list(everything["hosts"]) == ["web1", "gate", "here"]
    assert everything["hosts"]["gate"] == {
        "ansible_host": "10.0.0.1",
        "ansible_port": 2222,
        "ansible_user": "jump",
        "ansible_ssh_common_args": "-o ControlPersist=60s -o StrictHostKeyChecking=accept-new"
        " -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3",
    }
    assert everything["children"]["site"] == {
        "hosts": {"gate": None},
        "children": {"web": None, "control": None},
    }


GATE_SSH = PlanSsh(private_key_file="/k/gate key", host_key_checking="strict", timeout=3)


def common_args(*hosts: PlanHost) -> str:
    data = inventory_files(InventorySpec(hosts))["inventory/hosts.yml"]["all"]["hosts"]
    return str(data["h"]["ansible_ssh_common_args"])


def test_a_host_behind_a_bastion_is_reached_with_the_bastions_own_settings() -> None:
    gate = GATE.model_copy(update={"ssh": GATE_SSH})
    args = shlex.split(common_args(PlanHost(name="h", address="h", bastion="gate"), gate))
    assert args[-2] == "-o"
    assert args[-1] == (
        "ProxyCommand=ssh -W %h:%p -o BatchMode=yes -o StrictHostKeyChecking=yes"
        " -o ConnectTimeout=3 -o ServerAliveInterval=10 -o ServerAliveCountMax=3"
        " -i '/k/gate key' -p 2222 jump@10.0.0.1"
    )


@pytest.mark.parametrize(
    ("bastion", "tail"),
    [
        ("op@gate.example.com:2200", "-p 2200 op@gate.example.com"),
        ("gate.example.com", "gate.example.com"),
        ("six", "fd00::1"),
        ("[fd00::2]:2200", "-p 2200 fd00::2"),
        ("fd00::2", "fd00::2"),
        ("inner", "-J jump@10.0.0.1:2222 10.0.0.2"),
        ("loop", "10.0.0.3"),
    ],
)
def test_bastions_are_hosts_or_addresses_and_may_be_behind_others(bastion: str, tail: str) -> None:
    args = common_args(
        PlanHost(name="h", address="h", bastion=bastion),
        GATE,
        PlanHost(name="six", address="fd00::1"),
        PlanHost(name="inner", address="10.0.0.2", bastion="gate"),
        PlanHost(name="loop", address="10.0.0.3", bastion="loop"),
    )
    assert args.endswith(f'-o ServerAliveCountMax=3 {tail}"')


def test_hosts_that_differ_in_becoming_say_so_and_others_do_not() -> None:
    """Plays say it with a keyword; a variable ``ansible_become`` would win over a task's own."""
    host = PlanHost(name="h", address="h", connection="local", ssh=PlanSsh(become=True))
    other = PlanHost(name="o", address="o")
    alone = inventory_files(InventorySpec((host,)))["inventory/hosts.yml"]["all"]["hosts"]["h"]
    beside = inventory_files(InventorySpec((host, other)))["inventory/hosts.yml"]["all"]["hosts"]
    local = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    assert alone == local
    assert beside["h"] == {**local, "worldtree_become": True}
    assert "worldtree_become" not in beside["o"]


def test_nothing_about_connections_is_said_of_all_hosts() -> None:
    """The implicit localhost belongs to ``all`` too, and must stay local."""
    everything = inventory_files(SPEC)["inventory/hosts.yml"]["all"]
    assert "vars" not in everything


def test_secrets_stay_references() -> None:
    text = dump(inventory_files(SPEC)["inventory/host_vars/web1.yml"])
    assert "lookup('worldtree.core.secret', 'env:WEB_PASSWORD')" in text
    assert "!unsafe" in text


def test_members_of_nested_groups_count_once_and_circles_end() -> None:
    spec = InventorySpec(
        (), groups={"a": ("x",), "b": ("y", "x")}, children={"a": ("b",), "b": ("a",)}
    )
    assert group_members("a", spec) == ("x", "y")


def write(root: Path, spec: InventorySpec) -> dict[str, str]:
    texts = {name: dump(data) for name, data in inventory_files(spec).items()}
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return texts


def test_equal_inventories_give_equal_bytes_whatever_the_order_of_groups(tmp_path: Path) -> None:
    turned = InventorySpec(
        SPEC.hosts,
        dict(reversed(SPEC.groups.items())),
        SPEC.children,
        dict(reversed(SPEC.group_vars.items())),
        SPEC.cluster_vars,
        SPEC.ssh_args,
    )
    assert write(tmp_path / "a", SPEC) == write(tmp_path / "b", turned)


def test_ansible_reads_hosts_groups_and_variables_as_meant(tmp_path: Path) -> None:
    write(tmp_path, SPEC)
    command = [sys.executable, "-m", "ansible", "inventory", "-i", "inventory/hosts.yml", "--list"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found["site"]["children"]) == {"web", "control"}
    assert found["web"]["hosts"] == ["web1"]
    web1 = found["_meta"]["hostvars"]["web1"]
    assert (web1["tier"], web1["rack"], web1["ntp_server"]) == ("front", "a", "10.0.0.9")


def test_what_is_added_to_an_inventory_says_nothing_of_connections() -> None:
    spec = InventorySpec(
        (), {"front": ("w1",)}, {"front": ("web",)}, {"front": {"key": "${env:KEY}"}}, {"a": 1}
    )
    assert groups_source(spec) == {
        "all": {
            "vars": {"a": 1},
            "children": {
                "front": {
                    "hosts": {"w1": None},
                    "children": {"web": None},
                    "vars": {"key": "{{ lookup('worldtree.core.secret', 'env:KEY') }}"},
                }
            },
        }
    }
