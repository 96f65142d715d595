"""The roles that users have, by themselves and by their groups at an identity provider."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, ScalarSelect, select, union

from worldtree.store.access_tables import group_roles, role_bindings, user_groups


def read_bindings(
    connection: Connection, user: str | ScalarSelect[Any], groups: Collection[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Return pairs of a project (id or ``*``) and a role of a user, by its id or a query for it.

    ``groups`` take the place of those of the user's last login.
    """
    own = select(role_bindings.c.project, role_bindings.c.role).where(role_bindings.c.user == user)
    by_group = select(group_roles.c.project, group_roles.c.role)
    if groups is None:
        of_user = user_groups.c.group == group_roles.c.group
        by_group = by_group.join(user_groups, of_user).where(user_groups.c.user == user)
    else:
        by_group = by_group.where(group_roles.c.group.in_(groups))
    return tuple((one.project, one.role) for one in connection.execute(union(own, by_group)))
