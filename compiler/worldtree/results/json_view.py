"""The JSON shape of results, which scripts read; pinned by tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from worldtree.core.errors import ExitCode
from worldtree.core.shown_results import shown_result
from worldtree.results.status import TaskStatus
from worldtree.results.tree import HostResult, NodeResult, PlayTaskResult, TaskResult

_EXIT_CODES = {
    TaskStatus.SUCCEEDED: ExitCode.OK,
    TaskStatus.PARTIAL: ExitCode.PARTIAL,
    TaskStatus.CANCELLED: ExitCode.CANCELLED,
    TaskStatus.REFUSED: ExitCode.REFUSED,
}


def exit_code(status: TaskStatus) -> ExitCode:
    """Return the exit code of a command that ended with ``status``."""
    return _EXIT_CODES.get(status, ExitCode.FAILED)


def utc_text(time: float | None) -> str | None:
    """Return epoch seconds as ISO 8601 in UTC, to the millisecond: ``2026-01-02T03:04:05.678Z``."""
    if time is None:
        return None
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def task_json(result: TaskResult, *, play_tasks: bool = True) -> dict[str, Any]:
    """Return a result tree as JSON data; without ``play_tasks`` it ends at the hosts."""
    return {
        "task_id": result.task_id,
        "cluster": result.cluster,
        "pipeline": result.pipeline,
        "parameters": dict(result.parameters),
        "status": result.status.value,
        "message": result.message,
        **_times(result.started, result.ended),
        "interrupted_hosts": list(result.interrupted_hosts),
        "module_calls": result.module_calls.model_dump(),
        "left_out": dict(result.left_out),
        "cut": dict(result.cut),
        "nodes": [_node_json(node, play_tasks) for node in result.nodes],
    }


def _node_json(node: NodeResult, play_tasks: bool) -> dict[str, Any]:
    return {
        "id": node.id,
        "status": node.status.value,
        "caused_by": node.caused_by,
        "message": node.message,
        "attempts": node.attempts,
        # A node that succeeded has some where `allowedFailures` allows it.
        "lost_hosts": list(node.lost_hosts),
        **_times(node.started, node.ended),
        "hosts": {name: _host_json(host, play_tasks) for name, host in node.hosts.items()},
    }


def _host_json(host: HostResult, play_tasks: bool) -> dict[str, Any]:
    data = {
        "status": host.status.value,
        "changed": host.changed,
        "message": host.message,
        "reason": None if host.reason is None else host.reason.value,
        "caused_by": host.caused_by,
        "attempts": host.attempts,
        **_times(host.started, host.ended),
    }
    if play_tasks:
        data["tasks"] = [_play_task_json(task) for task in host.tasks]
    return data


def _play_task_json(task: PlayTaskResult) -> dict[str, Any]:
    return {
        "name": task.name,
        "action": task.action,
        "role": task.role,
        "path": task.path,
        "status": task.status,
        "changed": task.changed,
        "ignored": task.ignored,
        "delegated_to": task.delegated_to,
        "message": task.message,
        "stdout": task.stdout,
        "stderr": task.stderr,
        **_times(task.started, task.ended),
        "result": shown_result(task.result),
    }


def _times(started: float | None, ended: float | None) -> dict[str, Any]:
    duration = None if started is None or ended is None else round(ended - started, 3)
    return {"started": utc_text(started), "ended": utc_text(ended), "duration": duration}
