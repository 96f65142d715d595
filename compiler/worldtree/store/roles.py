"""Custom roles, and which user has which role in which project.

Names of roles are not checked here: the built-in ones have no row.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from worldtree.core.actor import Actor
from worldtree.store.access_tables import group_roles, role_bindings, roles, users
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.schema import projects
from worldtree.store.upsert import insert_if_new, upsert

#: In the place of a project: all of them.
ALL_PROJECTS = "*"


@dataclass(frozen=True, slots=True)
class RoleBinding:
    """A role of a user."""

    #: The user's name.
    user: str
    #: The id of a project, or ``*`` for all.
    project: str
    #: The name of that project, or ``*``.
    project_name: str
    role: str


class Roles(StorePart):
    """Writes and reads roles and who has them, in all projects; each change is audited."""

    def set_role(self, name: str, permissions: Collection[str], who: str | Actor) -> None:
        """Create a custom role for ``who``, or change its permissions."""
        wanted = sorted(set(permissions))
        with self._writer.begin() as connection:
            upsert(connection, roles, {"name": name, "permissions": json.dumps(wanted)})
            add_entry(connection, "role-set", who, detail=f"{name}: {', '.join(wanted)}")

    def delete_role(self, name: str, who: str | Actor) -> tuple[str, ...]:
        """Delete a custom role unless users or groups have it; return the names of these."""
        holders = (
            select(users.c.name)
            .join(role_bindings, role_bindings.c.user == users.c.id)
            .where(role_bindings.c.role == name)
            .distinct()
            .order_by(users.c.name)
        )
        groups = (
            select(group_roles.c.group)
            .where(group_roles.c.role == name)
            .distinct()
            .order_by(group_roles.c.group)
        )
        with self._writer.begin() as connection:
            named = [f"group {one}" for one in connection.execute(groups).scalars()]
            if found := (*connection.execute(holders).scalars(), *named):
                return found
            if connection.execute(delete(roles).where(roles.c.name == name)).rowcount:
                add_entry(connection, "role-deleted", who, detail=name)
        return ()

    def custom_roles(self) -> dict[str, frozenset[str]]:
        """Return custom role -> permissions, sorted by name."""
        with self._engine.connect() as connection:
            return read_roles(connection)

    def grant_role(self, user: str, project: str, role: str, who: str | Actor) -> bool:
        """Give a user (its id) a role in a project (id or ``*``); return False if it has it."""
        row = {"user": user, "project": project, "role": role}
        with self._writer.begin() as connection:
            if not insert_if_new(connection, role_bindings, row):
                return False
            detail = _described(connection, **row)
            add_entry(
                connection, "role-granted", who, detail=detail, project=audited_project(project)
            )
        return True

    def revoke_role(self, user: str, project: str, role: str, who: str | Actor) -> bool:
        """Take a role from a user, as ``grant_role`` gave it; return False if it lacks it."""
        query = delete(role_bindings).where(
            role_bindings.c.user == user,
            role_bindings.c.project == project,
            role_bindings.c.role == role,
        )
        with self._writer.begin() as connection:
            if not connection.execute(query).rowcount:
                return False
            detail = _described(connection, user, project, role)
            add_entry(
                connection, "role-revoked", who, detail=detail, project=audited_project(project)
            )
        return True

    def list_role_bindings(self) -> list[RoleBinding]:
        """Return the roles of all users, sorted by the names of users, projects and roles."""
        query = (
            select(
                users.c.name,
                role_bindings.c.project,
                projects.c.name.label("project_name"),
                role_bindings.c.role,
            )
            .join(users, users.c.id == role_bindings.c.user)
            .outerjoin(projects, projects.c.id == role_bindings.c.project)
        )
        with self._engine.connect() as connection:
            found = [
                RoleBinding(row.name, row.project, row.project_name or row.project, row.role)
                for row in connection.execute(query)
            ]
        return sorted(found, key=lambda one: (one.user, one.project_name, one.role))


def read_roles(connection: Connection) -> dict[str, frozenset[str]]:
    """Return custom role -> permissions within a transaction, sorted by name."""
    query = select(roles.c.name, roles.c.permissions).order_by(roles.c.name)
    return {row.name: frozenset(json.loads(row.permissions)) for row in connection.execute(query)}


def audited_project(project: str) -> str | None:
    """Return the project of an entry: none for what is done in all projects."""
    return None if project == ALL_PROJECTS else project


def _described(connection: Connection, user: str, project: str, role: str) -> str:
    """Return a binding in words for the audit log, whose entries outlive the rows."""
    name = connection.execute(select(users.c.name).where(users.c.id == user)).scalar()
    where = connection.execute(select(projects.c.name).where(projects.c.id == project)).scalar()
    return f"{role} of {name} in {where or project}"
