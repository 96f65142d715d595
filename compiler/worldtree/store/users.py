"""Users of the service; they own tokens and have roles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.store.access_tables import users
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.sessions import end_sessions_of
from worldtree.store.upsert import insert_if_new


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user; times are UTC epoch seconds."""

    id: str
    name: str
    created: float
    #: None while the user may use the service.
    disabled: float | None
    #: The identity provider at which the user logs in; None for a local user.
    issuer: str | None = None


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
            key = connection.execute(query.returning(users.c.id)).scalar()
            if key is None:
                return False
            if disabled:
                # Else they would be valid again once the user is enabled.
                end_sessions_of(connection, key)
            add_entry(connection, "user-disabled" if disabled else "user-enabled", who, detail=name)
        return True

    def add_provider_user(
        self, names: Sequence[str], issuer: str, subject: str, who: str | Actor
    ) -> UserRecord:
        """Return the user of a subject at an identity provider; create it if there is none.

        It gets the first of ``names`` that is free, and stays without rights. Raises
        ``RefusedError`` where all are taken.
        """
        mine = _USERS.where(users.c.issuer == issuer, users.c.subject == subject)
        with self._writer.begin() as connection:
            for name in names:
                made = UserRecord(uuid4().hex, name, time.time(), None, issuer)
                row = {**asdict(made), "subject": subject}
                # Another login of the same subject may be first: then there is one.
                if (found := connection.execute(mine).first()) is not None:
                    return UserRecord(**found._mapping)
                if insert_if_new(connection, users, row):
                    add_entry(connection, "user-created", who, detail=f"{name}, of {issuer}")
                    return made
            if (found := connection.execute(mine).first()) is not None:
                return UserRecord(**found._mapping)
        raise RefusedError("all names for the user are taken", code="user-exists")

    def provider_user(self, issuer: str, subject: str) -> UserRecord | None:
        """Return the user of a subject at an identity provider; None without one."""
        query = _USERS.where(users.c.issuer == issuer, users.c.subject == subject)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else UserRecord(**row._mapping)

    def set_password(self, name: str, password: str | None, who: str | Actor) -> None:
        """Set the hash of a user's password, or remove it; its sessions end.

        Raises ``RefusedError`` for a user of an identity provider.
        """
        local = users.c.issuer.is_(None)
        query = update(users).where(users.c.name == name, local).values(password=password)
        with self._writer.begin() as connection:
            key = connection.execute(query.returning(users.c.id)).scalar()
            if key is None:
                raise RefusedError(
                    f"the user `{name}` logs in at an identity provider", code="user-not-local"
                )
            end_sessions_of(connection, key)
            what = "password-removed" if password is None else "password-set"
            add_entry(connection, what, who, detail=name)

    def renew_password_hash(self, user: str, before: str, password: str) -> None:
        """Replace the hash of a user (its id) by one of the same password."""
        query = update(users).where(users.c.id == user, users.c.password == before)
        with self._writer.begin() as connection:
            connection.execute(query.values(password=password))

    def password_hash(self, name: str) -> str | None:
        """Return the hash of a user's password; None for an unknown user, and for one without."""
        with self._engine.connect() as connection:
            query = select(users.c.password).where(users.c.name == name)
            found: str | None = connection.execute(query).scalar()
        return found

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


_USERS = select(users.c.id, users.c.name, users.c.created, users.c.disabled, users.c.issuer)
