"""The pipelines: active components' modules and the team's own, and the needs between them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from worldtree.catalog.component import CREATE, DESTROY, VERIFY, Component, PlanContext
from worldtree.plan.policy import Policy
from worldtree.plan.specs import HookSpec, ModuleSpec, Need, PipelineSpec, StepSpec

#: Every pipeline and what it is for.
PIPELINES: Mapping[str, str] = {
    CREATE: "Brings the cluster to what the document says, from bare hosts on.",
    VERIFY: "Checks that a running cluster is what the document says; changes nothing that stays.",
    DESTROY: "Takes the cluster's services and their configuration off the hosts.",
}

#: Entry points of a role, by its name; the empty set for one that cannot be read.
RoleEntries = Callable[[str], Collection[str]]

#: Entry that stands for a role's work in the pipelines that do not create.
_ENTRY_OF_PIPELINE = {VERIFY: "verify", DESTROY: "remove"}


def build_pipeline(
    name: str,
    context: PlanContext,
    components: Mapping[str, Component[Any]],
    modules: Sequence[ModuleSpec] = (),
    *,
    hooks: Sequence[HookSpec] = (),
    policy: Policy | None = None,
    role_entries: RoleEntries = lambda _role: (),
) -> PipelineSpec:
    """Return the pipeline ``name`` of the cluster that ``context`` shows.

    ``components`` are those to choose from (``registry.components()``); a component is active when
    the context has a configuration for it. ``modules`` are the team's own: they take part in
    ``create-cluster`` whole, in ``verify`` and ``destroy-cluster`` with those role steps whose role
    has the entry ``verify`` or ``remove``. Hooks belong to ``create-cluster``. Raises ``KeyError``
    for an unknown pipeline.
    """
    if name not in PIPELINES:
        raise KeyError(name)
    created = [*_component_modules(CREATE, context, components), *modules]
    if name == CREATE:
        built = created
    else:
        entry = _ENTRY_OF_PIPELINE[name]
        own = (_entry_module(module, entry, role_entries) for module in modules)
        built = [*_component_modules(name, context, components), *(m for m in own if m)]
    if name == DESTROY:
        built = _in_reverse_order(built, created)
    return PipelineSpec(
        name=name,
        modules=tuple(_without_absent_needs(built)),
        hooks=tuple(hooks) if name == CREATE else (),
        policy=policy or Policy(),
    )


def _component_modules(
    pipeline: str, context: PlanContext, components: Mapping[str, Component[Any]]
) -> list[ModuleSpec]:
    """Build the active components' modules, in their order, each with its ``after`` as needs."""
    found = []
    for component in components.values():
        config = context.config(component.name)
        builder = component.pipelines.get(pipeline)
        module = builder(config, context) if builder and config is not None else None
        if module is None:
            continue
        if pipeline == CREATE:
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
    """Return the role steps turned to ``entry``; a role used by several steps comes once."""
    seen: dict[str, StepSpec] = {}
    for step in steps:
        if step.role and step.role not in seen and entry in role_entries(step.role):
            seen[step.role] = step.model_copy(update={"entry": entry})
    return tuple(seen.values())


def _in_reverse_order(
    built: Sequence[ModuleSpec], created: Iterable[ModuleSpec]
) -> list[ModuleSpec]:
    """Order what is taken down: whatever needed a module at creation goes before it.

    The edges are soft, so that one host that cannot be reached does not spare the others.
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
    """Drop what components would wait for if it were there; a team's own needs stay as written."""
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
