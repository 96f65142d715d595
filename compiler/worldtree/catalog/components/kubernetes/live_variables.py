"""Variables of the role for work on a running cluster: who acts, and which budgets hold."""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import address_of, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.budgets import Budget
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.topology import (
    bracketed,
    control_planes,
    etcd_access,
)
from worldtree.catalog.pipelines.drain_parameters import DrainParameters
from worldtree.plan.specs import StepSpec

#: TCP port for clients of a stacked etcd, which kubeadm fixes.
_ETCD_PORT = 2379


def is_stacked(config: KubernetesConfig, context: PlanContext) -> bool:
    """Whether each control plane has a member of etcd that kubeadm runs."""
    return etcd_access(config, context) is None


def etcd_endpoints(config: KubernetesConfig, context: PlanContext) -> list[str]:
    """Return where members of a stacked etcd may be found; empty for an external one."""
    if not is_stacked(config, context):
        return []
    addresses = (address_of(host) for host in control_planes(context))
    return [f"https://{bracketed(address)}:{_ETCD_PORT}" for address in addresses]


def away_variables(
    config: KubernetesConfig, context: PlanContext, manager: str, budget: Budget, *, plane: bool
) -> dict[str, Any]:
    """Return what a step needs that takes a member away: by whom it is done, and the budget."""
    found: dict[str, Any] = {"kubernetes_manager": manager, **budget.variables()}
    if plane:
        found["kubernetes_etcd_endpoints"] = etcd_endpoints(config, context)
    return found


def drain_variables(parameters: DrainParameters) -> dict[str, Any]:
    """Return what a step needs that drains members."""
    return {
        "kubernetes_drain_timeout": parameters.drain_timeout,
        "kubernetes_delete_unmanaged": parameters.delete_unmanaged,
    }


def uncordon_step(manager: str, reason: str) -> StepSpec:
    """Return the step that lifts what cordons are left of its task, however that ended.

    A member that is lost while it is drained cannot do it itself.
    """
    variables = {"kubernetes_reason": reason}
    step = role_step("kubernetes", "uncordon", variables=variables, hosts=manager)
    return step.model_copy(update={"always": True})
