"""Pass ``check``: the graph's role steps against the roles themselves; reversibility from them."""

from __future__ import annotations

from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.ansible.content.roles import RoleIndex, RoleInfo
from worldtree.compile.role_checks.context import CheckContext, called_role
from worldtree.compile.role_checks.existence import (
    check_role_dependencies,
    check_role_names_differ,
    check_roles_exist,
)
from worldtree.compile.role_checks.missing_argspecs import check_missing_argspecs
from worldtree.compile.role_checks.reserved_names import check_reserved_names
from worldtree.compile.role_checks.variables import check_role_variables
from worldtree.core.errors import Diagnostic
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node, Reversibility

#: From "is it there" to "is it right"; a later check looks only at what an earlier one found.
_CHECKS = (
    check_roles_exist,
    check_role_dependencies,
    check_role_names_differ,
    check_role_variables,
    check_missing_argspecs,
    check_reserved_names,
)

#: Entries that only look.
_READ_ONLY_ENTRIES = frozenset({"precheck", "verify"})
#: Entries that take something away themselves: no bundle holds a rollback of them.
_NEVER_UNDONE = frozenset({"remove", "rollback"})


def check(
    graph: ExecutionGraph, roles: RoleIndex, inventory: InventoryVariables
) -> list[Diagnostic]:
    """Return everything that is wrong with the graph's role steps, each problem once."""
    context = CheckContext(graph, roles, inventory)
    found = (diagnostic for part in _CHECKS for diagnostic in part(context))
    return list(dict.fromkeys(found))


def with_reversibility(graph: ExecutionGraph, roles: RoleIndex) -> ExecutionGraph:
    """Return the graph with what the roles of its steps say of them: whether they can be undone,
    and whether they may be run again after a cut-off.

    Steps of built-in kinds keep what their kind said.
    """
    nodes = {name: _with_role_reversibility(node, roles) for name, node in graph.nodes.items()}
    return graph.model_copy(update={"nodes": nodes})


def _with_role_reversibility(node: Node, roles: RoleIndex) -> Node:
    role = called_role(node, roles)
    if role is None or node.reversibility == "read-only":
        return node
    wanted = reversibility_of(role, node.entry)
    again = wanted == "read-only" or is_repeatable(role, node.entry, roles)
    return node.model_copy(update={"reversibility": wanted, "repeatable": again})


def is_repeatable(role: RoleInfo, entry: str, roles: RoleIndex) -> bool:
    """Whether an entry may be run again by itself after it was cut off.

    Not where a task of a team's role, or of one that it brings in, would have its effect twice.
    The roles that ship with the program look for themselves what is left to do.
    """
    seen: set[tuple[str, str]] = set()
    waiting = [(role, entry)]
    while waiting:
        one, name = waiting.pop()
        if one.origin == "builtin" or (str(one.path), name) in seen:
            continue
        seen.add((str(one.path), name))
        if one.unguarded(name):
            return False
        files = one.files_of(name)
        uses = [use for use in one.tasks.uses if files is None or use.file in files]
        for use in (*one.dependencies, *uses):
            found = None if use.is_dynamic else roles.find(use.name, one)
            if found is not None:
                waiting.append((found, use.entry))
    return True


def reversibility_of(role: RoleInfo, entry: str) -> Reversibility:
    """Return whether an entry of ``role`` can be undone: by its ``rollback``, or not at all."""
    if entry in _READ_ONLY_ENTRIES:
        return "read-only"
    if entry in _NEVER_UNDONE:
        return "irreversible"
    return "compensable" if role.has_rollback else "irreversible"
