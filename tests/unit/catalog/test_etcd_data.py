"""The parts of etcd in the pipelines ``backup`` and ``restore``."""

from __future__ import annotations

from typing import Any

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.etcd import COMPONENT, EtcdConfig
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.plan.specs import ModuleSpec

MEMBERS = tuple(host(f"e{number}", "etcd") for number in (1, 2, 3))


def build(pipeline: str, hosts: Any = MEMBERS, **given: Any) -> ModuleSpec | None:
    parameters = pipeline_named(pipeline).parameters.model_validate(given)
    context = Cluster(hosts, parameters=parameters)
    return COMPONENT.pipelines[pipeline](EtcdConfig(), context)


def test_a_backup_needs_one_member_within_reach() -> None:
    module = build("backup", directory="/srv/backups", keep=3, hostDirectory="/var/backups/etcd")
    assert module
    [task] = module.tasks
    assert (task.hosts, task.policy.allowed_failures) == ("role=etcd", 2)
    assert module.vars["etcd_backup_directory"] == "/srv/backups"
    assert module.vars["etcd_backup_host_directory"] == "/var/backups/etcd"
    assert module.vars["etcd_backup_keep"] == 3


def test_no_member_is_stopped_before_all_have_the_restored_data() -> None:
    module = build("restore", snapshot="etcd-shop-1.db", deleteOld=True)
    assert module
    assert [task.steps[0].entry for task in module.tasks] == [
        "restore_check",
        "restore_prepare",
        "restore_stop",
        "restore_swap",
        "start",
        "restore_finish",
    ]
    before = [{(need.target, need.scope) for need in task.needs} for task in module.tasks]
    names = [task.name for task in module.tasks]
    assert before == [set(), *({(name, "barrier")} for name in names[:-1])]
    assert module.vars["etcd_restore_snapshot"] == "etcd-shop-1.db"
    assert module.vars["etcd_restore_delete_old"] is True


def test_the_role_s_own_places_are_used_where_none_is_given() -> None:
    for pipeline in ("backup", "restore"):
        module = build(pipeline)
        assert module
        assert "etcd_backup_directory" not in module.vars
        assert build(pipeline, hosts=()) is None
