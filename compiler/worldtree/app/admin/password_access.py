"""Passwords of local users, and logins with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.admin.access_names import find_user
from worldtree.auth.login_limits import LoginLimits
from worldtree.auth.passwords import check_password, ensure_password, hash_password
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.store.store import Store
    from worldtree.store.users import UserRecord

#: A name of a user that is not one is written down this far.
_MAX_SHOWN = 64


class PasswordAccess:
    """Sets and checks passwords for an actor; changes and refused logins are in the audit log."""

    def __init__(
        self, store: Callable[[], Store], actor: Actor, limits: LoginLimits | None = None
    ) -> None:
        """``limits`` are those of the process, where several callers share them."""
        self._store, self._who = store, actor
        self._limits = limits or LoginLimits()

    @property
    def login_limits(self) -> LoginLimits:
        """The limits of failed logins, to be shared with the callers of a service."""
        return self._limits

    def set_password(self, user: str, password: str) -> None:
        """Set the password of a user, and end its sessions.

        Raises ``RefusedError`` for an unsuitable one, and for a user of an identity provider;
        ``AccessInputError`` for an unknown user.
        """
        store = self._store()
        found = find_user(store, user)
        ensure_password(password)
        store.set_password(found.name, hash_password(password), self._who)

    def change_password(self, user: str, old: str, new: str, address: str) -> None:
        """Replace the password of a user who knows it, and end its sessions.

        A wrong one counts as a failed login of the user from ``address``. Raises ``RefusedError``:
        ``password-wrong``, ``login-limited``, ``password-missing`` where there is none, and
        ``password-unsuitable`` for the new one.
        """
        ensure_password(new)
        store = self._store()
        if store.password_hash(user) is None:
            raise RefusedError(
                f"the user `{user}` has no password",
                code="password-missing",
                hint="an administrator of the service sets the first one of local users",
            )
        try:
            self.check_login(user, old, address)
        except RefusedError as problem:
            if problem.code != "login-refused":
                raise
            raise RefusedError(
                "the present password is another one", code="password-wrong"
            ) from None
        store.set_password(user, hash_password(new), self._who)

    def remove_password(self, user: str) -> None:
        """Remove the password of a user, and end its sessions; raises as ``set_password``."""
        store = self._store()
        store.set_password(find_user(store, user).name, None, self._who)

    def check_login(self, user: str, password: str, address: str) -> UserRecord:
        """Return the user of this name and password, who asks from ``address``.

        Raises ``RefusedError``: ``login-limited`` after too many failures, else ``login-refused``.
        Unknown users, users without a password and wrong passwords take the same work, and look
        the same.
        """
        self._limits.begin(user, address)
        store = self._store()
        known = store.password_hash(user)
        is_right, renewed = check_password(password, known)
        found = store.user(user)
        if not is_right or known is None or found is None or found.disabled is not None:
            shown = "".join(c if c.isprintable() else "?" for c in user[:_MAX_SHOWN])
            who = Actor("person", shown or "nobody", address)
            store.audit_installation("login-refused", who, "by password", result="refused")
            raise RefusedError(
                "the name or the password is wrong",
                code="login-refused",
                hint="an administrator of the service can set a new password",
            )
        self._limits.succeeded(user, address)
        if renewed is not None:
            store.renew_password_hash(found.id, known, renewed)
        return found
