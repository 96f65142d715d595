"""Builds what makes further hosts members of a running cluster.

It is the work of ``create-cluster`` on these hosts alone, with a token from a control plane that is
a member already. Of the others, only those are touched whose own files name the new ones.
"""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.changed_context import ChangedContext
from worldtree.catalog.components.kubernetes.create_modules import create_module
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.pipeline_checks import new_members
from worldtree.catalog.components.kubernetes.route_tasks import route_tasks
from worldtree.catalog.components.kubernetes.topology import control_planes
from worldtree.catalog.narrowing import narrowed
from worldtree.catalog.pipelines.add_hosts import AddHostsParameters
from worldtree.plan.specs import ModuleSpec, TaskSpec

#: Tasks of the creation that make the cluster itself, or that are about all members.
_OF_ALL = ("init", "kubeconfig", "pod-networks", "routes", "ready", "nodes", "token")


def add_module(config: KubernetesConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the work that makes the new hosts members; None where there is none."""
    given = context.parameters
    if not isinstance(given, AddHostsParameters):
        return None
    new = new_members(context)
    # A new one may be the first of the document: it joins like all others.
    ordered = ChangedContext(context, last=frozenset(new))
    made = create_module(config, ordered)
    old = [host.name for host in control_planes(context) if host.name not in new]
    if made is None or not new or not old:
        return None
    manager = old[0]
    own = narrowed(made, new, context)
    tasks = [task for task in own.tasks if task.name not in _OF_ALL]
    joins = [task.name for task in tasks if task.name.startswith("join-")]
    token = next(task for task in made.tasks if task.name == "token")
    # Where the running cluster takes no further member, nothing is begun on the new hosts.
    check = role_step(
        "kubernetes",
        "add_check",
        name="check",
        variables={"kubernetes_new": list(new)},
        read_only=True,
    )
    tasks = [
        TaskSpec(name="check", hosts=manager, steps=(check,)),
        *(_after_check(task) for task in tasks),
        token.model_copy(update={"hosts": manager, "needs": needs("check", scope="barrier")}),
    ]
    tasks += route_tasks(config, context, manager, needs(*joins, scope="barrier"))
    tasks += _last_tasks(made, new, manager, tuple(joins), config)
    return own.model_copy(update={"tasks": tuple(tasks)})


def _after_check(task: TaskSpec) -> TaskSpec:
    """Return the task, waiting for the check where it changes a host first."""
    if not task.name.startswith("prepare-"):
        return task
    return task.model_copy(update={"needs": (*task.needs, *needs("check", scope="barrier"))})


def _last_tasks(
    made: ModuleSpec,
    new: tuple[str, ...],
    manager: str,
    joins: tuple[str, ...],
    config: KubernetesConfig,
) -> list[TaskSpec]:
    found = []
    waits = needs(*joins, scope="barrier")
    labels = next((task for task in made.tasks if task.name == "nodes"), None)
    if labels is not None:
        pools = [
            {**pool, "nodes": kept}
            for pool in labels.steps[0].vars["kubernetes_pools"]
            if (kept := [name for name in pool["nodes"] if name in new])
        ]
        if pools:
            step = role_step("kubernetes", "nodes", variables={"kubernetes_pools": pools})
            found.append(TaskSpec(name="nodes", hosts=manager, needs=waits, steps=(step,)))
    if config.networking.plugin != "none":
        every: dict[str, Any] = {"kubernetes_nodes": list(new)}
        step = role_step("kubernetes", "ready", variables=every, read_only=True)
        networks = needs("network", "routes", scope="barrier")
        found.append(
            TaskSpec(name="ready", hosts=manager, needs=(*waits, *networks), steps=(step,))
        )
    return found
