"""Tokens of users: only their digests are stored."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, or_, select, update

from worldtree.core.actor import Actor
from worldtree.store.access_tables import role_bindings, tokens, users
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.roles import read_roles

#: A token that is used all the time is written down as used once in so many seconds.
USED_INTERVAL_SECONDS = 60.0


class TokenStatus(StrEnum):
    """Whether a token may be used."""

    VALID = "valid"
    REVOKED = "revoked"
    EXPIRED = "expired"
    #: Its owner is disabled.
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token without its secret; times are UTC epoch seconds."""

    id: str
    #: The name of its owner.
    user: str
    #: What it is for, in the words of its owner.
    name: str
    #: None: all permissions of the owner.
    scopes: frozenset[str] | None
    created: float
    #: None for one that does not expire.
    expires: float | None
    #: About when it was used last.
    used: float | None
    revoked: float | None
    #: When its owner was disabled; None for one who is not.
    owner_disabled: float | None

    def status(self, now: float) -> TokenStatus:
        """Return whether it may be used at ``now``, and if not, why."""
        if self.revoked is not None:
            return TokenStatus.REVOKED
        if self.expires is not None and self.expires <= now:
            return TokenStatus.EXPIRED
        return TokenStatus.VALID if self.owner_disabled is None else TokenStatus.DISABLED


@dataclass(frozen=True, slots=True)
class TokenWithRights:
    """A token with what its owner may do."""

    token: TokenRecord
    #: Pairs of a project (id or ``*``) and a role of the owner.
    bindings: tuple[tuple[str, str], ...]
    custom_roles: dict[str, frozenset[str]]


class Tokens(StorePart):
    """Creates, finds, lists and revokes tokens; each change is audited."""

    def add_token(
        self,
        digest: str,
        user: str,
        who: str | Actor,
        *,
        name: str = "",
        scopes: Collection[str] | None = None,
        expires: float | None = None,
    ) -> TokenRecord:
        """Store the digest of a new token of ``user`` (its id) for ``who``."""
        wanted = None if scopes is None else sorted(set(scopes))
        now, key = time.time(), secrets.token_hex(8)
        row = {"id": key, "digest": digest, "user": user, "name": name, "expires": expires}
        values = {"scopes": None if wanted is None else json.dumps(wanted), "created": now}
        limits = "all rights" if wanted is None else ", ".join(wanted)
        with self._writer.begin() as connection:
            owner = connection.execute(select(users.c.name).where(users.c.id == user)).scalar_one()
            connection.execute(insert(tokens), {**row, **values})
            detail = f"{key} of {owner}: {limits}"
            add_entry(connection, "token-created", who, detail=detail)
        frozen = None if wanted is None else frozenset(wanted)
        return TokenRecord(key, owner, name, frozen, now, expires, None, None, None)

    def list_tokens(self, user: str | None = None) -> list[TokenRecord]:
        """Return the tokens of a user (its name), or of all, oldest first."""
        query = _TOKENS.order_by(tokens.c.created, tokens.c.id)
        if user is not None:
            query = query.where(users.c.name == user)
        with self._engine.connect() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke_token(self, token: str, who: str | Actor) -> bool:
        """Revoke a token (its id) for good; return False if it is unknown, or was revoked."""
        query = update(tokens).where(tokens.c.id == token, tokens.c.revoked.is_(None))
        owner = select(users.c.name).join(tokens, tokens.c.user == users.c.id)
        with self._writer.begin() as connection:
            if not connection.execute(query.values(revoked=time.time())).rowcount:
                return False
            name = connection.execute(owner.where(tokens.c.id == token)).scalar_one()
            add_entry(connection, "token-revoked", who, detail=f"{token} of {name}")
        return True

    def token_rights(self, digest: str) -> TokenWithRights | None:
        """Return the token of a digest with what its owner may do; None without one.

        The same statements are sent in both cases.
        """
        bindings = (
            select(role_bindings.c.project, role_bindings.c.role)
            .join(tokens, tokens.c.user == role_bindings.c.user)
            .where(tokens.c.digest == digest)
        )
        with self._engine.connect() as connection:
            row = connection.execute(_TOKENS.where(tokens.c.digest == digest)).first()
            found = tuple((one.project, one.role) for one in connection.execute(bindings))
            custom = read_roles(connection)
        if row is None:
            return None
        return TokenWithRights(_token(row), found, custom)

    def mark_token_used(self, token: str, now: float) -> None:
        """Store that a token (its id) is used, unless that was stored within the last minute."""
        is_due = or_(tokens.c.used.is_(None), tokens.c.used <= now - USED_INTERVAL_SECONDS)
        with self._writer.begin() as connection:
            connection.execute(update(tokens).where(tokens.c.id == token, is_due).values(used=now))


_TOKENS = select(
    tokens.c.id,
    users.c.name.label("user"),
    users.c.disabled.label("owner_disabled"),
    tokens.c.name,
    tokens.c.scopes,
    tokens.c.created,
    tokens.c.expires,
    tokens.c.used,
    tokens.c.revoked,
).join(users, users.c.id == tokens.c.user)


def _token(row: Any) -> TokenRecord:
    scopes = None if row.scopes is None else frozenset(json.loads(row.scopes))
    return TokenRecord(**{**row._mapping, "scopes": scopes})
