"""Pass ``reversibility``: whether nodes can be undone, and run again after an interruption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worldtree.ansible.content.roles import RoleIndex, RoleInfo
from worldtree.ansible.content.roles.model import READ_ONLY_ENTRIES
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.repeatable import unguarded
from worldtree.ansible.content.roles.role_task import INCLUDES, RoleTask
from worldtree.compile.built_in_steps import BuiltInSteps
from worldtree.compile.role_checks.context import called_role
from worldtree.compile.state import CompileState
from worldtree.core.check_mode_rules import can_change
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.node import Node, Reversibility

#: Entries that take something away themselves: no bundle holds a rollback of them.
_NEVER_UNDONE = frozenset({"remove", "rollback"})
#: Methods of a request that change nothing where it arrives.
_METHODS_THAT_READ = frozenset({"GET", "HEAD", "OPTIONS"})


def reversibility(state: CompileState, _bag: DiagnosticBag) -> CompileState:
    """Fill in ``reversibility`` and ``repeatable`` of every node, by its kind or its role."""
    nodes = {
        name: _of_role(node, state.roles) if node.calls_team_code else _of_kind(node, state.steps)
        for name, node in state.graph.nodes.items()
    }
    return replace(state, graph=state.graph.model_copy(update={"nodes": nodes}))


def _of_kind(node: Node, steps: BuiltInSteps) -> Node:
    found = steps.of(node)
    assert found is not None, "the pass `roles` stops at an invalid step"
    kind, params = found
    wanted, again = kind.reversibility(params), kind.repeatable(params)
    return node.model_copy(update={"reversibility": wanted, "repeatable": again})


def _of_role(node: Node, roles: RoleIndex) -> Node:
    role = called_role(node, roles)
    if role is None or node.reversibility == "read-only":
        return node
    wanted = (
        _of_play(role, [roles.find(name) for name in node.role_names])
        if isinstance(role, PlayInfo)
        else reversibility_of(role, node.entry)
    )
    again = wanted == "read-only" or is_repeatable(role, node.entry, roles)
    if isinstance(role, PlayInfo) and any(_is_unread(task, role) for task in _tasks_of(role)):
        again = False
    return node.model_copy(update={"reversibility": wanted, "repeatable": again})


def _of_play(play: PlayInfo, roles: Sequence[RoleInfo | None]) -> Reversibility:
    """Return whether a play can be undone: as a whole, by the ``rollback`` of each of its roles.

    Its own tasks have no undo; those that change no host need none.
    """
    if any(_changes(task, play) for task in _tasks_of(play)):
        return "irreversible"
    entries = {use.entry for use in play.dependencies}
    if entries <= READ_ONLY_ENTRIES:
        return "read-only"
    if entries & _NEVER_UNDONE:
        return "irreversible"
    has_all = all(role is not None and role.has_rollback for role in roles)
    return "compensable" if has_all else "irreversible"


def _tasks_of(play: PlayInfo) -> tuple[RoleTask, ...]:
    return (*play.tasks_of("main"), *play.tasks.handlers)


def _changes(task: RoleTask, play: PlayInfo) -> bool:
    """Whether a task may change something, by its action; the roles that it brings in may."""
    if task.role_use is not None or task.action in INCLUDES:
        return task.role_use is not None or _is_unread(task, play)
    if task.data.get("check_mode") is True:
        # Its own or inherited: it runs in check mode always.
        return False
    if task.action == "ansible.builtin.uri":
        is_read = str(task.arg("method") or "GET").upper() in _METHODS_THAT_READ
        return not is_read and task.data.get("changed_when") is not False
    return can_change(task.action, task.data.get("changed_when"), task.data.get("delegate_to"))


def _is_unread(task: RoleTask, play: PlayInfo) -> bool:
    """Whether a task includes a file that is not known, or that cannot be read while compiling."""
    if task.action not in INCLUDES:
        return False
    files = play.included(task)
    is_known = task.included_file is not None and bool(files)
    return not is_known or any(file not in play.tasks.files for file in files)


def is_repeatable(role: RoleInfo, entry: str, roles: RoleIndex) -> bool:
    """Whether an entry may be run again by itself after an interruption.

    Not where a task of the role, or of one that it brings in, would have its effect twice. The
    roles that ship with the program check what is left to do.
    """
    seen: set[tuple[str, str]] = set()
    waiting = [(role, entry)]
    while waiting:
        one, name = waiting.pop()
        ships = one.origin == "builtin" and not one.package
        if ships or (str(one.path), name) in seen:
            continue
        seen.add((str(one.path), name))
        if unguarded(one, name):
            return False
        uses = [task.role_use for task in (*one.tasks_of(name), *one.tasks.handlers)]
        for use in (*one.dependencies, *filter(None, uses)):
            waiting.extend((found, use.entry) for found in roles.meant_by(use, one))
    return True


def reversibility_of(role: RoleInfo, entry: str) -> Reversibility:
    """Return whether an entry of ``role`` can be undone: by its ``rollback``, or not at all."""
    if entry in READ_ONLY_ENTRIES:
        return "read-only"
    if entry in _NEVER_UNDONE:
        return "irreversible"
    return "compensable" if role.undoes(entry) else "irreversible"
