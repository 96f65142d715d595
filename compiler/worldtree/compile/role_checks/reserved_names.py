"""Checks variables of steps for names that Ansible reserves."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.model.keywords import PLAY_KEYWORDS
from worldtree.compile.role_checks.context import CheckContext, path_in_step
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Node
from worldtree.spec.reserved import MAGIC_VARIABLES

#: The variable in which a step finds the outputs of others.
OUTPUTS_VARIABLE = "outputs"


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


def check_outputs_variable(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a warning for each variable `outputs` of a team in steps that read other outputs."""
    role_of = {node.id: role for node, role in context.steps}
    for node in context.graph.nodes.values():
        for label, path in _own_outputs(context, node, role_of.get(node.id)) if node.reads else ():
            yield Diagnostic(
                "hidden-outputs-variable",
                f"`outputs` of {label} clashes with the outputs of steps",
                detail=f"The step `{without_pipeline(node.id)}` reads outputs of other steps, so"
                " `outputs` means these in it, or the variable of the role hides them.",
                hint="rename the variable",
                severity=Severity.WARNING,
                path=path or path_in_step(node),
                at_key=path is not None,
            )


def _own_outputs(
    context: CheckContext, node: Node, role: RoleInfo | None
) -> Iterator[tuple[str, DocPath | None]]:
    """Yield who else sets `outputs` for the node, with its place in the document."""
    scopes = {
        scope.label: scope
        for host in node.hosts
        for scope in context.inventory.scopes(host)
        if OUTPUTS_VARIABLE in scope.vars
    }
    for scope in scopes.values():
        yield scope.label, None if scope.path is None else (*scope.path, OUTPUTS_VARIABLE)
    for member in context.closure(role).roles if role is not None else ():
        if OUTPUTS_VARIABLE in {*member.defaults, *member.vars, *member.other_vars}:
            yield member.label, None


def _is_declared(name: str, role: RoleInfo | None) -> bool:
    # A role that declares such a name works, and its users cannot change it.
    return role is not None and name in role.known_names
