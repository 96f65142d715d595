"""Keeps what drift detection found, with where the differing Ansible tasks are written."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from worldtree.app.views.drift_reports import ReportSize, report_body

if TYPE_CHECKING:
    from worldtree.app.tasks.drift import DriftReport
    from worldtree.app.tasks.history import HistoryService
    from worldtree.results.tree import TaskResult
    from worldtree.store.drift_reports import DriftStatus, DriftSummary
    from worldtree.store.store import Store

#: Findings, and lines of diffs, that a kept report has at most.
_SIZE = ReportSize(findings=1000, diff_lines=10_000)
_STATUSES: Mapping[str, DriftStatus] = {
    "drift": "drifted",
    "clean": "clean",
    "incomplete": "incomplete",
}


class DriftHistory:
    """Writes and reads the reports of a project."""

    def __init__(self, store: Callable[[], Store], history: HistoryService) -> None:
        self._store, self._history = store, history

    def keep(self, report: DriftReport) -> None:
        """Store a report under its first task, and replace what that had."""
        from worldtree.store.drift_reports import DriftSummary

        found = DriftSummary(
            task=report.tasks[0],
            cluster=report.cluster,
            time=time.time(),
            status=_STATUSES[report.status],
            differing=len({(one.node, one.host) for one in report.differs}),
            checked=report.checked_pairs,
            total=report.pairs + report.not_selected,
        )
        places = {task: self._history.places(task) for task in report.tasks}
        self._store().save_drift_report(found, report_body(report, places, _SIZE))

    def result(self, task: str) -> TaskResult:
        """Return the result of a task, without Ansible tasks."""
        return self._store().result(task, keep_tasks=False)

    def newest(self, cluster: str, limit: int) -> list[DriftSummary]:
        """Return the newest reports of a cluster, newest first."""
        return self._store().drift_page(cluster, limit)

    def last(self, cluster: str) -> tuple[DriftSummary, Mapping[str, Any]] | None:
        """Return the newest report of a cluster with its details; None without one."""
        return self._store().drift_report(cluster)
