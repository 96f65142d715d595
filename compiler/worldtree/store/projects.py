"""Projects: what is in one does not exist for another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import current_process
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.schema import projects


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project; ``created`` is UTC epoch seconds."""

    id: str
    name: str
    created: float


class Projects(StorePart):
    """Creates and lists projects; the other parts see one project alone."""

    def create_project(self, name: str, who: str | Actor | None = None) -> ProjectRecord:
        """Create a project for ``who`` (default: this process's user).

        Raises ``RefusedError`` when the name is taken.
        """
        found = ProjectRecord(uuid4().hex, name, time.time())
        row = {"id": found.id, "name": name, "created": found.created}
        try:
            with self._writer.begin() as connection:
                connection.execute(insert(projects), row)
                add_entry(
                    connection,
                    "project-created",
                    who or str(current_process()),
                    detail=name,
                    project=found.id,
                )
        except IntegrityError as problem:
            raise RefusedError(
                f"there is a project `{name}` already", code="project-exists"
            ) from problem
        return found

    def find_project(self, name: str) -> ProjectRecord | None:
        """Return the project of a name; None without one."""
        query = _PROJECTS.where(projects.c.name == name)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else ProjectRecord(row.id, row.name, row.created)

    def list_projects(self) -> list[ProjectRecord]:
        """Return all projects, sorted by name."""
        query = _PROJECTS.order_by(projects.c.name)
        with self._engine.connect() as connection:
            return [ProjectRecord(**row._mapping) for row in connection.execute(query)]

    def project_settings(self) -> dict[str, Any]:
        """Return limits and rules of the project of this store, as it was given them."""
        query = select(projects.c.settings).where(projects.c.id == self.project)
        with self._engine.connect() as connection:
            found = connection.execute(query).scalar()
        return {} if found is None else dict(json.loads(found))

    def change_project_setting(
        self,
        name: str,
        value: Any,
        who: str | Actor,
        *,
        what: str,
        detail: str,
        check: Callable[[Any], None] | None = None,
    ) -> None:
        """Change one of the settings of the project of this store; the others stay.

        None removes it. ``what`` and ``detail`` are for the audit log. ``check`` gets the value
        before, and raises where it must stay.
        """
        mine = projects.c.id == self.project
        query = select(projects.c.settings).where(mine).with_for_update()
        with self._writer.begin() as connection:
            settings = json.loads(connection.execute(query).scalar() or "{}")
            before = settings.pop(name, None)
            if check is not None:
                check(before)
            if value is not None:
                settings[name] = value
            text = json.dumps(settings) if settings else None
            connection.execute(update(projects).where(mine).values(settings=text))
            add_entry(connection, what, who, detail=detail, project=self.project)


_PROJECTS = select(projects.c.id, projects.c.name, projects.c.created)
