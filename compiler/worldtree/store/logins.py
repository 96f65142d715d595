"""Logins at an identity provider that have not ended: what has to come back with the user."""

from __future__ import annotations

import time

from sqlalchemy import delete, insert

from worldtree.store.access_tables import logins
from worldtree.store.base import StorePart


class Logins(StorePart):
    """Keeps what belongs to the state of a login, for any process of the service to end it."""

    def add_login(self, state: str, body: str, oldest: float) -> None:
        """Store the body (JSON) of a login by the digest of its state; delete ``oldest`` ones."""
        row = {"state": state, "body": body, "created": time.time()}
        with self._writer.begin() as connection:
            connection.execute(delete(logins).where(logins.c.created < oldest))
            connection.execute(insert(logins), row)

    def take_login(self, state: str, oldest: float) -> str | None:
        """Return the body of a login since ``oldest`` and delete it: a state is good for once."""
        query = delete(logins).where(logins.c.state == state)
        with self._writer.begin() as connection:
            row = connection.execute(query.returning(logins.c.body, logins.c.created)).first()
        return None if row is None or row.created < oldest else str(row.body)
