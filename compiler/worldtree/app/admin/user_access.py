"""Manages users, projects, roles, and who has which role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.app.admin.access_names import (
    ensure_permissions,
    ensure_plain_name,
    ensure_role,
    ensure_user_name,
    find_project,
    find_user,
    project_key,
)
from worldtree.auth.permissions import BUILTIN_ROLES
from worldtree.auth.principal import ALL_PROJECTS, Principal
from worldtree.auth.rights import all_roles, ensure_may_give
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.store.projects import ProjectRecord
    from worldtree.store.roles import RoleBinding
    from worldtree.store.store import Store
    from worldtree.store.users import UserRecord

__all__ = ["RoleRecord", "UserAccess", "UserWithRoles"]

#: What it takes to give and take roles.
_MANAGE = "role:manage"


@dataclass(frozen=True, slots=True)
class UserWithRoles:
    """A user and its roles."""

    user: UserRecord
    roles: tuple[RoleBinding, ...]


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """A role; ``permissions`` are sorted."""

    name: str
    is_builtin: bool
    permissions: tuple[str, ...]


class UserAccess:
    """Changes who may do what, for an actor; each change is in the audit log.

    ``giver`` is who asks through the API: nobody gives rights that they lack. None is the owner of
    the database, who may do everything. Unknown and invalid names raise ``AccessInputError``.
    """

    def __init__(self, store: Callable[[], Store], actor: Actor) -> None:
        self._store, self._who = store, actor

    # ---- users ---------------------------------------------------------------------------------

    def create_user(self, name: str) -> UserRecord:
        """Create a user, who has no rights yet. Raises ``RefusedError`` when the name is taken."""
        ensure_user_name(name)
        return self._store().create_user(name, self._who)

    def list_users(self) -> list[UserWithRoles]:
        """Return all users with their roles, sorted by name."""
        store = self._store()
        roles: dict[str, list[RoleBinding]] = {}
        for one in store.list_role_bindings():
            roles.setdefault(one.user, []).append(one)
        return [UserWithRoles(user, tuple(roles.get(user.name, ()))) for user in store.list_users()]

    def user(self, name: str) -> UserWithRoles:
        """Return a user with its roles."""
        store = self._store()
        found = find_user(store, name)
        mine = tuple(one for one in store.list_role_bindings() if one.user == found.name)
        return UserWithRoles(found, mine)

    def disable_user(self, name: str) -> bool:
        """Refuse all tokens of a user from now on; return False if they are refused already."""
        store = self._store()
        return store.set_user_disabled(find_user(store, name).name, self._who, disabled=True)

    def enable_user(self, name: str) -> bool:
        """Undo ``disable_user``; return False if the user is not disabled."""
        store = self._store()
        return store.set_user_disabled(find_user(store, name).name, self._who, disabled=False)

    # ---- roles ---------------------------------------------------------------------------------

    def list_roles(self) -> list[RoleRecord]:
        """Return the built-in roles, then the custom ones, sorted by name."""
        return [
            RoleRecord(name, name in BUILTIN_ROLES, tuple(sorted(permissions)))
            for name, permissions in self._roles().items()
        ]

    def set_role(
        self, name: str, permissions: Collection[str], *, giver: Principal | None = None
    ) -> RoleRecord:
        """Create a custom role, or replace its permissions, also for those who have it.

        Raises ``RefusedError`` for a built-in role, and where ``giver`` lacks `role:manage` or one
        of the permissions in all projects.
        """
        ensure_plain_name(name, "role")
        _refuse_builtin(name)
        ensure_permissions(permissions)
        if giver is not None:
            ensure_may_give(giver, ALL_PROJECTS, {_MANAGE, *permissions})
        self._store().set_role(name, permissions, self._who)
        return RoleRecord(name, False, tuple(sorted(set(permissions))))

    def delete_role(self, name: str, *, giver: Principal | None = None) -> None:
        """Delete a custom role.

        Raises ``RefusedError`` while a user has it, and where ``giver`` lacks `role:manage` in all
        projects.
        """
        ensure_role(name, self._roles())
        _refuse_builtin(name)
        if giver is not None:
            giver.require(_MANAGE, ALL_PROJECTS)
        if holders := self._store().delete_role(name, self._who):
            raise RefusedError(
                f"users have the role `{name}`: {', '.join(holders)}",
                code="role-in-use",
                hint="revoke it from them first",
            )

    def grant(self, user: str, role: str, project: str, *, giver: Principal | None = None) -> bool:
        """Give a user a role in a project (its name), or in all (``*``); False if it has it.

        Raises ``RefusedError`` where ``giver`` lacks `role:manage` or a permission of the role
        there.
        """
        store, roles = self._store(), self._roles()
        key, found = project_key(store, project), find_user(store, user)
        ensure_role(role, roles)
        if giver is not None:
            ensure_may_give(giver, key, {_MANAGE, *roles[role]})
        return store.grant_role(found.id, key, role, self._who)

    def revoke(self, user: str, role: str, project: str, *, giver: Principal | None = None) -> bool:
        """Take a role from a user, as ``grant`` gave it; return False if the user lacks it.

        Raises ``RefusedError`` where ``giver`` lacks `role:manage` there.
        """
        store = self._store()
        key, found = project_key(store, project), find_user(store, user)
        ensure_role(role, self._roles())
        if giver is not None:
            giver.require(_MANAGE, key)
        return store.revoke_role(found.id, key, role, self._who)

    def _roles(self) -> dict[str, frozenset[str]]:
        return all_roles(self._store().custom_roles())

    # ---- projects ------------------------------------------------------------------------------

    def create_project(self, name: str) -> ProjectRecord:
        """Create a project. Raises ``RefusedError`` when the name is taken."""
        ensure_plain_name(name, "project")
        return self._store().create_project(name, self._who)

    def list_projects(self) -> Sequence[ProjectRecord]:
        """Return all projects, sorted by name."""
        return self._store().list_projects()

    def project(self, name: str) -> ProjectRecord:
        """Return a project by its name."""
        return find_project(self._store(), name)


def _refuse_builtin(name: str) -> None:
    if name in BUILTIN_ROLES:
        raise RefusedError(
            f"`{name}` is a built-in role, which cannot be changed",
            code="role-builtin",
            hint="choose another name",
        )
