"""Makes a pipeline for a cluster: the components' and the team's modules, and their needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldtree.catalog.component import Builder, Component, ComponentConfig, PlanContext
from worldtree.catalog.component_calls import call_component
from worldtree.catalog.pipeline import ModuleOrder, PipelineDefinition
from worldtree.plan.play_work import PlayWork
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
    ``PipelineDefinition.team_entry`` says how they take part. Raises ``ComponentError`` for a
    component of another package that fails.
    """
    ordered = pipeline.order is ModuleOrder.NEEDS
    built = _component_modules(pipeline.name, context, components, ordered=ordered)
    is_reversed = pipeline.order is ModuleOrder.REVERSED
    find = _EntryFinder(pipeline.team_entry, role_entries, last_first=is_reversed)
    built += list(modules) if pipeline.team_entry is None else find.modules(modules)
    if is_reversed:
        forward = _component_modules(pipeline.reverses, context, components, ordered=True)
        built = _in_reverse_order(built, [*forward, *modules])
    return PipelineSpec(
        name=pipeline.name,
        modules=tuple(_without_absent_needs(built)),
        hooks=tuple(hooks) if pipeline.has_hooks else (),
        policy=policy or Policy(),
    )


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
        if builder is None or config is None:
            continue
        what = f"cannot build its part of the pipeline `{pipeline}`"
        module = call_component(component.name, what, _built, builder, config, context)
        if module is None:
            continue
        if ordered:
            waits = tuple(Need(target=target) for target in component.after)
            module = module.model_copy(update={"needs": (*module.needs, *waits)})
        found.append(module)
    return found


def _built(
    builder: Builder[Any], config: ComponentConfig, context: PlanContext
) -> ModuleSpec | None:
    module = builder(config, context)
    if module is not None and not isinstance(module, ModuleSpec):
        message = f"the builder returns a {type(module).__name__}, not a ModuleSpec"
        raise TypeError(message)
    return module


@dataclass(frozen=True, slots=True)
class _EntryFinder:
    """Reduces the team's modules to one entry point of their roles."""

    entry: str | None
    role_entries: RoleEntries
    #: Whether the roles of one play are called in reverse order.
    last_first: bool

    def modules(self, modules: Iterable[ModuleSpec]) -> list[ModuleSpec]:
        """Return the modules whose roles have the entry point, without their needs."""
        found = []
        for module in modules:
            tasks = tuple(
                task.model_copy(update={"steps": steps, "needs": ()})
                for task in module.tasks
                if (steps := self._steps(task.steps))
            )
            if tasks:
                found.append(module.model_copy(update={"tasks": tasks, "needs": ()}))
        return found

    def _steps(self, steps: Iterable[StepSpec]) -> tuple[StepSpec, ...]:
        """Return the steps of roles turned to the entry; each role of a task appears once."""
        seen: set[str] = set()
        found = []
        for step in steps:
            if step.play is not None:
                reduced = self._play(step.play, seen)
                if reduced is not None:
                    found.append(step.model_copy(update={"play": reduced}))
            elif step.role and self._takes(step.role, seen):
                found.append(step.model_copy(update={"entry": self.entry}))
        return tuple(found)

    def _play(self, play: PlayWork, seen: set[str]) -> PlayWork | None:
        calls = [
            one.model_copy(update={"entry": self.entry})
            for one in play.roles
            if self._takes(one.role, seen)
        ]
        if not calls:
            return None
        ordered = calls[::-1] if self.last_first else calls
        return PlayWork(roles=tuple(ordered), vars_files=play.vars_files, keywords=play.keywords)

    def _takes(self, role: str, seen: set[str]) -> bool:
        if role in seen or self.entry not in self.role_entries(role):
            return False
        seen.add(role)
        return True


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
