"""The parts of etcd in the pipelines ``upgrade`` and ``defrag``: one member after the other."""

from __future__ import annotations

import itertools
from typing import Any

from worldtree.catalog.builders import entry_module, needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components import etcd_data
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec

_HOST_SELECTOR = "role=etcd"


def defrag(variables: dict[str, Any], context: PlanContext) -> ModuleSpec | None:
    """Return the module that defragments each member; ``variables`` of the role."""
    if not context.hosts_of("etcd"):
        return None
    return entry_module(
        "etcd", "defrag", _HOST_SELECTOR, variables, policy=Policy(mutex="etcd-restart")
    )


def upgrade(variables: dict[str, Any], context: PlanContext) -> ModuleSpec | None:
    """Return the module that brings each member to the document's version.

    No host is touched before the versions were compared and a backup was made.
    """
    backup = etcd_data.backup(variables, context)
    if backup is None:
        return None
    steps = (
        ("check", "upgrade_check", True),
        ("install", "install", False),
        ("configure", "configure", False),
        ("restart", "restart", False),
        ("verify", "upgrade_verify", True),
    )
    [first, *rest] = [
        TaskSpec(
            name=name,
            hosts=_HOST_SELECTOR,
            steps=(role_step("etcd", entry, name=name, read_only=read_only),),
            policy=Policy(mutex="etcd-restart") if name == "restart" else Policy(),
        )
        for name, entry, read_only in steps
    ]
    # Where Kubernetes is upgraded, too, it says first whether that may begin.
    first = first.model_copy(update={"needs": needs("kubernetes/check", scope="barrier")})
    ordered = [first, *backup.tasks, *rest]
    tasks = [first] + [
        task.model_copy(update={"needs": needs(before.name, scope="barrier")})
        for before, task in itertools.pairwise(ordered)
    ]
    return backup.model_copy(update={"tasks": tuple(tasks)})
