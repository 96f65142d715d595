"""The application for one principal in one project: what every door but the local terminal uses.

Each method names its permissions, which are checked before its body. Objects of other projects do
not exist here. Methods return JSON-ready data, versions of documents, or the task that they asked
for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worldtree.app.admin.audit_check import verify_audit
from worldtree.app.authorized.archives import AuthorizedArchives
from worldtree.app.authorized.hosts import AuthorizedHosts
from worldtree.app.authorized.logs import AuthorizedLogs
from worldtree.app.authorized.notifications import AuthorizedNotifications
from worldtree.app.authorized.projects import AuthorizedProjects
from worldtree.app.page_cursors import decode_cursor
from worldtree.app.permission_checks import (
    ANY_PERMISSION,
    refuse_stranger,
    requires,
    unknown_project,
)
from worldtree.app.tasks.task_reader import page_of
from worldtree.app.views import pages
from worldtree.app.views.tasks import audit_export_view, audit_report_view
from worldtree.auth.principal import ALL_PROJECTS, Principal

if TYPE_CHECKING:
    from worldtree.app.service import Application


class AuthorizedApplication(
    AuthorizedArchives, AuthorizedNotifications, AuthorizedHosts, AuthorizedProjects
):
    """What a principal can ask for in a project (its id).

    All methods raise ``MissingPermissionError``, and the errors for what does not exist.
    """

    @requires(ANY_PERMISSION)
    def permissions(self) -> dict[str, Any]:
        """Return what the principal may do in the project."""
        allowed = self.principal.allowed(self.project)
        return pages.permissions_view(self.principal.name, self.project, allowed)

    @requires("audit:get")
    def audit(
        self,
        limit: int,
        cursor: str | None = None,
        *,
        cluster: str | None = None,
        everywhere: bool = False,
    ) -> dict[str, Any]:
        """Return a page of audit entries of the project, newest first.

        With ``everywhere`` they are those of all projects and of none, which takes the permission
        in all projects.
        """
        if everywhere:
            self.principal.require("audit:get", ALL_PROJECTS)
        before = None if cursor is None else int(decode_cursor(cursor, int)[0])
        found = self._application.store.audit_page(
            limit + 1, before=before, cluster=cluster, everywhere=everywhere
        )
        rows, more = page_of(found, limit)
        return pages.audit_page_view(rows, more=more)

    @requires("audit:get")
    def export_audit(self, after: int, limit: int) -> dict[str, Any]:
        """Return entries of all projects with ids above ``after``, oldest first, with their links.

        It takes the permission in all projects.
        """
        self.principal.require("audit:get", ALL_PROJECTS)
        found = self._application.store.audit_after(after, limit + 1)
        rows, more = page_of(found, limit)
        return {
            "items": [audit_export_view(one) for one in rows],
            "next": rows[-1].id if more else None,
        }

    @requires("audit:get")
    def verify_audit(self, kept: str | None = None) -> dict[str, Any]:
        """Return whether the audit log of all projects is as it was written.

        ``kept`` is the head of an earlier report. It takes the permission in all projects.
        """
        self.principal.require("audit:get", ALL_PROJECTS)
        return audit_report_view(verify_audit(self._application.store, kept))


def open_project(
    application: Application,
    principal: Principal,
    name: str,
    origin: str = "",
    traceparent: str | None = None,
) -> AuthorizedApplication:
    """Return the application for a principal in the project called ``name``.

    ``origin`` is from where the request came, ``traceparent`` its W3C header. Raises
    ``RefusedError`` for an unknown project, and in the same words for one in which the principal
    may do nothing.
    """
    project = _project_id(application, principal, name)
    return AuthorizedApplication(
        application, principal, project, origin=origin, traceparent=traceparent
    )


def open_logs(application: Application, principal: Principal, name: str) -> AuthorizedLogs:
    """Return the logs of the project called ``name`` for a principal; raises likewise."""
    project = _project_id(application, principal, name)
    return AuthorizedLogs(application.store, principal, project)


def _project_id(application: Application, principal: Principal, name: str) -> str:
    found = application.store.find_project(name)
    if found is None:
        raise unknown_project(name)
    refuse_stranger(principal, found.id, name)
    return found.id
