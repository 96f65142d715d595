"""What a principal can ask for about workers and groups; a part of ``AuthorizedAccess``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worldtree.app.admin.access import AccessService
from worldtree.app.permission_checks import (
    AUTHENTICATED,
    refuse_stranger,
    requires,
    unknown_project,
)
from worldtree.app.tasks.worker_register import WorkerRegister
from worldtree.app.views import access as views
from worldtree.app.views.workers import worker_detail_view, worker_list_view
from worldtree.auth.principal import ALL_PROJECTS, Principal
from worldtree.core.actor import Actor

if TYPE_CHECKING:
    from worldtree.app.service import Application

_MANAGE_ROLES = "role:manage"


class AuthorizedInstallation:
    """Reads workers and manages groups, for a principal that cannot give away more than it has.

    Methods raise ``MissingPermissionError``, and the errors of the services that they call.
    """

    #: Permissions are needed in all projects, unless a method says otherwise.
    project = ALL_PROJECTS

    def __init__(self, application: Application, principal: Principal, origin: str = "") -> None:
        self.principal = principal
        self._store = application.store
        self._actor = Actor("token", principal.name, origin)
        self._access = AccessService(
            lambda: application.store, self._actor, application.access.login_limits
        )
        self._workers: WorkerRegister = application.workers

    # ---- workers -------------------------------------------------------------------------------

    @requires("worker:get")
    def workers(self, *, gone: bool = False) -> dict[str, Any]:
        """Return the workers of all machines; with ``gone`` those that ended, too."""
        return {**worker_list_view(self._workers.list_workers(gone=gone)), "next": None}

    @requires("worker:get")
    def worker(self, name: str) -> dict[str, Any]:
        """Return a worker, by the beginning of its id, with the tasks that it works on."""
        found, rows = self._workers.find(name)
        projects = {one.id: one.name for one in self._store.list_projects()}
        return worker_detail_view(found, rows, projects)

    # ---- groups of an identity provider --------------------------------------------------------

    @requires(AUTHENTICATED)
    def groups(self) -> dict[str, Any]:
        """Return the roles of groups in the projects where the principal may manage roles."""
        mine = None
        if _MANAGE_ROLES not in self.principal.allowed(ALL_PROJECTS):
            mine = [
                one
                for one in self.principal.permissions
                if _MANAGE_ROLES in self.principal.allowed(one)
            ]
        found = self._access.list_group_roles(mine)
        return {**views.group_roles_view(found), "next": None}

    @requires(AUTHENTICATED)
    def grant_group(self, group: str, role: str, project: str) -> bool:
        """Give a group a role in a project, or in all (``*``); it takes `role:manage` there."""
        self._require_role_manager(project)
        return self._access.grant_group(group, role, project, giver=self.principal)

    @requires(AUTHENTICATED)
    def revoke_group(self, group: str, role: str, project: str) -> bool:
        """Take a role from a group; it takes `role:manage` in the project."""
        self._require_role_manager(project)
        return self._access.revoke_group(group, role, project, giver=self.principal)

    def _require_role_manager(self, project: str) -> None:
        """Check before anything else: errors name users and projects."""
        key = project
        if project != ALL_PROJECTS:
            found = self._store.find_project(project)
            if found is None:
                raise unknown_project(project)
            refuse_stranger(self.principal, found.id, project)
            key = found.id
        self.principal.require(_MANAGE_ROLES, key)
