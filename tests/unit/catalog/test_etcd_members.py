"""The part of etcd in the pipeline ``remove-member``."""

from __future__ import annotations

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.etcd import COMPONENT, EtcdConfig
from worldtree.catalog.pipelines.remove_member import RemoveMemberParameters
from worldtree.plan.specs import ModuleSpec

MEMBERS = tuple(host(f"e{number}", "etcd") for number in (1, 2, 3))


def build(member: str, members: int = 3) -> ModuleSpec | None:
    context = Cluster(MEMBERS[:members], parameters=RemoveMemberParameters(member=member))
    return COMPONENT.pipelines["remove-member"](EtcdConfig(), context)


def test_the_others_remove_it_and_its_host_is_cleared_last() -> None:
    module = build("e2")
    assert module
    assert [(task.name, task.hosts, task.policy.allowed_failures) for task in module.tasks] == [
        ("remove", "e1:e3", 1),
        ("settings", "e1:e3", 1),
        ("clear", "e2", 1),
    ]
    assert [one["name"] for one in module.vars["etcd_members"]] == ["e1", "e3"]
    assert module.tasks[2].steps[0].vars["etcd_purge_data"] is True
    for task in module.tasks[1:]:
        assert [(need.target, need.scope) for need in task.needs] == [("remove", "barrier")]


def test_a_host_that_left_the_document_is_removed_by_name() -> None:
    module = build("old")
    assert module
    assert [task.name for task in module.tasks] == ["remove", "settings"]
    assert module.tasks[0].hosts == "e1:e2:e3"


def test_the_only_member_has_nobody_to_remove_it() -> None:
    assert build("e1", members=1) is None
