"""What differs between the results of two tasks."""

from __future__ import annotations

from typing import Any

from worldtree.results.tree import HostResult, TaskResult


def result_diff_view(before: TaskResult, after: TaskResult) -> dict[str, Any]:
    """Return the hosts of nodes whose results differ, in the order of the nodes.

    A side is null where the task lacks the host in the node.
    """
    old, new = _hosts(before), _hosts(after)
    pairs = [*new, *(pair for pair in old if pair not in new)]
    shown = ((pair, _side(old.get(pair)), _side(new.get(pair))) for pair in pairs)
    return {
        "before": _task(before),
        "after": _task(after),
        "items": [
            {"node": node, "host": host, "before": one, "after": other}
            for (node, host), one, other in shown
            if one != other
        ],
    }


def _hosts(result: TaskResult) -> dict[tuple[str, str], HostResult]:
    return {(node.id, name): host for node in result.nodes for name, host in node.hosts.items()}


def _task(result: TaskResult) -> dict[str, Any]:
    return {"task_id": result.task_id, "cluster": result.cluster, "status": result.status.value}


def _side(host: HostResult | None) -> dict[str, Any] | None:
    if host is None:
        return None
    return {"status": host.status.value, "changed": host.changed, "message": host.message}
