"""Checks what builders of components return, before it becomes nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from worldtree.catalog.component_calls import ComponentError
from worldtree.catalog.component_registry import component_package
from worldtree.core.errors import Diagnostic
from worldtree.plan.ids import NAME
from worldtree.plan.specs import ModuleSpec, Selector
from worldtree.spec.selectors import SelectorError

_RULE = "A name has lower-case letters, digits and hyphens, and at most 63 of them."


def check_modules(
    modules: Sequence[ModuleSpec], select: Callable[[Selector], object]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the modules that components of other packages have built.

    That is: names that are not valid or that occur twice, and selectors that ``select`` rejects by
    a ``SelectorError``.
    """
    counted = Counter(module.name for module in modules)
    for module in modules:
        package = None if module.component is None else component_package(module.component)
        if module.component is None or package is None:
            continue
        whys = [*_problems(module, select)]
        if counted[module.name] > 1:
            whys.append(f"Another module of the pipeline is called `{module.name}`, too.")
        if whys:
            what = "builds a module that cannot be used"
            yield ComponentError(module.component, package, what, " ".join(whys)).diagnostic


def _problems(module: ModuleSpec, select: Callable[[Selector], object]) -> Iterator[str]:
    names = [module.name, *(task.name for task in module.tasks)]
    names += [step.name for task in module.tasks for step in task.steps]
    for name in dict.fromkeys(names):
        if not NAME.fullmatch(name):
            yield f"`{name}` is not a valid name. {_RULE}"
    yield from _twice("task", module.name, (task.name for task in module.tasks))
    for task in module.tasks:
        yield from _twice("step", f"{module.name}/{task.name}", (step.name for step in task.steps))
        for selector in (task.hosts, *(step.hosts for step in task.steps)):
            if selector is not None:
                try:
                    select(selector)
                except SelectorError as problem:
                    yield f"The selector `{selector}` cannot be used: {problem}."


def _twice(kind: str, where: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"`{where}` has {count} {kind}s of the name `{name}`."
