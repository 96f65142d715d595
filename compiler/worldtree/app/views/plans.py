"""Plans, dry runs and differences between bundles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from worldtree.app.tasks.run_reasons import Reasons, hosts_by_reason
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.ansible.bundle import BundleDiff
    from worldtree.ansible.content.team_config import ConfigEntry, TeamConfig
    from worldtree.app.tasks.dry_run import DryRunReport, Span


def plan_view(plan: Plan) -> dict[str, Any]:
    """Return a plan as it stands in `plan.json`."""
    return plan.model_dump(mode="json")


def team_config_view(config: TeamConfig) -> dict[str, Any] | None:
    """Return what is used of the team's ``ansible.cfg``; None without one."""
    if config.path is None:
        return None

    def entry(one: ConfigEntry) -> dict[str, Any]:
        return {"name": one.name, "line": one.line, "reason": one.reason}

    return {
        "file": str(config.path),
        "used": list(config.used),
        "replaced": [entry(one) for one in config.replaced],
        "unused": [entry(one) for one in config.unused],
    }


def bundle_diff_view(difference: BundleDiff) -> dict[str, Any]:
    """Return what differs between two bundles."""
    return asdict(difference)


def reasons_view(reasons: Reasons, node: str, hosts: Iterable[str]) -> list[dict[str, Any]]:
    """Return why a node runs, each reason with its hosts."""
    return [
        {
            "code": reason.code.value,
            "text": reason.text,
            "inputs": list(reason.inputs),
            "hosts": among,
        }
        for reason, among in hosts_by_reason(reasons, node, hosts).items()
    ]


def dry_run_view(report: DryRunReport) -> dict[str, Any]:
    """Return a dry run; times are seconds since the start."""
    schedule = report.schedule
    critical = frozenset(schedule.critical_path)

    def item(place: int, span: Span) -> dict[str, Any]:
        return {
            "id": span.node,
            "order": place,
            "run": span.run,
            "hosts": list(span.hosts),
            "start": round(span.start, 3),
            "end": round(span.end, 3),
            "duration": round(span.end - span.start, 3),
            "basis": report.basis[span.node],
            "critical": span.node in critical,
            **(
                {"reasons": reasons_view(report.reasons, span.node, span.hosts)}
                if report.reasons
                else {}
            ),
        }

    return {
        "cluster": report.plan.cluster,
        "pipeline": report.plan.pipeline,
        "parameters": dict(report.plan.parameters),
        "dry_run": True,
        "concurrency": report.concurrency,
        "makespan": round(schedule.makespan, 3),
        "critical_path": {
            "duration": round(schedule.critical_seconds, 3),
            "nodes": list(schedule.critical_path),
        },
        "nodes": [item(place, span) for place, span in enumerate(schedule.spans, 1)],
    }
