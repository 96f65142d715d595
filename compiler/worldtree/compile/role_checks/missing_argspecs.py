"""Roles without argument specifications: accepted, and checked against their defaults."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.typos import likely_typo_of
from worldtree.compile.role_checks.context import CheckContext, path_in_step
from worldtree.compile.role_checks.variables import names_known_to_role, team_variable_names
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.node import Node


def check_missing_argspecs(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield one warning per likely typo in a name; the missing specification is no problem here."""
    plays = [(node, role) for node, role in context.steps if isinstance(role, PlayInfo)]
    for node, role in (*plays, *((call.node, call.role) for call in context.calls)):
        if not role.has_specs:
            yield from _likely_typos(context, node, role)


def _likely_typos(context: CheckContext, node: Node, role: RoleInfo) -> Iterator[Diagnostic]:
    members = context.closure(role).roles
    known = names_known_to_role(context, role)
    defaults = {name for member in members for name in member.defaults}
    for name in team_variable_names(node.vars):
        if name in known:
            continue
        other = likely_typo_of(name, defaults)
        # Roles also read names without a default; a name that they mention is not a typo.
        if other is not None and not any(member.mentions(name) for member in members):
            yield Diagnostic(
                "mistyped-role-variable",
                f"{role.label} reads `{other}`, but nothing in it reads `{name}`",
                detail="The variable would have no effect.",
                hint=f"did you mean `{other}`?",
                severity=Severity.WARNING,
                path=path_in_step(node, "vars", name),
                at_key=True,
            )
