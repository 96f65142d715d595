"""What a principal can ask for about hosts: drift from the document, and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worldtree.app.authorized.tasks import AuthorizedTasks
from worldtree.app.hosts.fact_store import facts_only
from worldtree.app.page_cursors import decode_cursor
from worldtree.app.permission_checks import requires
from worldtree.app.requests import TaskRequest
from worldtree.app.tasks.asked_work import AskedDrift, AskedFacts
from worldtree.app.tasks.task_reader import page_of
from worldtree.app.views import drift_reports as views
from worldtree.app.views.hosts import certificates_view, fact_times_view, facts_view
from worldtree.compile.gathering import gather_selection
from worldtree.core.errors import RefusedError
from worldtree.results.task_command import TaskCommand
from worldtree.store.drift_reports import DriftPosition

if TYPE_CHECKING:
    from worldtree.store.store import TaskRecord


class AuthorizedHosts(AuthorizedTasks):
    """Reads what is known of the hosts of a project, and asks for drift detections and facts."""

    @requires("task:create")
    def detect_drift(self, cluster: str, asked: AskedDrift) -> TaskRecord:
        """Ask to compare the hosts with a cluster's document, which changes nothing."""
        document = self._documents.version(cluster, asked.version)
        request = TaskRequest(
            command=TaskCommand.DRIFT,
            stored_document=document.digest,
            selection=asked.selection.selection(),
            content=None if asked.content is None else asked.content.source(),
        )
        return self._application.submission.submit(cluster, request)

    @requires("task:create")
    def gather_facts(self, cluster: str, asked: AskedFacts) -> TaskRecord:
        """Ask to gather the facts of hosts, which changes nothing."""
        document = self._documents.version(cluster, asked.version)
        request = TaskRequest(
            command=TaskCommand.FACTS,
            stored_document=document.digest,
            selection=gather_selection(tuple(asked.hosts)),
            content=None if asked.content is None else asked.content.source(),
        )
        return self._application.submission.submit(cluster, request)

    @requires("task:get")
    def drift(self, cluster: str) -> dict[str, Any]:
        """Return the newest report of drift of a cluster."""
        self._documents.cluster(cluster)
        found = self._application.store.drift_report(cluster)
        if found is None:
            raise RefusedError(
                f"drift of cluster `{cluster}` was never looked for", code="drift-unknown"
            )
        return views.drift_report_view(*found)

    @requires("task:get")
    def drift_history(self, cluster: str, limit: int, cursor: str | None = None) -> dict[str, Any]:
        """Return a page of the reports of a cluster without details, newest first."""
        after = None
        if cursor is not None:
            moment, task = decode_cursor(cursor, float, str)
            after = DriftPosition(float(moment), str(task))
        self._documents.cluster(cluster)
        found = self._application.store.drift_page(cluster, limit + 1, after)
        rows, more = page_of(found, limit)
        return views.drift_page_view(rows, more=more)

    @requires("task:get")
    def fleet_drift(self, limit: int, cursor: str | None = None) -> dict[str, Any]:
        """Return a page with the newest report of each cluster that has one, by name."""
        after = None if cursor is None else str(decode_cursor(cursor, str)[0])
        found = self._application.store.newest_drift_page(limit + 1, after)
        rows, more = page_of(found, limit)
        return views.fleet_drift_view(rows, more=more)

    @requires("cluster:get")
    def hosts_with_facts(self, cluster: str) -> dict[str, Any]:
        """Return the hosts of a cluster that have facts, without these."""
        self._documents.cluster(cluster)
        return fact_times_view(self._application.store.fact_times(cluster))

    @requires("cluster:get")
    def certificates(self, cluster: str) -> dict[str, Any]:
        """Return when the certificates of a cluster expire, the first one first."""
        self._documents.cluster(cluster)
        return certificates_view(self._application.store.certificates(cluster))

    @requires("cluster:get")
    def facts(self, cluster: str, host: str) -> dict[str, Any]:
        """Return the facts of a host that were gathered last."""
        self._documents.cluster(cluster)
        found = self._application.store.facts_of(cluster, host)
        if found is None:
            raise RefusedError(
                f"no facts of a host `{host}` of cluster `{cluster}` are kept",
                code="facts-unknown",
            )
        [shown] = facts_view([found])["items"]
        return {**shown, "facts": facts_only(found.body)}
