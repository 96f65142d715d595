"""The parts of etcd in the pipelines ``upgrade`` and ``defrag``."""

from __future__ import annotations

from typing import Any

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.etcd import COMPONENT, EtcdConfig
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.plan.specs import ModuleSpec

MEMBERS = tuple(host(f"e{number}", "etcd") for number in (1, 2, 3))


def build(pipeline: str, hosts: Any = MEMBERS, **given: Any) -> ModuleSpec | None:
    parameters = pipeline_named(pipeline).parameters.model_validate(given)
    return COMPONENT.pipelines[pipeline](
        EtcdConfig(version="3.5.30"), Cluster(hosts, parameters=parameters)
    )


def test_an_upgrade_compares_versions_and_makes_a_backup_first() -> None:
    module = build("upgrade", keep=3)
    assert module
    assert [task.steps[0].entry for task in module.tasks] == [
        "upgrade_check",
        "backup",
        "install",
        "configure",
        "restart",
        "upgrade_verify",
    ]
    names = [task.name for task in module.tasks]
    before = [{(need.target, need.scope) for need in task.needs} for task in module.tasks]
    # Dropped where the cluster has no Kubernetes.
    first = {("kubernetes/check", "barrier")}
    assert before == [first, *({(name, "barrier")} for name in names[:-1])]
    assert module.vars["etcd_backup_keep"] == 3
    assert build("upgrade", hosts=()) is None


def test_a_defragmentation_never_meets_a_restart() -> None:
    module = build("defrag")
    assert module
    [task] = module.tasks
    assert (task.steps[0].entry, task.policy.mutex) == ("defrag", "etcd-restart")
    assert build("defrag", hosts=()) is None
