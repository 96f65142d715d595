"""Roles of the groups that an identity provider names."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree.app.admin.access_names import AccessInputError, ensure_role, project_key
from worldtree.auth.principal import Principal
from worldtree.auth.rights import all_roles, ensure_may_give
from worldtree.core.actor import Actor

if TYPE_CHECKING:
    from worldtree.store.group_roles import GroupRole
    from worldtree.store.store import Store

#: Characters of a group's name at most.
MAX_GROUP = 255


def is_group_name(name: str) -> bool:
    """Whether ``name`` can be that of a group."""
    return 0 < len(name) <= MAX_GROUP and name.isprintable()


class GroupAccess:
    """Gives and takes roles of groups for an actor; each change is in the audit log.

    ``giver`` is as for users.
    """

    def __init__(self, store: Callable[[], Store], actor: Actor) -> None:
        self._store, self._who = store, actor

    def grant_group(
        self, group: str, role: str, project: str, *, giver: Principal | None = None
    ) -> bool:
        """Give a group a role in a project (its name), or in all (``*``); False if it has it.

        Raises ``AccessInputError``, and ``RefusedError`` where ``giver`` lacks `role:manage` or a
        permission of the role there.
        """
        store = self._store()
        roles = all_roles(store.custom_roles())
        if not is_group_name(group):
            raise AccessInputError(
                f"{group[:64]!r} is not a valid name of a group",
                code="name-invalid",
                hint=f"use up to {MAX_GROUP} printable characters",
            )
        key = project_key(store, project)
        ensure_role(role, roles)
        if giver is not None:
            ensure_may_give(giver, key, {"role:manage", *roles[role]})
        return store.grant_group_role(group, key, role, self._who)

    def revoke_group(
        self, group: str, role: str, project: str, *, giver: Principal | None = None
    ) -> bool:
        """Take a role from a group; return False if the group lacks it. Raises as ``grant_group``.

        A role that does not exist any more can be taken, too.
        """
        store = self._store()
        key = project_key(store, project)
        if giver is not None:
            giver.require("role:manage", key)
        return store.revoke_group_role(group, key, role, self._who)

    def list_group_roles(self, projects: Collection[str] | None = None) -> list[GroupRole]:
        """Return the roles of all groups; with ``projects`` (their ids) those there alone."""
        return self._store().list_group_roles(projects)
