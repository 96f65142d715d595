"""The person or program that asks, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from worldtree.auth.permissions import INSTALLATION_PERMISSIONS
from worldtree.core.errors import RefusedError

#: In the place of a project: all of them.
ALL_PROJECTS = "*"


class MissingPermissionError(RefusedError):
    """The principal lacks a permission for a thing that it may see."""

    def __init__(self, permission: str) -> None:
        super().__init__(
            f"this needs the permission `{permission}`",
            code="permission-missing",
            hint="ask an owner of the project for a role with it",
        )
        self.permission = permission


@dataclass(frozen=True)
class Principal:
    """Who asks: a user, mostly by one of its tokens."""

    name: str
    #: Project, or `ALL_PROJECTS` -> permissions there.
    permissions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: What the token is limited to; None: to nothing.
    scopes: frozenset[str] | None = None
    #: When its token ends, in epoch seconds; None: never, or it has none.
    expires: float | None = None

    def allowed(self, project: str) -> frozenset[str]:
        """Return the permissions in a project (its id), or in all (``*``).

        A role in one project gives none of ``INSTALLATION_PERMISSIONS``.
        """
        here = self.permissions.get(project, frozenset()) - INSTALLATION_PERMISSIONS
        found = here | self.permissions.get(ALL_PROJECTS, frozenset())
        return found if self.scopes is None else found & self.scopes

    def require(self, permission: str, project: str) -> None:
        """Raise ``MissingPermissionError`` without a permission in a project."""
        if permission not in self.allowed(project):
            raise MissingPermissionError(permission)
