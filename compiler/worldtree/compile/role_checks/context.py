"""The input of every check: the graph's role steps with their roles, and the inventory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.ansible.content.places import word_mark
from worldtree.ansible.content.roles import Closure, RoleIndex, RoleInfo
from worldtree.compile.assets import Templates, no_templates
from worldtree.core.errors import DocPath
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node


@dataclass(frozen=True)
class CheckContext:
    """A graph together with the roles that its steps call."""

    graph: ExecutionGraph
    roles: RoleIndex
    inventory: InventoryVariables
    #: The texts of the templates that a built-in step renders.
    templates: Templates = no_templates

    @cached_property
    def steps(self) -> tuple[tuple[Node, RoleInfo], ...]:
        """Every role step whose role was found."""
        found = []
        for node in self.graph.nodes.values():
            role = called_role(node, self.roles)
            if role is not None:
                found.append((node, role))
        return tuple(found)

    @cached_property
    def used_roles(self) -> tuple[tuple[RoleInfo, Node], ...]:
        """Every role that a step names, once, with the first step that names it."""
        first: dict[str, tuple[RoleInfo, Node]] = {}
        for node, role in self.steps:
            first.setdefault(str(role.path), (role, node))
        return tuple(first.values())

    @cached_property
    def facts_set(self) -> frozenset[str]:
        """Names that any role of the graph sets as facts: one role may read another's."""
        names: set[str] = set()
        for role, _ in self.used_roles:
            for member in self.closure(role).roles:
                names |= member.tasks.set_facts
        return frozenset(names)

    @cached_property
    def registered(self) -> frozenset[str]:
        """Names under which any role of the graph registers results."""
        members = (m for role, _ in self.used_roles for m in self.closure(role).roles)
        return frozenset().union(*(member.tasks.registers for member in members))

    def place(self, file: Path, word: str) -> str:
        """Return where ``word`` is in ``file``, as ``file:line:column`` from the document on."""
        mark = word_mark(file, word)
        if file.is_relative_to(self.roles.base):
            mark = replace(mark, file=file.relative_to(self.roles.base).as_posix())
        return str(mark)

    def closure(self, role: RoleInfo) -> Closure:
        """Return what ``role`` brings with it."""
        return self.roles.closure_of(role)


def called_role(node: Node, roles: RoleIndex) -> RoleInfo | None:
    """Return the role that ``node`` calls; None if it calls none, or an unknown one."""
    if not node.role:
        return None
    return roles.called(node.role, by_component=node.component is not None)


def path_in_step(node: Node, *keys: str | int) -> DocPath | None:
    """Return the document path of ``keys`` inside the step that made ``node``."""
    return None if node.source is None else (*node.source, *keys)
