"""Variables of modules that no step takes, most likely typos: they would have no effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worldtree.ansible.content.roles import RoleIndex
from worldtree.compile.template_variables import (
    names_in_templates,
    with_referenced_variables,
    words,
)
from worldtree.core.errors import Diagnostic, Severity
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.specs import ModuleSpec, StepSpec


def check_unused_variables(modules: Iterable[ModuleSpec], roles: RoleIndex) -> Iterator[Diagnostic]:
    """Yield a warning for each variable of a module that none of its steps takes."""
    for module in modules:
        if module.vars:
            yield from _check(module, roles)


def _check(module: ModuleSpec, roles: RoleIndex) -> Iterator[Diagnostic]:
    steps = [step for task in module.tasks for step in task.steps]
    taken: set[str] = set()
    declared: set[str] = set()
    for step in steps:
        names = roles.declared(step.role, step.entry) if step.role else frozenset()
        if names is None:
            # A role that declares nothing takes everything.
            return
        declared |= names
        own = {name: value for name, value in module.vars.items() if name in names}
        taken.update(with_referenced_variables(own, module.vars, _referenced_names(step)))
    for name in module.vars:
        if name not in taken:
            yield Diagnostic(
                "unused-module-variable",
                f"no step of module `{module.name}` takes the variable `{name}`",
                detail="A step takes those that its role's entry declares, and those that its"
                " templates name.",
                hint=did_you_mean(name, declared)
                or "pass it in the `vars` of a step, or remove it",
                severity=Severity.WARNING,
                path=None if module.source is None else (*module.source, "vars", name),
                at_key=True,
            )


def _referenced_names(step: StepSpec) -> frozenset[str]:
    """Return every name in the templates and the condition of ``step``."""
    values = [step.params, step.vars, step.keyword_values]
    return names_in_templates(values) | words(step.when or "")
