"""Builds the tasks that tell members of the bridge network where the pods of all others are."""

from __future__ import annotations

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.create_modules import MEMBERS, names_of
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.topology import members
from worldtree.plan.outputs import Output
from worldtree.plan.policy import Policy
from worldtree.plan.specs import Need, TaskSpec


def route_tasks(
    config: KubernetesConfig, context: PlanContext, manager: str, waits: tuple[Need, ...]
) -> list[TaskSpec]:
    """Return the tasks after a change of the members; none for other network plugins.

    Static routes are on every member, so that each of them is touched. One that does not answer
    holds up nobody: it gets its routes with the next run.
    """
    if config.networking.plugin != "bridge":
        return []
    listed = role_step("kubernetes", "pod_networks", read_only=True).model_copy(
        update={"outputs": {"members": Output(type="list")}}
    )
    routes = role_step("kubernetes", "routes", variables={"kubernetes_members": MEMBERS})
    every = names_of(members(context))
    return [
        TaskSpec(name="pod-networks", hosts=manager, needs=waits, steps=(listed,)),
        TaskSpec(
            name="routes",
            hosts=every,
            needs=needs("pod-networks", scope="barrier"),
            steps=(routes,),
            policy=Policy(allowed_failures=len(every) - 1),
        ),
    ]
