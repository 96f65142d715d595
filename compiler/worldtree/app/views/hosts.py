"""What is known of hosts: facts, and drift from the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from worldtree.app.views.file_diffs import diff_lines
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.app.tasks.drift import DriftFinding, DriftReport
    from worldtree.store.certificates import Certificate
    from worldtree.store.cluster_state import FactSnapshot


def facts_view(snapshots: Sequence[FactSnapshot]) -> dict[str, Any]:
    """Return the stored facts of hosts."""
    return {
        "items": [
            {"host": one.host, "gathered": utc_text(one.gathered), "facts": dict(one.body)}
            for one in snapshots
        ]
    }


def fact_times_view(found: Mapping[str, float]) -> dict[str, Any]:
    """Return hosts with the time when their facts were gathered."""
    return {"items": [{"host": host, "gathered": utc_text(at)} for host, at in found.items()]}


def certificates_view(found: Sequence[Certificate]) -> dict[str, Any]:
    """Return certificates with their ends."""
    return {"items": [{**one._asdict(), "not_after": utc_text(one.not_after)} for one in found]}


def drift_view(report: DriftReport, min_coverage: int) -> dict[str, Any]:
    """Return what differs, with diffs, and what could not be checked."""
    return {
        "cluster": report.cluster,
        "tasks": list(report.tasks),
        "status": report.status,
        "coverage": report.coverage,
        "min_coverage": min_coverage,
        "pairs": report.pairs,
        "not_selected": report.not_selected,
        "in_part": list(report.in_part),
        "differs": [{**_finding(one), "diff": _diff(one)} for one in report.differs],
        "unknown": [_finding(one) for one in report.unknown],
    }


def _finding(one: DriftFinding) -> dict[str, str]:
    return {"node": one.node, "host": one.host, "why": one.why}


def _diff(one: DriftFinding) -> list[str]:
    return [line for task in one.result.tasks for line in diff_lines(task.result)]
