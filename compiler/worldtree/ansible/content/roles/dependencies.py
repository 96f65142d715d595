"""The transitive dependencies of roles: further roles, and collections whose plugins they use."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.role_task import RoleUse


@dataclass(frozen=True, slots=True)
class UnresolvedRole:
    """A role that another one names and that cannot be found."""

    use: RoleUse
    #: The role that names it.
    by: RoleInfo
    #: Whether its role is surely part of the play, not only one that a templated name may mean.
    certain: bool = True


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
    #: Includes whose role name is a template, so that it may mean any role that matches.
    dynamic: tuple[UnresolvedRole, ...] = ()
    #: Paths of the roles that only such includes may mean.
    possible: frozenset[str] = frozenset()


class RoleFinder(Protocol):
    """Looks up the roles that a role names; ``near`` is the one that names them."""

    def find(self, name: str, near: RoleInfo | None = None) -> RoleInfo | None:
        """Return the role called ``name``, or None."""

    def matching(self, name: str, near: RoleInfo) -> Mapping[str, RoleInfo]:
        """Return the roles that a templated ``name`` can mean, by their names."""


def closure_of(roots: Iterable[RoleInfo], finder: RoleFinder) -> Closure:
    """Follow dependencies, imports and includes from ``roots``.

    What only a templated name leads to is followed last, so that ``possible`` is exact.
    """
    roles: dict[str, RoleInfo] = {}
    possible: set[str] = set()
    resolved: list[ResolvedRole] = []
    missing: list[UnresolvedRole] = []
    dynamic: list[UnresolvedRole] = []
    waiting = deque(roots)
    later: deque[RoleInfo] = deque()
    while waiting or later:
        certain = bool(waiting)
        role = waiting.popleft() if certain else later.popleft()
        key = str(role.path)
        if key in roles:
            continue
        roles[key] = role
        if not certain:
            possible.add(key)
        further = waiting if certain else later
        written = (*role.dependencies, *role.tasks.uses)
        for use in (one for several in written for one in several.single):
            if use.is_dynamic:
                dynamic.append(UnresolvedRole(use, role, certain))
                for name, found in finder.matching(use.name, role).items():
                    resolved.append(ResolvedRole(replace(use, name=name), role, found))
                    later.append(found)
                continue
            one = finder.find(use.name, role)
            if one is None:
                missing.append(UnresolvedRole(use, role, certain))
            else:
                resolved.append(ResolvedRole(use, role, one))
                further.append(one)
    collections = {name for role in roles.values() for name in role.tasks.collections}
    collections |= {role.collection for role in roles.values() if role.collection}
    used = tuple(sorted(collections))
    return Closure(
        tuple(roles.values()),
        used,
        used,
        tuple(resolved),
        tuple(missing),
        tuple(dynamic),
        frozenset(possible),
    )
