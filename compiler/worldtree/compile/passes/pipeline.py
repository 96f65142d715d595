"""Pass ``pipeline``: modules of components and of the team become a ``PipelineSpec``."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.component_registry import components
from worldtree.catalog.pipeline_builder import build_pipeline
from worldtree.catalog.pipeline_parameters import typed_parameters
from worldtree.compile.plan_context import ClusterContext, plan_host
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.policy import Policy
from worldtree.spec.cluster import Cluster


def pipeline(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Build the pipeline; report its parameters that are unknown or of the wrong type.

    Builders see the previous document and facts only where the pipeline takes them.
    """
    definition, roles = state.pipeline, state.roles
    parameters = typed_parameters(definition, state.parameters, bag)
    if parameters is None:
        return state
    previous = state.previous if definition.takes_previous else None
    context = replace(
        state.context,
        parameters=parameters,
        previous=None if previous is None else _context_of(previous),
        facts=state.facts if definition.takes_facts else {},
    )
    spec = build_pipeline(
        definition,
        context,
        components(),
        state.modules,
        hooks=state.hooks,
        policy=Policy.model_validate(state.cluster.policy.model_dump()),
        role_entries=lambda name: role.task_files if (role := roles.find(name)) else (),
    )
    return replace(state, context=context, spec=spec)


def _context_of(previous: Cluster) -> ClusterContext:
    """Return what planners see of an earlier document; without what is not valid any more."""
    configs: dict[str, ComponentConfig] = {}
    for name, raw in sorted(previous.components.items()):
        if (component := components().get(name)) is not None:
            try:
                configs[name] = component.parse(raw)
            except ValidationError:
                continue  # It was valid for the program that read it then.
    hosts = tuple(plan_host(host, previous) for host in previous.hosts)
    return ClusterContext(previous.name, hosts, previous.group_members, configs)
