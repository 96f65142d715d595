"""Kept reports of drift: what differs, where that is written, and what could not be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from worldtree.app.page_cursors import encode_cursor
from worldtree.app.views.file_diffs import diff_lines
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.app.tasks.drift import DriftFinding, DriftReport
    from worldtree.app.tasks.task_places import TaskPlaces
    from worldtree.results.tree import PlayTaskResult
    from worldtree.store.drift_reports import DriftSummary


@dataclass(frozen=True, slots=True)
class ReportSize:
    """How much of a report is kept; the rest is counted."""

    #: Of those that differ, and of those that could not be checked.
    findings: int
    diff_lines: int


def report_body(
    report: DriftReport, places: Mapping[str, TaskPlaces], size: ReportSize
) -> dict[str, Any]:
    """Return the details of a report; ``places`` has its tasks."""
    writer = _Writer(places, size.diff_lines)
    differs = [writer.finding(one) for one in report.differs[: size.findings]]
    return {
        "tasks": list(report.tasks),
        "coverage": report.coverage,
        "pairs": report.pairs,
        "not_selected": report.not_selected,
        "in_part": list(report.in_part),
        "differs": differs,
        "unknown": [
            {"node": one.node, "host": one.host, "why": one.why}
            for one in report.unknown[: size.findings]
        ],
        # How much more there was.
        "left_out": {
            "differs": max(0, len(report.differs) - size.findings),
            "unknown": max(0, len(report.unknown) - size.findings),
            "diff_lines": writer.left_out,
        },
    }


class _Writer:
    """Writes findings until the lines of diffs are used up."""

    def __init__(self, places: Mapping[str, TaskPlaces], lines: int) -> None:
        self._places, self._lines = places, lines
        self.left_out = 0

    def finding(self, one: DriftFinding) -> dict[str, Any]:
        """Return a difference with the Ansible tasks that show it."""
        from worldtree.app.tasks.run_modes import is_difference

        shown = [self._task(one, task) for task in one.result.tasks if is_difference(task)]
        return {"node": one.node, "host": one.host, "why": one.why, "tasks": shown}

    def _task(self, one: DriftFinding, task: PlayTaskResult) -> dict[str, Any]:
        lines = diff_lines(task.result)
        kept = list(islice(lines, self._lines))
        self._lines -= len(kept)
        self.left_out += sum(1 for _ in lines)
        return {
            "name": task.name,
            "action": task.action,
            "place": self._place(one.node, task.path),
            "diff": kept,
        }

    def _place(self, node: str, path: str | None) -> str | None:
        for places in self._places.values():
            if node in places.nodes:
                return places.of_task(node, path)
        return path


def drift_summary_view(found: DriftSummary) -> dict[str, Any]:
    """Return a report without its details."""
    shown = {key: value for key, value in asdict(found).items() if key != "task"}
    return {"task_id": found.task, **shown, "time": utc_text(found.time)}


def drift_report_view(found: DriftSummary, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report with its details."""
    return {**drift_summary_view(found), **body}


def drift_summaries_view(found: Iterable[DriftSummary]) -> dict[str, Any]:
    """Return reports without their details."""
    return {"items": [drift_summary_view(one) for one in found]}


def drift_page_view(found: Sequence[DriftSummary], *, more: bool) -> dict[str, Any]:
    """Return a page of the reports of a cluster, newest first."""
    cursor = encode_cursor(found[-1].time, found[-1].task) if more and found else None
    return {**drift_summaries_view(found), "next": cursor}


def fleet_drift_view(found: Sequence[DriftSummary], *, more: bool) -> dict[str, Any]:
    """Return a page of the newest reports of clusters, by name."""
    cursor = encode_cursor(found[-1].cluster) if more and found else None
    return {**drift_summaries_view(found), "next": cursor}
