"""Makes a pipeline for a cluster: the components' and the team's modules, and their needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from worldtree.catalog.component import Component, PlanContext
from worldtree.catalog.pipeline import ModuleOrder, PipelineDefinition
from worldtree.plan.policy import Policy
from worldtree.plan.specs import HookSpec, ModuleSpec, Need, PipelineSpec, StepSpec

#: Entry points of a role, by its name; the empty set for one that cannot be read.
RoleEntries = Callable[[str], Collection[str]]


def build_pipeline(
    pipeline: PipelineDefinition,
    context: PlanContext,
    components: Mapping[str, Component[Any]],
    modules: Sequence[ModuleSpec] = (),
    *,
    hooks: Sequence[HookSpec] = (),
    policy: Policy | None = None,
    role_entries: RoleEntries = lambda _role: (),
) -> PipelineSpec:
    """Return ``pipeline`` for the cluster that ``context`` shows.

    ``components`` are those to choose from (``component_registry.components()``); a component is
    active when the context has a configuration for it. ``modules`` are the team's own;
    ``PipelineDefinition.team_entry`` says how they take part.
    """
    ordered = pipeline.order is ModuleOrder.NEEDS
    built = _component_modules(pipeline.name, context, components, ordered=ordered)
    built += _team_modules(modules, pipeline.team_entry, role_entries)
    if pipeline.order is ModuleOrder.REVERSED:
        forward = _component_modules(pipeline.reverses, context, components, ordered=True)
        built = _in_reverse_order(built, [*forward, *modules])
    return PipelineSpec(
        name=pipeline.name,
        modules=tuple(_without_absent_needs(built)),
        hooks=tuple(hooks) if pipeline.has_hooks else (),
        policy=policy or Policy(),
    )


def _team_modules(
    modules: Sequence[ModuleSpec], entry: str | None, role_entries: RoleEntries
) -> list[ModuleSpec]:
    """Return the team's modules: whole, or reduced to ``entry`` of their roles."""
    if entry is None:
        return list(modules)
    reduced = (_entry_module(module, entry, role_entries) for module in modules)
    return [module for module in reduced if module is not None]


def _component_modules(
    pipeline: str,
    context: PlanContext,
    components: Mapping[str, Component[Any]],
    *,
    ordered: bool,
) -> list[ModuleSpec]:
    """Build the active components' modules, in their order; with ``after`` as needs if ordered."""
    found = []
    for component in components.values():
        config = context.config(component.name)
        builder = component.pipelines.get(pipeline)
        module = builder(config, context) if builder and config is not None else None
        if module is None:
            continue
        if ordered:
            waits = tuple(Need(target=target) for target in component.after)
            module = module.model_copy(update={"needs": (*module.needs, *waits)})
        found.append(module)
    return found


def _entry_module(module: ModuleSpec, entry: str, role_entries: RoleEntries) -> ModuleSpec | None:
    """Return the team's ``module`` reduced to ``entry`` of its roles, or None when none has it."""
    tasks = []
    for task in module.tasks:
        steps = _entry_steps(task.steps, entry, role_entries)
        if steps:
            tasks.append(task.model_copy(update={"steps": steps, "needs": ()}))
    return module.model_copy(update={"tasks": tuple(tasks), "needs": ()}) if tasks else None


def _entry_steps(
    steps: Iterable[StepSpec], entry: str, role_entries: RoleEntries
) -> tuple[StepSpec, ...]:
    """Return the role steps turned to ``entry``; a role used by several steps appears once."""
    seen: dict[str, StepSpec] = {}
    for step in steps:
        if step.role and step.role not in seen and entry in role_entries(step.role):
            seen[step.role] = step.model_copy(update={"entry": entry})
    return tuple(seen.values())


def _in_reverse_order(
    built: Sequence[ModuleSpec], created: Iterable[ModuleSpec]
) -> list[ModuleSpec]:
    """Order the removal: whatever needed a module at creation goes before it.

    The edges are soft, so that an unreachable host does not keep work from the others.
    """
    present = {module.name for module in built}
    dependents: dict[str, set[str]] = {}
    for module in created:
        for target in _needed_modules(module) if module.name in present else ():
            dependents.setdefault(target, set()).add(module.name)
    return [
        module.model_copy(
            update={
                "needs": tuple(
                    Need(target=name, scope="soft")
                    for name in sorted(dependents.get(module.name, ()))
                )
            }
        )
        for module in built
    ]


def _needed_modules(module: ModuleSpec) -> set[str]:
    """Return the names of other modules that ``module`` or one of its tasks needs."""
    own = {task.name for task in module.tasks}
    targets = {need.target for need in module.needs}
    for task in module.tasks:
        targets |= {need.target for need in task.needs if need.target not in own}
    return {target.partition("/")[0] for target in targets} - {module.name}


def _without_absent_needs(modules: Sequence[ModuleSpec]) -> Iterable[ModuleSpec]:
    """Drop needs of components on modules that are absent; a team's own needs stay as written."""
    present = {module.name for module in modules}
    present |= {f"{module.name}/{task.name}" for module in modules for task in module.tasks}
    for module in modules:
        if module.component is None:
            yield module
            continue
        meetable = present | {task.name for task in module.tasks}
        tasks = tuple(
            task.model_copy(update={"needs": _present_needs(task.needs, meetable)})
            for task in module.tasks
        )
        yield module.model_copy(
            update={"needs": _present_needs(module.needs, present), "tasks": tasks}
        )


def _present_needs(needs: Iterable[Need], meetable: Collection[str]) -> tuple[Need, ...]:
    return tuple(need for need in needs if need.target in meetable)
