"""Who may use the service, and for what: users, their roles, tokens and sessions, projects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.admin.group_access import GroupAccess
from worldtree.app.admin.password_access import PasswordAccess
from worldtree.app.admin.session_access import NewSession, SessionAccess
from worldtree.app.admin.token_access import NewToken, TokenAccess
from worldtree.app.admin.user_access import RoleRecord, UserAccess, UserWithRoles
from worldtree.auth.login_limits import LoginLimits
from worldtree.core.actor import Actor

if TYPE_CHECKING:
    from worldtree.store.store import Store

__all__ = ["AccessService", "NewSession", "NewToken", "RoleRecord", "UserWithRoles"]


class AccessService(UserAccess, TokenAccess, GroupAccess, SessionAccess, PasswordAccess):
    """Checks tokens, sessions and passwords, and manages users, roles and projects, for an actor.

    The command line is for the owner of the database, and gives no ``giver``. The API checks the
    permission of each request before it calls, and gives the principal as the ``giver``, so that
    nobody gives away more than they have.
    """

    def __init__(
        self, store: Callable[[], Store], actor: Actor, limits: LoginLimits | None = None
    ) -> None:
        PasswordAccess.__init__(self, store, actor, limits)
