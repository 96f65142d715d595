"""What a principal can ask for about users, roles, tokens and projects, which no project owns.

What belongs to a project, as the roles of a user there, does not exist for a principal without
rights in it.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from worldtree.app.admin.access import NewToken
from worldtree.app.admin.access_names import find_user
from worldtree.app.authorized.installation import AuthorizedInstallation
from worldtree.app.permission_checks import AUTHENTICATED, requires
from worldtree.app.views import access as views
from worldtree.auth.principal import Principal
from worldtree.auth.tokens import TokenKind


class AuthorizedAccess(AuthorizedInstallation):
    """Manages who may do what, for a principal that cannot give away more than it has.

    Methods raise ``MissingPermissionError``, and the errors of ``AccessService``.
    """

    # ---- users ---------------------------------------------------------------------------------

    @requires("user:manage")
    def users(self) -> dict[str, Any]:
        """Return all users with their roles."""
        return {**views.user_list_view(self._access.list_users()), "next": None}

    @requires("user:manage")
    def user(self, name: str) -> dict[str, Any]:
        """Return a user with its roles."""
        return views.user_view(self._access.user(name))

    @requires("user:manage")
    def create_user(self, name: str) -> dict[str, Any]:
        """Create a user without rights."""
        self._access.create_user(name)
        return self.user(name)

    @requires("user:manage")
    def set_user_disabled(self, name: str, *, disabled: bool) -> dict[str, Any]:
        """Disable or enable a user who may do nothing that the principal may not."""
        self._access.ensure_may_manage(self.principal, name)
        if disabled:
            self._access.disable_user(name)
        else:
            self._access.enable_user(name)
        return self.user(name)

    @requires("user:manage")
    def set_user_password(self, name: str, password: str | None) -> None:
        """Set or remove the password of a user who may do nothing that the principal may not.

        The sessions of the user end.
        """
        self._access.ensure_may_manage(self.principal, name)
        if password is None:
            self._access.remove_password(name)
        else:
            self._access.set_password(name, password)

    # ---- roles ---------------------------------------------------------------------------------

    @requires(AUTHENTICATED)
    def roles(self) -> dict[str, Any]:
        """Return all roles with their permissions."""
        return {**views.role_list_view(self._access.list_roles()), "next": None}

    @requires("role:manage")
    def set_role(self, name: str, permissions: Collection[str]) -> dict[str, Any]:
        """Create a role, or replace its permissions."""
        return views.role_view(self._access.set_role(name, permissions, giver=self.principal))

    @requires("role:manage")
    def delete_role(self, name: str) -> None:
        """Delete a role that nobody has."""
        self._access.delete_role(name, giver=self.principal)

    @requires(AUTHENTICATED)
    def grant(self, user: str, role: str, project: str) -> bool:
        """Give a user a role in a project, or in all (``*``); it takes `role:manage` there."""
        self._require_role_manager(project)
        return self._access.grant(user, role, project, giver=self.principal)

    @requires(AUTHENTICATED)
    def revoke(self, user: str, role: str, project: str) -> bool:
        """Take a role from a user; it takes `role:manage` in the project."""
        self._require_role_manager(project)
        return self._access.revoke(user, role, project, giver=self.principal)

    # ---- tokens and sessions -------------------------------------------------------------------

    @requires("user:manage")
    def tokens(self, user: str) -> dict[str, Any]:
        """Return the tokens of a user."""
        return {**views.token_list_view(self._access.list_tokens(user)), "next": None}

    @requires("user:manage")
    def create_token(
        self,
        user: str,
        *,
        name: str = "",
        scopes: Collection[str] | None = None,
        lifetime: float | None = None,
        kind: TokenKind = TokenKind.PERSON,
    ) -> dict[str, Any]:
        """Create a token of a user who may do nothing that the principal may not."""
        return self._create_token(user, name, scopes, lifetime, kind)

    @requires("user:manage")
    def revoke_token(self, user: str, key: str) -> None:
        """Refuse a token of a user from now on."""
        self._access.revoke_token(key, owner=find_user(self._store, user).name)

    @requires(AUTHENTICATED)
    def my_tokens(self) -> dict[str, Any]:
        """Return the principal's own tokens."""
        return {
            **views.token_list_view(self._access.list_tokens(self.principal.name)),
            "next": None,
        }

    @requires(AUTHENTICATED)
    def create_my_token(
        self,
        *,
        name: str = "",
        scopes: Collection[str] | None = None,
        lifetime: float | None = None,
        kind: TokenKind = TokenKind.PERSON,
    ) -> dict[str, Any]:
        """Create a token that allows no more, and for no longer, than what asks for it."""
        return self._create_token(self.principal.name, name, scopes, lifetime, kind)

    @requires(AUTHENTICATED)
    def revoke_my_token(self, key: str) -> None:
        """Refuse one of the principal's own tokens from now on."""
        self._access.revoke_token(key, owner=self.principal.name)

    def _create_token(
        self,
        user: str,
        name: str,
        scopes: Collection[str] | None,
        lifetime: float | None,
        kind: TokenKind,
    ) -> dict[str, Any]:
        made: NewToken = self._access.create_token(
            user, name=name, scopes=scopes, lifetime=lifetime, kind=kind, giver=self.principal
        )
        return views.new_token_view(made)

    @requires(AUTHENTICATED)
    def my_sessions(self) -> dict[str, Any]:
        """Return the principal's own sessions."""
        found = self._access.list_sessions(self.principal.name)
        return {**views.session_list_view(found), "next": None}

    @requires(AUTHENTICATED)
    def end_my_session(self, key: str) -> None:
        """End one of the principal's own sessions."""
        self._access.end_session_of(self.principal.name, key, self._actor)

    @requires(AUTHENTICATED)
    def change_my_password(self, old: str, new: str) -> None:
        """Replace the principal's own password, which it has to know; its sessions end."""
        self._access.change_password(self.principal.name, old, new, self._actor.origin)

    # ---- projects ------------------------------------------------------------------------------

    @requires(AUTHENTICATED)
    def projects(self) -> dict[str, Any]:
        """Return the projects that the principal may see."""
        seen = [
            one
            for one in self._access.list_projects()
            if "project:get" in self.principal.allowed(one.id)
        ]
        return {**views.project_list_view(seen), "next": None}

    @requires("project:create")
    def create_project(self, name: str) -> dict[str, Any]:
        """Create a project."""
        return views.project_view(self._access.create_project(name))


#: Seconds that the creation of a token takes at most.
_CREATION_SECONDS = 5.0


def remaining_lifetime(principal: Principal, wanted: float) -> float:
    """Return ``wanted`` seconds, or fewer where what the principal asks with ends before."""
    if principal.expires is None:
        return wanted
    # The new token is made a moment later, and must not end after the one that asks.
    return max(0.0, min(wanted, principal.expires - time.time() - _CREATION_SECONDS))
