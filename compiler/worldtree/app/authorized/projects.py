"""What a principal can ask for about limits and rules of a project, and workers of its clusters.

A part of ``AuthorizedApplication``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from worldtree.app.approvals.approval_rules import ApprovalRules
from worldtree.app.authorized.tasks import AuthorizedTasks
from worldtree.app.permission_checks import requires
from worldtree.app.views.access import project_settings_view


class AuthorizedProjects(AuthorizedTasks):
    """Reads and changes the settings of a project."""

    @requires("project:get")
    def project_settings(self) -> dict[str, Any]:
        """Return the project with its limits and rules."""
        application = self._application
        # It exists: the caller was allowed into it.
        record = next(one for one in application.store.list_projects() if one.id == self.project)
        limit, rules = application.worker_settings.task_limit(), application.plans.rules()
        return project_settings_view(record, limit, rules)

    @requires("project:get", "project:update")
    def set_task_limit(self, limit: int | None) -> dict[str, Any]:
        """Set how many tasks of the project run at the same time; None for any number."""
        self._application.worker_settings.set_task_limit(limit)
        return self.project_settings()

    @requires("project:get", "project:update")
    def set_approval_rules(self, rules: ApprovalRules) -> dict[str, Any]:
        """Change the rules of the project about approvals."""
        self._application.plans.set_rules(rules)
        return self.project_settings()

    @requires("cluster:get")
    def worker_tags(self, cluster: str) -> dict[str, Any]:
        """Return which tags a worker needs for a cluster, and how many workers have all of them."""
        tags = self._application.worker_settings.tags(cluster)
        return {"tags": list(tags), "workers": self._application.workers.count_with(tags)}

    @requires("cluster:get", "cluster:bind")
    def set_worker_tags(self, cluster: str, tags: Collection[str]) -> dict[str, Any]:
        """Let only workers with all of ``tags`` work on a cluster; without any, every worker."""
        self._application.worker_settings.set_tags(cluster, tags)
        return self.worker_tags(cluster)
