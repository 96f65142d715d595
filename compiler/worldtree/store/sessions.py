"""Sessions of users: only the digests of their secrets are stored."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from worldtree.core.actor import Actor
from worldtree.store.access_tables import sessions, users
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.bindings import read_bindings
from worldtree.store.projections import database_text
from worldtree.store.roles import read_roles

#: Digits of a digest by which a session is named; they are of no use without its secret.
_KEY_LENGTH = 16
#: Characters of the name of a program at most.
_MAX_AGENT = 200


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session without its secret; times are UTC epoch seconds."""

    digest: str
    #: The name of its user.
    user: str
    created: float
    #: About when it was used last.
    used: float
    expires: float
    address: str | None
    agent: str | None
    #: ``password`` or the issuer.
    provider: str
    #: When its user was disabled; None for one who is not.
    owner_disabled: float | None

    @property
    def id(self) -> str:
        """What the session is called; not its secret."""
        return self.digest[:_KEY_LENGTH]


@dataclass(frozen=True, slots=True)
class SessionWithRights:
    """A session with what its user may do."""

    session: SessionRecord
    #: Pairs of a project (id or ``*``) and a role of the user.
    bindings: tuple[tuple[str, str], ...]
    custom_roles: dict[str, frozenset[str]]


class Sessions(StorePart):
    """Begins, finds, lists and ends sessions; beginnings and ends are audited."""

    def add_session(
        self,
        digest: str,
        user: str,
        who: Actor,
        *,
        expires: float,
        provider: str,
        agent: str = "",
    ) -> SessionRecord:
        """Store the digest of the secret of a new session of ``user`` (its id)."""
        now = time.time()
        row = {
            "digest": digest,
            "user": user,
            "created": now,
            "used": now,
            "expires": expires,
            "address": database_text(who.origin) or None,
            "agent": (database_text(agent) or "")[:_MAX_AGENT] or None,
            "provider": provider,
        }
        with self._writer.begin() as connection:
            connection.execute(insert(sessions), row)
            found = _session(connection.execute(_SESSIONS.where(sessions.c.digest == digest)).one())
            add_entry(connection, "session-begun", who, detail=f"{found.id}, by {provider}")
        return found

    def session_rights(self, digest: str) -> SessionWithRights | None:
        """Return the session of a digest with what its user may do; None without one."""
        user = select(sessions.c.user).where(sessions.c.digest == digest).scalar_subquery()
        with self._engine.connect() as connection:
            row = connection.execute(_SESSIONS.where(sessions.c.digest == digest)).first()
            bindings = read_bindings(connection, user)
            custom = read_roles(connection)
        return None if row is None else SessionWithRights(_session(row), bindings, custom)

    def mark_session_used(self, digest: str, now: float) -> None:
        """Store that a session is used."""
        query = update(sessions).where(sessions.c.digest == digest, sessions.c.used < now)
        with self._writer.begin() as connection:
            connection.execute(query.values(used=now))

    def list_sessions(self, user: str) -> list[SessionRecord]:
        """Return the sessions of a user (its name), newest first."""
        query = _SESSIONS.where(users.c.name == user).order_by(
            sessions.c.created.desc(), sessions.c.digest
        )
        with self._engine.connect() as connection:
            return [_session(row) for row in connection.execute(query)]

    def end_session(self, digest: str, who: str | Actor) -> bool:
        """End a session; return False if there is none."""
        query = delete(sessions).where(sessions.c.digest == digest)
        with self._writer.begin() as connection:
            if not connection.execute(query).rowcount:
                return False
            add_entry(connection, "session-ended", who, detail=digest[:_KEY_LENGTH])
        return True

    def delete_old_sessions(self, now: float, idle_since: float) -> int:
        """Delete sessions that have expired, or were not used since; return how many."""
        query = delete(sessions).where(
            (sessions.c.expires <= now) | (sessions.c.used <= idle_since)
        )
        with self._writer.begin() as connection:
            return connection.execute(query).rowcount


def end_sessions_of(connection: Connection, user: str) -> int:
    """End all sessions of a user (its id) within a transaction; return how many."""
    return connection.execute(delete(sessions).where(sessions.c.user == user)).rowcount


_SESSIONS = select(
    sessions.c.digest,
    users.c.name.label("user"),
    sessions.c.created,
    sessions.c.used,
    sessions.c.expires,
    sessions.c.address,
    sessions.c.agent,
    sessions.c.provider,
    users.c.disabled.label("owner_disabled"),
).join(users, users.c.id == sessions.c.user)


def _session(row: Any) -> SessionRecord:
    return SessionRecord(**row._mapping)
