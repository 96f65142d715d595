"""Builds the modules of component ``kubernetes`` that check a cluster and take it off its hosts."""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.create_modules import module_variables, names_of
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.topology import control_planes, members, workers
from worldtree.plan.specs import ModuleSpec, TaskSpec


def verify_module(config: KubernetesConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the checks of a running cluster: each member, and each control plane of all."""
    tasks = []
    for name, hosts in (
        ("control-planes", control_planes(context)),
        ("workers", workers(context)),
    ):
        is_plane = name == "control-planes"
        variables: dict[str, Any] = {"kubernetes_control_plane": is_plane}
        if is_plane:
            variables |= {"kubernetes_nodes": list(names_of(members(context)))}
        step = role_step("kubernetes", "verify", variables=variables)
        if hosts:
            tasks.append(TaskSpec(name=name, hosts=names_of(hosts), steps=(step,)))
    return _module(config, context, tasks)


def destroy_module(config: KubernetesConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the removal: workers first, whose failures keep nothing else."""
    tasks: list[TaskSpec] = []
    for name, hosts in (
        ("remove-workers", workers(context)),
        ("remove-control-planes", control_planes(context)),
    ):
        waits = needs("remove-workers", scope="soft") if tasks else ()
        step = role_step("kubernetes", "remove")
        if hosts:
            tasks.append(TaskSpec(name=name, hosts=names_of(hosts), needs=waits, steps=(step,)))
    return _module(config, context, tasks)


def _module(
    config: KubernetesConfig, context: PlanContext, tasks: list[TaskSpec]
) -> ModuleSpec | None:
    if not tasks:
        return None
    variables = module_variables(config, context)
    return ModuleSpec(name="kubernetes", component="kubernetes", tasks=tuple(tasks), vars=variables)
