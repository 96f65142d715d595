"""Who may use the service, and for what: users, their roles and tokens, projects."""

from __future__ import annotations

from worldtree.app.admin.token_access import NewToken, TokenAccess
from worldtree.app.admin.user_access import RoleRecord, UserAccess, UserWithRoles

__all__ = ["AccessService", "NewToken", "RoleRecord", "UserWithRoles"]


class AccessService(UserAccess, TokenAccess):
    """Checks tokens, and manages users, roles, tokens and projects, for an actor.

    The command line is for the owner of the database, and gives no ``giver``. The API checks the
    permission of each request before it calls, and gives the principal as the ``giver``, so that
    nobody gives away more than they have.
    """
