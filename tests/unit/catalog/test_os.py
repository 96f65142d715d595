"""The component ``os`` plans what the document asks for, and nothing else."""

from __future__ import annotations

from typing import Any

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.os import COMPONENT
from worldtree.plan.specs import ModuleSpec

HOSTS = (host("a", address="10.0.0.1"), host("b", address="b.example", internal_address="10.0.0.2"))


def build(pipeline: str = "create-cluster", hosts: Any = HOSTS, **config: Any) -> ModuleSpec | None:
    return COMPONENT.pipelines[pipeline](COMPONENT.parse(config), Cluster(hosts))


def test_without_wishes_only_the_hosts_file_is_kept() -> None:
    module = build()
    assert module
    assert [task.name for task in module.tasks] == ["hosts"]
    assert module.vars["os_hosts_entries"] == [
        {"name": "a", "address": "10.0.0.1"},
        {"name": "b", "address": "10.0.0.2"},
    ]


def test_nothing_to_do_is_no_module() -> None:
    assert build(hostsFile=False) is None
    assert build(hosts=()) is None
    assert build(hosts=(host("a", address="a.example"),)) is None


def test_every_wish_is_a_task_and_only_true_dependencies_order_them() -> None:
    module = build(
        packages=["jq"],
        kernelModules=["br_netfilter"],
        sysctl={"net.ipv4.ip_forward": 1},
        time={"servers": ["10.0.0.9"]},
        limits=[{"domain": "*", "item": "nofile", "value": 65536}],
    )
    assert module
    waits = {task.name: [need.target for need in task.needs] for task in module.tasks}
    assert waits == {
        "hosts": [],
        "packages": [],
        "modules": [],
        "sysctl": ["modules"],
        "time": ["packages"],
        "limits": [],
    }
    assert {need.scope for task in module.tasks for need in task.needs} == {"host"}
    assert module.vars["os_time_service"] == "chrony"
    assert module.vars["os_time_servers"] == ["10.0.0.9"]


def test_the_control_side_is_not_configured_as_a_machine() -> None:
    module = build(hosts=(*HOSTS, host("here", "control", connection="local")))
    assert module
    assert module.tasks[0].hosts == "all:!control"
    assert len(module.vars["os_hosts_entries"]) == 2


def test_verify_and_remove_run_one_entry_on_every_machine() -> None:
    for pipeline, entry in (("verify", "verify"), ("destroy-cluster", "remove")):
        module = build(pipeline)
        assert module
        assert [(t.hosts, t.steps[0].entry) for t in module.tasks] == [("all", entry)]
