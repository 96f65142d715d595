"""Checks, creates and revokes tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worldtree.app.admin.access_names import (
    AccessInputError,
    ensure_permissions,
    ensure_token_name,
    find_token,
    find_user,
)
from worldtree.auth.principal import Principal
from worldtree.auth.rights import all_roles, ensure_may_act_as, permissions_of
from worldtree.auth.tokens import TokenKind, looks_like_token, new_token, token_digest
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.store.store import Store
    from worldtree.store.tokens import TokenRecord

#: No token lives longer, in seconds, unless it has no end at all.
_MAX_LIFETIME_SECONDS = 100 * 366 * 86400.0


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just created: the only time that it can be seen."""

    record: TokenRecord
    token: str = field(repr=False)


class TokenAccess:
    """Works on tokens for an actor; each change is in the audit log."""

    def __init__(self, store: Callable[[], Store], actor: Actor) -> None:
        self._store, self._who = store, actor

    def authenticate(self, token: str) -> Principal:
        """Return whose token this is, with the rights that it has now.

        Raises ``RefusedError`` (``token-invalid``) for a token that is misspelt, unknown, revoked
        or expired, and for that of a disabled user. Nothing shows which, and the same statements
        are sent to the database.
        """
        store, now = self._store(), time.time()
        found = store.token_rights(token_digest(token))
        is_token = looks_like_token(token)
        if found is None or not is_token or found.token.status(now) != "valid":
            raise RefusedError(
                "the token is not valid",
                code="token-invalid",
                hint="create another one, or log in again",
            )
        _mark_used(store, found.token, now)
        permissions = permissions_of(found.bindings, all_roles(found.custom_roles))
        token_ends = found.token.expires
        return Principal(found.token.user, permissions, found.token.scopes, token_ends)

    def principal_named(self, user: str) -> Principal | None:
        """Return a user with the rights that it has now; None for an unknown or disabled one."""
        found = self._store().user(user)
        if found is None or found.disabled is not None:
            return None
        return Principal(user, self._permissions(user))

    def create_token(
        self,
        user: str,
        *,
        name: str = "",
        scopes: Collection[str] | None = None,
        lifetime: float | None = None,
        kind: TokenKind = TokenKind.PERSON,
        giver: Principal | None = None,
    ) -> NewToken:
        """Create a token of ``user``, with its rights or those of them in ``scopes``.

        It expires after ``lifetime`` seconds, or never. Raises ``AccessInputError``, and
        ``RefusedError`` for a disabled user and where ``giver``, who asks through the API, may not
        do all that the token allows.
        """
        store = self._store()
        ensure_token_name(name)
        ensure_permissions(scopes or ())
        if lifetime is not None and not 0 < lifetime <= _MAX_LIFETIME_SECONDS:
            raise AccessInputError(
                "a token cannot expire in the past, or after more than 100 years",
                code="token-lifetime-invalid",
                hint="choose a time such as 90d",
            )
        owner = find_user(store, user)
        if owner.disabled is not None:
            raise RefusedError(
                f"the user `{user}` is disabled",
                code="user-disabled",
                hint=f"enable it with `wt user enable {user}`",
            )
        limits = None if scopes is None else frozenset(scopes)
        expires = None if lifetime is None else time.time() + lifetime
        if giver is not None:
            ensure_may_act_as(giver, Principal(user, self._permissions(user), limits, expires))
        token = new_token(kind)
        record = store.add_token(
            token_digest(token), owner.id, self._who, name=name, scopes=limits, expires=expires
        )
        return NewToken(record, token)

    def ensure_may_manage(self, giver: Principal, user: str) -> None:
        """Raise ``RefusedError`` unless ``giver`` may do all that a user may."""
        owner = find_user(self._store(), user)
        limits, ends = giver.scopes, giver.expires
        ensure_may_act_as(giver, Principal(user, self._permissions(owner.name), limits, ends))

    def list_tokens(self, user: str | None = None) -> list[TokenRecord]:
        """Return the tokens of a user, or of all, oldest first. Raises ``AccessInputError``."""
        store = self._store()
        return store.list_tokens(None if user is None else find_user(store, user).name)

    def revoke_token(self, key: str, *, owner: str | None = None) -> bool:
        """Refuse a token (its id) from now on; return False if it was revoked before.

        With ``owner`` only tokens of this user exist. Raises ``AccessInputError``.
        """
        store = self._store()
        return store.revoke_token(find_token(store, key, owner).id, self._who)

    def _permissions(self, user: str) -> dict[str, frozenset[str]]:
        store = self._store()
        bindings = store.bindings_of(find_user(store, user).id)
        return permissions_of(bindings, all_roles(store.custom_roles()))


def _mark_used(store: Store, token: TokenRecord, now: float) -> None:
    from worldtree.store.db_errors import StoreBusyError
    from worldtree.store.tokens import USED_INTERVAL_SECONDS

    if token.used is not None and now - token.used < USED_INTERVAL_SECONDS:
        return
    try:
        store.mark_token_used(token.id, now)
    except StoreBusyError:
        return  # A request that only reads does not fail because others write.
