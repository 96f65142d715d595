"""Who may use the service, and for what: users, their roles and tokens, projects."""

from __future__ import annotations

from worldtree.app.admin.token_access import NewToken, TokenAccess
from worldtree.app.admin.user_access import RoleRecord, UserAccess, UserWithRoles

__all__ = ["AccessService", "NewToken", "RoleRecord", "UserWithRoles"]


class AccessService(UserAccess, TokenAccess):
    """Checks tokens, and manages users, roles, tokens and projects, for an actor.

    It asks for no permission itself: the command line is for the owner of the database, and the
    API checks permissions before it calls. What is managed here belongs to no project, so the
    permissions for it are needed in all projects (``ALL_PROJECTS``).
    """
