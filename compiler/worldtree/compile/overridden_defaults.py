"""Which defaults of roles no play ever uses, since every call of the role overrides them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.ansible.content.roles import Closure, RoleIndex, RoleInfo
from worldtree.ansible.content.roles.dependencies import ResolvedRole
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import RoleTask
from worldtree.compile.role_checks.context import called_role
from worldtree.plan.node import Node


def overridden_defaults(
    nodes: Iterable[Node], roles: RoleIndex, inventory: InventoryVariables
) -> dict[str, frozenset[str]]:
    """Return path of a role -> names of the defaults that have another value wherever it is called.

    It comes from the play, the step, files of variables, the inventory (of all hosts of the step),
    the role that names it, or its own ``vars/main.yml``. What only the run knows counts as absent.
    """
    found: dict[str, frozenset[str]] = {}
    for node in nodes:
        role = called_role(node, roles)
        if role is not None:
            shared = roles.variable_files(node.vars_files)
            given = {*node.vars, *role.other_vars} if node.play is not None else {*node.vars}
            given |= _on_all_hosts(node, inventory)
            given |= frozenset() if shared is None else shared.other_vars
            _spread(node, role, roles.closure_of(role), frozenset(given), found)
    return {path: names for path, names in found.items() if names}


def _on_all_hosts(node: Node, inventory: InventoryVariables) -> frozenset[str]:
    names = [inventory.names(host) for host in node.hosts]
    return frozenset.intersection(*names) if names else frozenset()


def _spread(
    node: Node,
    role: RoleInfo,
    closure: Closure,
    given: frozenset[str],
    found: dict[str, frozenset[str]],
) -> None:
    """Reduce ``found`` to what a call of ``role`` and of all that it names overrides, too."""
    outside: dict[str, frozenset[str]] = {}
    waiting = [(role, given)]
    while waiting:
        one, names = waiting.pop()
        key = str(one.path)
        reduced = names & outside.get(key, names)
        if reduced == outside.get(key):
            continue
        outside[key] = reduced
        for use in closure.resolved:
            if use.by.path == one.path:
                further = frozenset(_given_with(node, use))
                waiting.append((use.role, reduced | further))
    for member in closure.roles:
        names = outside.get(str(member.path), frozenset())
        own = frozenset(member.defaults) & (names | frozenset(member.vars))
        found[str(member.path)] = own & found.get(str(member.path), own)


def _given_with(node: Node, resolved: ResolvedRole) -> Iterator[str]:
    """Yield the names of the variables that a role gives the one which it names, each time."""
    use, by = resolved.use, resolved.by
    calls: list[Mapping[str, object]]
    if use.how != "dependency":
        tasks = (task for tasks in by.tasks.files.values() for task in tasks)
        calls = [_variables(task.data) for task in tasks if _names(task, use.name)]
    elif isinstance(by, PlayInfo) and node.play is not None:
        calls = [one.vars for one in node.play.roles if one.role == use.name]
    else:
        # Parameters stand beside the name of the role, too.
        calls = [{**use.keywords, **_variables(use.keywords)}]
    yield from set(calls[0]).intersection(*calls[1:]) if calls else ()


def _names(task: RoleTask, role: str) -> bool:
    use = task.role_use
    return use is not None and any(one.name == role for one in use.single)


def _variables(data: Mapping[str, object]) -> Mapping[str, object]:
    found = data.get("vars")
    return found if isinstance(found, Mapping) else {}
