"""Pass ``pipeline``: modules of components and of the team become a ``PipelineSpec``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from worldtree.catalog.built_modules import check_modules
from worldtree.catalog.component import Component, ComponentConfig
from worldtree.catalog.component_calls import ComponentError, call_component
from worldtree.catalog.component_registry import components
from worldtree.catalog.pipeline import PipelineDefinition
from worldtree.catalog.pipeline_builder import build_pipeline
from worldtree.catalog.pipeline_parameters import typed_parameters
from worldtree.compile.plan_context import ClusterContext
from worldtree.compile.recorded_facts import RecordedFacts
from worldtree.compile.state import CompileState
from worldtree.core.errors import Diagnostic, DiagnosticBag, Severity
from worldtree.core.text import and_more
from worldtree.plan.pipeline_names import CREATE_CLUSTER
from worldtree.plan.policy import Policy

#: Slug of facts that a pipeline needs and that are not stored.
FACTS_SLUG = "facts-not-gathered"
#: Slug of a pipeline that has no work in the document.
NO_WORK_SLUG = "pipeline-without-work"
#: Hosts that a message names; further ones are counted.
_MAX_NAMED = 10


def pipeline(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Build the pipeline; report parameters that are wrong, and hosts whose facts it needs.

    Builders see the previous document and facts only where the pipeline takes them.
    """
    definition, roles = state.pipeline, state.roles
    parameters = typed_parameters(definition, state.parameters, bag)
    if parameters is None:
        return state
    previous = state.previous if definition.takes_previous else None
    if definition.takes_facts and not _has_facts(state, bag):
        return state
    context = replace(
        state.context,
        parameters=parameters,
        previous=None if previous is None else previous.context,
        facts=RecordedFacts(state.facts if definition.takes_facts else {}),
    )
    if not _may_build(definition, context, bag):
        return replace(state, context=context)
    try:
        spec = build_pipeline(
            definition,
            context,
            components(),
            state.modules,
            hooks=state.hooks,
            policy=Policy.model_validate(state.cluster.policy.model_dump()),
            role_entries=lambda name: role.task_files if (role := roles.find(name)) else (),
        )
    except ComponentError as failed:
        bag.extend([failed.diagnostic])
        return replace(state, context=context)
    if found := list(check_modules(spec.modules, state.cluster.select)):
        bag.extend(found)
        return replace(state, context=context)
    if not spec.modules and definition.name != CREATE_CLUSTER:
        bag.extend([_no_work(definition)])
    return replace(state, context=context, spec=spec)


def _may_build(definition: PipelineDefinition, context: ClusterContext, bag: DiagnosticBag) -> bool:
    """Whether the active components accept the pipeline; reports what their checks say."""
    found = []
    for name, config in context.configs.items():
        component = components().get(name)
        if component is None or component.check_pipeline is None:
            continue
        what = f"cannot check the pipeline `{definition.name}`"
        try:
            said = call_component(name, what, _checked, component, config, context, definition.name)
        except ComponentError as failed:
            said = [failed.diagnostic]
        found += [
            replace(one, path=("spec", "components", name, *(one.path or ()))) for one in said
        ]
    bag.extend(found)
    return not any(one.is_error for one in found)


def _checked(
    component: Component[Any], config: ComponentConfig, context: ClusterContext, pipeline: str
) -> list[Diagnostic]:
    check = component.check_pipeline
    return [] if check is None else list(check(config, context, pipeline))


def _no_work(definition: PipelineDefinition) -> Diagnostic:
    """Return why a pipeline has nothing to do, and what would give it something."""
    why = "No component of the document has a part in it"
    hint = f"`wt pipelines show {definition.name}` lists the components that have a part in it"
    if definition.team_entry is not None:
        why += f", and no role of its steps has the entry point `{definition.team_entry}`"
        hint = f"add `tasks/{definition.team_entry}.yml` to the roles that should take part"
        if definition.reverses is not None:
            why += "; built-in steps and plays have no removal"
            hint += "; `wt rollback TASK` undoes what a task changed"
    return Diagnostic(
        NO_WORK_SLUG,
        f"the pipeline `{definition.name}` has nothing to do in this document",
        f"{why}.",
        hint,
        severity=Severity.WARNING,
    )


def _has_facts(state: CompileState, bag: DiagnosticBag) -> bool:
    """Whether the facts of all hosts are there; reports those that lack them."""
    missing = [host.name for host in state.context.hosts if host.name not in state.facts]
    if missing:
        document = state.document
        bag.error(
            FACTS_SLUG,
            f"no facts are stored of {and_more(missing, _MAX_NAMED)}",
            detail=f"The pipeline `{state.pipeline.name}` is made from the facts that the last task"
            " gathered.",
            hint=f"gather them: `wt facts --refresh -f {document.file} --cluster"
            f" {state.cluster.name}`",
        )
    return not missing
