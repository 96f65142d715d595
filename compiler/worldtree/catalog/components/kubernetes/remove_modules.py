"""Builds what takes hosts out of a running cluster, whether they answer or not.

Everything but the last step is done by a control plane that stays: a host that is gone is asked for
nothing. Its own files are removed last, where it can be reached.
"""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.changed_context import ChangedContext
from worldtree.catalog.components.kubernetes.create_modules import module_variables, names_of
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.live_variables import (
    drain_variables,
    etcd_endpoints,
    is_stacked,
)
from worldtree.catalog.components.kubernetes.route_tasks import route_tasks
from worldtree.catalog.components.kubernetes.topology import control_planes, endpoint, members
from worldtree.catalog.pipelines.remove_hosts import RemoveHostsParameters
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec


def remove_module(config: KubernetesConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the removal of the hosts of the parameters; None where no control plane stays."""
    given = context.parameters
    if not isinstance(given, RemoveHostsParameters):
        return None
    left = ChangedContext(context, gone=frozenset(given.hosts))
    if not control_planes(left) or endpoint(config, left) is None:
        return None
    manager = control_planes(left)[0].name
    tasks = [_members_task(config, context, given, manager)]
    tasks += route_tasks(config, left, manager, needs("members", scope="barrier"))
    present = tuple(host for host in members(context) if host.name in given.hosts)
    if present:
        tasks.append(
            TaskSpec(
                name="reset",
                hosts=names_of(present),
                needs=(*needs("members", scope="barrier"), *needs("loadbalancer", scope="soft")),
                steps=(role_step("kubernetes", "remove"),),
                # One that is gone is named in the end, and holds up nothing.
                policy=Policy(allowed_failures=len(present)),
            )
        )
    variables = module_variables(config, left)
    return ModuleSpec(name="kubernetes", component="kubernetes", tasks=tuple(tasks), vars=variables)


def _members_task(
    config: KubernetesConfig, context: PlanContext, given: RemoveHostsParameters, manager: str
) -> TaskSpec:
    """Return what the control plane that stays does: each step only if those before succeeded."""
    stacked = is_stacked(config, context)
    removed: dict[str, Any] = {"kubernetes_removed": list(given.hosts)}
    check = {**removed, "kubernetes_stacked": stacked}
    steps = [
        role_step("kubernetes", "remove_check", name="check", variables=check, read_only=True),
        role_step(
            "kubernetes",
            "remove_drain",
            name="drain",
            variables={**removed, **drain_variables(given)},
        ),
        role_step("kubernetes", "remove_nodes", name="nodes", variables=removed),
    ]
    if stacked:
        etcd = {**removed, "kubernetes_etcd_endpoints": etcd_endpoints(config, context)}
        steps.append(role_step("kubernetes", "remove_etcd", name="etcd", variables=etcd))
    return TaskSpec(name="members", hosts=manager, steps=tuple(steps))
