"""The input of every check: the graph's role steps with their roles, and the inventory."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pydantic.alias_generators import to_camel

from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.ansible.content.places import word_mark
from worldtree.ansible.content.roles import Closure, RoleIndex, RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.built_in_steps import Templates, no_templates
from worldtree.core.errors import DocPath
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Node
from worldtree.spec.secret_references import walk_texts


@dataclass(frozen=True, slots=True)
class RoleCall:
    """A role as a step or a play calls it."""

    #: The node of the step; of a role in a play, with the variables and the place of that role.
    node: Node
    role: RoleInfo
    #: Names that the play around it gives a value to.
    given: frozenset[str] = frozenset()
    #: Whether the play reads variables whose names are not known.
    opaque: bool = False


@dataclass(frozen=True)
class CheckContext:
    """A graph together with the roles that its steps call."""

    graph: ExecutionGraph
    roles: RoleIndex
    inventory: InventoryVariables
    #: The texts of the templates that a built-in step renders.
    templates: Templates = no_templates
    #: Directories of modules and action plugins that the team's `ansible.cfg` names.
    action_directories: tuple[Path, ...] = ()
    #: Roles that ship with the program and that the document says it means.
    shipped_roles: tuple[str, ...] = ()

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
    def calls(self) -> tuple[RoleCall, ...]:
        """Every call of a role: that of a step, and those of the roles that a play lists."""
        found = []
        for node, role in self.steps:
            shared = self.roles.variable_files(node.vars_files)
            names = frozenset[str]() if shared is None else shared.other_vars
            opaque = shared is not None and bool(shared.vaulted_files)
            if not isinstance(role, PlayInfo):
                found.append(RoleCall(node, role, names, opaque))
                continue
            given = names | names_given_in_play(node, role, self.closure(role))
            for number, one in enumerate(node.play.roles if node.play is not None else ()):
                listed = self.roles.find(one.role)
                if listed is not None:
                    update = {
                        "kind": "role",
                        "role": one.role,
                        "entry": one.entry,
                        "vars": one.vars,
                        "when": one.when,
                        "play": None,
                        "source": path_in_step(node, "roles", number),
                    }
                    alone = node.model_copy(update=update)
                    found.append(RoleCall(alone, listed, given, opaque or bool(role.vaulted_files)))
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
    """Return the role that ``node`` calls; None if it calls none, or an unknown one.

    A play that the step writes out is returned as a role that depends on those it lists.
    """
    if node.play is not None:
        return roles.play(node.play, without_pipeline(node.id), node.source)
    if not node.role:
        return None
    return roles.called(node.role, by_component=node.component is not None)


def names_given_in_play(node: Node, play: PlayInfo, closure: Closure) -> frozenset[str]:
    """Return the names with a value in a play: its variables, those of its files and roles."""
    names = {*node.vars, *play.other_vars, *play.tasks.set_facts, *play.tasks.registers}
    for member in closure.roles:
        names.update(name for name, value in member.defaults.items() if value is not None)
        names.update(member.vars)
    return frozenset(names)


def path_in_step(node: Node, *keys: str | int) -> DocPath | None:
    """Return the document path of ``keys`` inside the step that made ``node``.

    The place of a play's role is its list of roles.
    """
    if node.source is None:
        return None
    if node.play is not None and keys == ("role",):
        keys = ("roles",) if node.play.roles else ()
    return (*node.source, *keys)


def path_of_word(node: Node, word: str) -> DocPath | None:
    """Return the place of the first key or text of a play's own tasks that has ``word``."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
    for section, written in () if node.play is None else node.play.sections():
        for keys, text in walk_texts(written):
            named = next((n for n, key in enumerate(keys, 1) if pattern.search(str(key))), None)
            if named is not None or pattern.search(text):
                return path_in_step(node, to_camel(section), *keys[:named])
    return None
