"""Pass ``pipeline``: modules of components and of the team become a ``PipelineSpec``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.component_registry import components
from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.catalog.pipeline_builder import build_pipeline
from worldtree.compile.plan_context import ClusterContext, plan_host
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.policy import Policy
from worldtree.spec.cluster import Cluster


def pipeline(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Build the pipeline; report its parameters that are unknown or of the wrong type.

    Builders see the previous document and facts only where the pipeline takes them.
    """
    definition, roles = state.pipeline, state.roles
    parameters = _typed_parameters(definition, state.parameters, bag)
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


def _typed_parameters(
    definition: PipelineDefinition, given: Mapping[str, Any], bag: DiagnosticBag
) -> PipelineParameters | None:
    try:
        return definition.parameters.model_validate(given)
    except ValidationError as error:
        fields = definition.parameters.model_fields.items()
        names = [info.alias or name for name, info in fields]
        for item in error.errors(include_url=False):
            where = ".".join(map(str, item["loc"]))
            unknown = item["type"] == "extra_forbidden"
            bag.error(
                "invalid-pipeline-parameter",
                f"the pipeline `{definition.name}` has no parameter `{where}`"
                if unknown
                else f"the parameter `{where}` of the pipeline `{definition.name}` is not valid",
                detail=(f"It has: {', '.join(names)}." if names else "It has no parameters.")
                if unknown
                else f"{item['msg']}.",
                hint=did_you_mean(where, names) if unknown else "",
            )
        return None


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
