"""Builds the renewal of kubeadm's certificates, one control plane after the other."""

from __future__ import annotations

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.budgets import control_plane_budget
from worldtree.catalog.components.kubernetes.create_modules import module_variables, names_of
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.live_variables import away_variables, is_stacked
from worldtree.catalog.components.kubernetes.topology import control_planes, endpoint
from worldtree.catalog.pipelines.renew_certs import RenewCertsParameters
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec


def renew_module(config: KubernetesConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the renewal, and the administrator's new kubeconfig for the control side."""
    given, planes = context.parameters, names_of(control_planes(context))
    if not isinstance(given, RenewCertsParameters) or not planes:
        return None
    if endpoint(config, context) is None:
        return None
    budget = control_plane_budget(planes, stacked=is_stacked(config, context))
    variables = {
        "kubernetes_renew_days": given.within_days,
        **away_variables(config, context, planes[0], budget, plane=True),
    }
    step = role_step("kubernetes", "renew_certificates", name="renew", variables=variables)
    tasks = (
        TaskSpec(
            name="renew",
            hosts=planes,
            steps=(step,),
            policy=Policy(serial=1),
        ),
        TaskSpec(
            name="kubeconfig",
            hosts=planes[0],
            needs=needs("renew", scope="barrier"),
            steps=(role_step("kubernetes", "kubeconfig"),),
        ),
    )
    return ModuleSpec(
        name="kubernetes",
        component="kubernetes",
        tasks=tasks,
        vars=module_variables(config, context),
    )
