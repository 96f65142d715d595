"""Cuts a module down to some of its hosts."""

from __future__ import annotations

from collections.abc import Collection

from worldtree.catalog.builders import CONTROL_ROLE
from worldtree.catalog.component import PlanContext
from worldtree.plan.specs import ModuleSpec, Selector, StepSpec, TaskSpec


def narrowed(module: ModuleSpec, names: Collection[str], context: PlanContext) -> ModuleSpec:
    """Return ``module`` on the hosts ``names`` and on the control side; other tasks are left out.

    Selectors of components are names of hosts, ``role=NAME``, ``all`` and ``all:!NAME``.
    """
    control = {host.name for host in context.hosts_of(CONTROL_ROLE)}
    keep = {*names, *control}
    tasks = tuple(one for task in module.tasks if (one := _task(task, keep, context)) is not None)
    return module.model_copy(update={"tasks": tasks})


def _task(task: TaskSpec, keep: Collection[str], context: PlanContext) -> TaskSpec | None:
    hosts = _left(task.hosts, keep, context)
    steps = [_step(step, keep, context) for step in task.steps]
    kept = tuple(step for step in steps if step is not None)
    if not hosts or not kept:
        return None
    return task.model_copy(update={"hosts": hosts, "steps": kept})


def _step(step: StepSpec, keep: Collection[str], context: PlanContext) -> StepSpec | None:
    if step.hosts is None:
        return step
    hosts = _left(step.hosts, keep, context)
    return step.model_copy(update={"hosts": hosts}) if hosts else None


def _left(selector: Selector, keep: Collection[str], context: PlanContext) -> tuple[str, ...]:
    return tuple(name for name in selected(selector, context) if name in keep)


def selected(selector: Selector, context: PlanContext) -> tuple[str, ...]:
    """Return the names of the hosts that a selector of a component means."""
    if not isinstance(selector, str):
        return tuple(name for one in selector for name in selected(one, context))
    role, equal, value = selector.partition("=")
    if equal and role == "role":
        return tuple(host.name for host in context.hosts_of(value))
    found: dict[str, None] = {}
    for part in selector.split(":"):
        if part == "all":
            found |= dict.fromkeys(host.name for host in context.hosts)
        elif part.startswith("!"):
            gone = {part[1:], *(host.name for host in context.hosts_of(part[1:]))}
            found = {name: None for name in found if name not in gone}
        else:
            found[part] = None
    return tuple(found)
