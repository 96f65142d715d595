"""Users of the service; they own tokens and have roles."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.store.access_tables import users
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user; times are UTC epoch seconds."""

    id: str
    name: str
    created: float
    #: None while the user may use the service.
    disabled: float | None


class Users(StorePart):
    """Creates, lists, disables and enables users, of all projects; each change is audited."""

    def create_user(self, name: str, who: str | Actor) -> UserRecord:
        """Create a user for ``who``. Raises ``RefusedError`` when the name is taken."""
        found = UserRecord(uuid4().hex, name, time.time(), None)
        row = {"id": found.id, "name": name, "created": found.created, "disabled": None}
        try:
            with self._writer.begin() as connection:
                connection.execute(insert(users), row)
                add_entry(connection, "user-created", who, detail=name)
        except IntegrityError as problem:
            raise RefusedError(f"there is a user `{name}` already", code="user-exists") from problem
        return found

    def set_user_disabled(self, name: str, who: str | Actor, *, disabled: bool) -> bool:
        """Disable or enable a user; return False where that changes nothing."""
        query = update(users).where(users.c.name == name)
        if disabled:
            query = query.where(users.c.disabled.is_(None)).values(disabled=time.time())
        else:
            query = query.where(users.c.disabled.is_not(None)).values(disabled=None)
        with self._writer.begin() as connection:
            if not connection.execute(query).rowcount:
                return False
            add_entry(connection, "user-disabled" if disabled else "user-enabled", who, detail=name)
        return True

    def user(self, name: str) -> UserRecord | None:
        """Return a user by name, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(_USERS.where(users.c.name == name)).first()
        return None if row is None else UserRecord(**row._mapping)

    def list_users(self) -> list[UserRecord]:
        """Return all users, sorted by name."""
        query = _USERS.order_by(users.c.name)
        with self._engine.connect() as connection:
            return [UserRecord(**row._mapping) for row in connection.execute(query)]


_USERS = select(users.c.id, users.c.name, users.c.created, users.c.disabled)
