"""Checks variables of steps for names that Ansible reserves."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.model.keywords import PLAY_KEYWORDS
from worldtree.compile.role_checks.context import CheckContext, path_in_step
from worldtree.core.errors import Diagnostic, Severity
from worldtree.spec.reserved import MAGIC_VARIABLES


def check_reserved_names(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield an error for each name that Ansible sets itself, a warning for a play keyword."""
    role_of: dict[str, RoleInfo] = {node.id: role for node, role in context.steps}
    for node in context.graph.nodes.values():
        for name in node.vars:
            if name in MAGIC_VARIABLES:
                if node.component is None:
                    # The document's own variables were checked when it was read.
                    continue
                yield Diagnostic(
                    "reserved-variable",
                    f"Ansible sets the variable `{name}` itself",
                    detail="A value given to it is lost, or breaks what reads it.",
                    hint="choose another name",
                    path=path_in_step(node, "vars", name),
                    at_key=True,
                )
            elif name in PLAY_KEYWORDS and not _is_declared(name, role_of.get(node.id)):
                yield Diagnostic(
                    "reserved-variable",
                    f"`{name}` is a keyword of Ansible plays",
                    detail="Ansible warns about a variable of this name, and templates may see"
                    " another value under it.",
                    hint="choose another name",
                    severity=Severity.WARNING,
                    path=path_in_step(node, "vars", name),
                    at_key=True,
                )


def _is_declared(name: str, role: RoleInfo | None) -> bool:
    # A role that declares such a name works, and its users cannot change it.
    return role is not None and name in role.known_names
