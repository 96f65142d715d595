"""The transitive dependencies of roles: further roles, and collections whose plugins they use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.role_task import RoleUse


@dataclass(frozen=True, slots=True)
class UnresolvedRole:
    """A role that another one names and that cannot be found."""

    use: RoleUse
    #: The role that names it.
    by: RoleInfo


@dataclass(frozen=True, slots=True)
class ResolvedRole:
    """A role that another one names, and what it means."""

    use: RoleUse
    #: The role that names it.
    by: RoleInfo
    role: RoleInfo


@dataclass(frozen=True, slots=True)
class Closure:
    """Roles in the order they were found, the given ones first, with their collections."""

    roles: tuple[RoleInfo, ...] = ()
    #: ``ns.name`` of every collection that is needed, sorted.
    collections: tuple[str, ...] = ()
    #: Those of them whose plugins the roles use; the others are dependencies of these.
    used_collections: tuple[str, ...] = ()
    #: Every use of a role by another one.
    resolved: tuple[ResolvedRole, ...] = ()
    missing: tuple[UnresolvedRole, ...] = ()
    #: Includes whose role name is a template, so that the role is not known.
    dynamic: tuple[UnresolvedRole, ...] = ()


def closure_of(
    roots: Iterable[RoleInfo], find: Callable[[str, RoleInfo], RoleInfo | None]
) -> Closure:
    """Follow dependencies, imports and includes from ``roots``; ``find(name, near)`` looks up."""
    roles: dict[str, RoleInfo] = {}
    resolved: list[ResolvedRole] = []
    missing: list[UnresolvedRole] = []
    dynamic: list[UnresolvedRole] = []
    waiting = list(roots)
    while waiting:
        role = waiting.pop(0)
        key = str(role.path)
        if key in roles:
            continue
        roles[key] = role
        for use in (*role.dependencies, *role.tasks.uses):
            if use.is_dynamic:
                dynamic.append(UnresolvedRole(use, role))
                continue
            found = find(use.name, role)
            if found is None:
                missing.append(UnresolvedRole(use, role))
            else:
                resolved.append(ResolvedRole(use, role, found))
                waiting.append(found)
    collections = {name for role in roles.values() for name in role.tasks.collections}
    collections |= {role.collection for role in roles.values() if role.collection}
    used = tuple(sorted(collections))
    return Closure(
        tuple(roles.values()), used, used, tuple(resolved), tuple(missing), tuple(dynamic)
    )
