"""Checks the files of variables that the document, its modules and its tasks list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from worldtree.ansible.content.roles import RoleIndex
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.core.text import and_more
from worldtree.spec.models.cluster import Spec
from worldtree.spec.models.step import Step
from worldtree.spec.models.vars_files import VarsFiles

#: Names that a message has.
_MAX_NAMES = 5


def check_variable_files(spec: Spec, roles: RoleIndex) -> Iterator[Diagnostic]:
    """Yield what is wrong with the files, and nearer `vars` that they override.

    Steps that are plays check their own files with the rest of the play.
    """
    found, names = _read(spec.vars_files, ("spec",), roles)
    yield from found
    for m, module in enumerate(spec.modules):
        at: DocPath = ("spec", "modules", m)
        yield from _overridden(module.vars, names, (*at, "vars"))
        found, of_module = _read(module.vars_files, at, roles)
        yield from found
        for t, task in enumerate(module.tasks):
            place = (*at, "tasks", t)
            found, of_task = _read(task.vars_files, place, roles)
            yield from found
            for s, step in enumerate(task.steps):
                if _are_of_play(step):
                    wider = names | of_module | of_task
                    yield from _overridden(step.vars, wider, (*place, "steps", s, "vars"))


def _are_of_play(step: Step) -> bool:
    """Whether its `vars` are those of its play; those of a role are the role's own."""
    return step.role is None


def _read(
    files: VarsFiles, source: DocPath, roles: RoleIndex
) -> tuple[tuple[Diagnostic, ...], frozenset[str]]:
    """Return the problems of files, and the names that they set."""
    found = roles.variable_files(files, source)
    return ((), frozenset()) if found is None else (found.diagnostics, found.other_vars)


def _overridden(
    values: Mapping[str, Any], wider: frozenset[str], path: DocPath
) -> Iterator[Diagnostic]:
    both = [f"`{name}`" for name in values if name in wider]
    if both:
        yield Diagnostic(
            "variable-file-wins",
            f"a file of `varsFiles` overrides {and_more(both, _MAX_NAMES)}",
            detail="As in Ansible, `vars_files` of a play win over its `vars`, although these "
            "`vars` are nearer to the step.",
            hint="set the value in a file of `varsFiles` of the module, the task or the step",
            severity=Severity.WARNING,
            path=path,
        )
