"""Roles of groups that an identity provider names, and who is in which group."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from worldtree.core.actor import Actor
from worldtree.store.access_tables import group_roles, user_groups
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.bindings import read_bindings
from worldtree.store.roles import audited_project
from worldtree.store.schema import projects
from worldtree.store.upsert import insert_if_new


@dataclass(frozen=True, slots=True)
class GroupRole:
    """A role of all users in a group."""

    group: str
    #: The id of a project, or ``*`` for all.
    project: str
    #: The name of that project, or ``*``.
    project_name: str
    role: str


class GroupRoles(StorePart):
    """Writes and reads roles of groups, in all projects; each change is audited."""

    def grant_group_role(self, group: str, project: str, role: str, who: str | Actor) -> bool:
        """Give a group a role in a project (id or ``*``); return False if it has it."""
        row = {"group": group, "project": project, "role": role}
        with self._writer.begin() as connection:
            if not insert_if_new(connection, group_roles, row):
                return False
            detail, where = f"{role} of group {group}", audited_project(project)
            add_entry(connection, "group-role-granted", who, detail=detail, project=where)
        return True

    def revoke_group_role(self, group: str, project: str, role: str, who: str | Actor) -> bool:
        """Take a role from a group, as ``grant_group_role`` gave it; False if it lacks it."""
        query = delete(group_roles).where(
            group_roles.c.group == group,
            group_roles.c.project == project,
            group_roles.c.role == role,
        )
        with self._writer.begin() as connection:
            if not connection.execute(query).rowcount:
                return False
            detail, where = f"{role} of group {group}", audited_project(project)
            add_entry(connection, "group-role-revoked", who, detail=detail, project=where)
        return True

    def list_group_roles(self) -> list[GroupRole]:
        """Return the roles of all groups, sorted by groups, names of projects and roles."""
        query = select(
            group_roles.c.group,
            group_roles.c.project,
            projects.c.name.label("project_name"),
            group_roles.c.role,
        ).outerjoin(projects, projects.c.id == group_roles.c.project)
        with self._engine.connect() as connection:
            found = [
                GroupRole(row.group, row.project, row.project_name or row.project, row.role)
                for row in connection.execute(query)
            ]
        return sorted(found, key=lambda one: (one.group, one.project_name, one.role))

    def set_user_groups(self, user: str, groups: Collection[str], who: str | Actor) -> bool:
        """Replace the groups of a user (its id); return False where they are the same."""
        query = select(user_groups.c.group).where(user_groups.c.user == user)
        wanted = sorted(set(groups))
        with self._writer.begin() as connection:
            if sorted(connection.scalars(query)) == wanted:
                return False
            connection.execute(delete(user_groups).where(user_groups.c.user == user))
            if wanted:
                connection.execute(
                    insert(user_groups), [{"user": user, "group": one} for one in wanted]
                )
            add_entry(connection, "groups-set", who, detail=", ".join(wanted) or "none")
        return True

    def user_groups(self, user: str) -> tuple[str, ...]:
        """Return the groups of a user (its id) at its last login, sorted."""
        query = select(user_groups.c.group).where(user_groups.c.user == user)
        with self._engine.connect() as connection:
            return tuple(sorted(connection.scalars(query)))

    def bindings_of(
        self, user: str, groups: Collection[str] | None = None
    ) -> tuple[tuple[str, str], ...]:
        """Return pairs of a project (id or ``*``) and a role of a user (its id), also by groups.

        These are those of its last login, or ``groups``.
        """
        with self._engine.connect() as connection:
            return read_bindings(connection, user, groups)
