"""Checks that needs and hook targets exist."""

from __future__ import annotations

from collections.abc import Collection

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.cluster import Cluster, ClusterHook, ClusterModule, ClusterNeed


def check_needs(cluster: Cluster, components: Collection[str], bag: DiagnosticBag) -> None:
    """Check needs and hook targets; the tasks of components are not known here."""
    modules = {module.name: module for module in cluster.modules}
    for module in cluster.modules:
        for need in module.needs:
            _check_need(need, module, None, modules, components, bag)
        for task in module.tasks:
            for need in task.needs:
                _check_need(need, module, task.name, modules, components, bag)
    for hook in cluster.hooks:
        _check_hook_target(hook, modules, components, bag)


def _check_need(
    need: ClusterNeed,
    module: ClusterModule,
    task: str | None,
    modules: dict[str, ClusterModule],
    components: Collection[str],
    bag: DiagnosticBag,
) -> None:
    head, slash, tail = need.target.partition("/")
    siblings = [other.name for other in module.tasks] if task is not None else []
    own = module.name if task is None else f"{module.name}/{task}"
    full = f"{module.name}/{head}" if head in siblings and not slash else need.target
    if full == own or (task is not None and full == module.name):
        bag.error(
            "dangling-need",
            f"`{own}` needs itself",
            detail="It could never start.",
            hint="remove the need",
            path=need.source,
        )
        return
    if not slash and (head in siblings or head in modules or head in components):
        return
    if slash and head in modules:
        names = [other.name for other in modules[head].tasks]
        if tail not in names:
            _report_dangling(need, own, [f"{head}/{name}" for name in names], bag)
        return
    if slash and head in components:
        return
    known = [*siblings, *modules, *components]
    if slash:
        known = [f"{other.name}/{t.name}" for other in modules.values() for t in other.tasks]
    _report_dangling(need, own, known, bag)


def _report_dangling(need: ClusterNeed, own: str, known: list[str], bag: DiagnosticBag) -> None:
    mine = {own, own.partition("/")[2]}
    bag.error(
        "dangling-need",
        f"`{own}` needs `{need.target}`, which does not exist",
        detail="A need is a task of the same module, a module, a component, or `module/task`.",
        hint=did_you_mean(need.target, [name for name in known if name not in mine]),
        path=need.source,
    )


def _check_hook_target(
    hook: ClusterHook,
    modules: dict[str, ClusterModule],
    components: Collection[str],
    bag: DiagnosticBag,
) -> None:
    parts = hook.target.split("/") if hook.target else []
    path: DocPath = (*(hook.source or ()), "target")
    if not parts or (parts[0] in components and len(parts) <= 3):
        return
    module = modules.get(parts[0])
    if module is None:
        known = [*modules, *components]
    else:
        known = [f"{module.name}/{task.name}" for task in module.tasks]
        task = next((t for t in module.tasks if t.name == parts[1]), None) if parts[1:] else None
        if len(parts) == 1 or (len(parts) == 2 and task):
            return
        if task:
            known = [f"{module.name}/{task.name}/{step.name}" for step in task.steps]
            if hook.target in known:
                return
    bag.error(
        "unknown-hook-target",
        f"the hook `{hook.name}` targets `{hook.target}`, which does not exist",
        detail="A target is a module, `module/task` or `module/task/step`.",
        hint=did_you_mean(hook.target, known),
        path=path,
    )
