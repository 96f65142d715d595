"""Sessions of users in browsers: begun by a login, ended by a logout, by time, or by their user."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worldtree.app.admin.access_names import AccessInputError
from worldtree.auth.principal import Principal
from worldtree.auth.rights import all_roles, permissions_of
from worldtree.auth.tokens import token_digest
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.store.sessions import SessionRecord
    from worldtree.store.store import Store
    from worldtree.store.users import UserRecord

#: Seconds without a request after which a session ends, and after which it ends in any case.
IDLE_SECONDS = 8 * 3600.0
LIFETIME_SECONDS = 7 * 86400.0
#: A session that is used all the time is written down as used once in so many seconds.
_USED_INTERVAL_SECONDS = 60.0
#: Bytes of randomness of its secret.
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just begun: the only time that its secret can be seen."""

    record: SessionRecord
    secret: str = field(repr=False)


class SessionAccess:
    """Works on sessions; their beginnings and ends are in the audit log."""

    def __init__(self, store: Callable[[], Store], actor: Actor) -> None:
        self._store, self._who = store, actor

    def begin_session(
        self, user: UserRecord, address: str, *, agent: str = "", provider: str = "password"
    ) -> NewSession:
        """Begin a session of a user who has just logged in, from ``address`` with ``agent``."""
        store, now = self._store(), time.time()
        store.delete_old_sessions(now, now - IDLE_SECONDS)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        record = store.add_session(
            token_digest(secret),
            user.id,
            Actor("person", user.name, address),
            expires=now + LIFETIME_SECONDS,
            provider=provider,
            agent=agent,
        )
        return NewSession(record, secret)

    def authenticate_session(self, secret: str) -> Principal:
        """Return whose session this is, with the rights that it has now.

        Raises ``RefusedError`` (``session-invalid``) for one that is unknown or over, and for that
        of a disabled user.
        """
        store, now = self._store(), time.time()
        found = store.session_rights(token_digest(secret))
        if found is None or not _is_valid(found.session, now):
            raise RefusedError("the session is over", code="session-invalid", hint="log in again")
        if now - found.session.used >= _USED_INTERVAL_SECONDS:
            _mark_used(store, found.session.digest, now)
        permissions = permissions_of(found.bindings, all_roles(found.custom_roles))
        return Principal(found.session.user, permissions)

    def list_sessions(self, user: str) -> list[SessionRecord]:
        """Return the sessions of a user that are not over, newest first."""
        now = time.time()
        return [one for one in self._store().list_sessions(user) if _is_valid(one, now)]

    def end_session(self, secret: str, address: str = "") -> bool:
        """End the session of a secret; return False if there is none."""
        store = self._store()
        digest = token_digest(secret)
        found = store.session_rights(digest)
        if found is None:
            return False
        return store.end_session(digest, Actor("person", found.session.user, address))

    def end_session_of(self, user: str, key: str, who: Actor) -> None:
        """End a session of a user by its id. Raises ``AccessInputError`` for an unknown one."""
        store = self._store()
        for one in store.list_sessions(user):
            if one.id == key:
                store.end_session(one.digest, who)
                return
        raise AccessInputError("there is no session of this id", code="session-unknown")


def _is_valid(session: SessionRecord, now: float) -> bool:
    return (
        session.owner_disabled is None
        and now < session.expires
        and now - session.used < IDLE_SECONDS
    )


def _mark_used(store: Store, digest: str, now: float) -> None:
    from worldtree.store.db_errors import StoreBusyError

    try:
        store.mark_session_used(digest, now)
    except StoreBusyError:
        return  # A request that only reads does not fail because others write.
