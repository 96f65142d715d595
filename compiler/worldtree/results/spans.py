"""Spans of a trace made from the result of a task: task, node, host, Ansible task.

They have names, statuses and times: no message, no output, no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, TaskResult

_FAILED = frozenset(
    {
        *(TaskStatus.FAILED, TaskStatus.PARTIAL, TaskStatus.INTERRUPTED, TaskStatus.REFUSED),
        *(NodeStatus.FAILED, NodeStatus.INTERRUPTED),
        *(HostStatus.FAILED, HostStatus.UNREACHABLE),
    }
)


@dataclass(frozen=True, slots=True)
class ResultSpan:
    """One span; times are UTC epoch seconds, ids are lower-case hexadecimal."""

    id: str
    parent: str | None
    name: str
    started: float
    ended: float
    is_failed: bool
    attributes: Mapping[str, str | int] = field(default_factory=dict)


def task_spans(result: TaskResult, parent: str | None, limit: int) -> list[ResultSpan]:
    """Return at most ``limit`` spans of a task that has started, the task first.

    ``parent`` is the span that asked for it. Ids depend on the task alone. Nodes and hosts come
    before Ansible tasks, and what is left out is counted in the attributes of the task.
    """
    if result.started is None:
        return []
    task = _id(result.task_id)
    nodes: list[ResultSpan] = []
    inside: list[ResultSpan] = []
    for node in result.nodes:
        if node.started is None:
            continue
        nodes.append(_node_span(result.task_id, task, node))
        for name, host in node.hosts.items():
            if host.started is not None:
                nodes.append(_host_span(result.task_id, node, name, host))
                inside += _ansible_spans(result.task_id, node, name, host)
    found = [*nodes, *inside]
    kept = found[: limit - 1]
    last = max((span.ended for span in found), default=result.started)
    attributes: dict[str, str | int] = {
        "worldtree.task_id": result.task_id,
        "worldtree.cluster": result.cluster,
        "worldtree.pipeline": result.pipeline,
        "worldtree.status": result.status.value,
    }
    if left_out := len(found) - len(kept):
        attributes["worldtree.spans_left_out"] = left_out
    ended = last if result.ended is None else result.ended
    started = min([result.started, *(span.started for span in found)])
    is_failed = result.status in _FAILED
    name = f"task {result.pipeline}"
    return [ResultSpan(task, parent, name, started, ended, is_failed, attributes), *kept]


def _node_span(task: str, parent: str, node: NodeResult) -> ResultSpan:
    started = node.started or 0.0
    attributes = {"worldtree.node": node.id, "worldtree.status": node.status.value}
    name = f"node {node.id.rpartition('/')[2]}"
    ended = max(started, node.ended or started)
    is_failed = node.status in _FAILED
    return ResultSpan(_id(task, node.id), parent, name, started, ended, is_failed, attributes)


def _host_span(task: str, node: NodeResult, name: str, host: HostResult) -> ResultSpan:
    started = host.started or 0.0
    attributes = {
        "worldtree.node": node.id,
        "host.name": name,
        "worldtree.status": host.status.value,
    }
    ended = max(started, host.ended or started)
    made, parent = _id(task, node.id, name), _id(task, node.id)
    is_failed = host.status in _FAILED
    return ResultSpan(made, parent, f"host {name}", started, ended, is_failed, attributes)


def _ansible_spans(
    task: str, node: NodeResult, host: str, result: HostResult
) -> Iterator[ResultSpan]:
    parent = _id(task, node.id, host)
    for number, one in enumerate(result.tasks):
        if one.started is None or one.ended is None:
            continue
        attributes: dict[str, str | int] = {
            "worldtree.node": node.id,
            "host.name": host,
            "worldtree.status": one.status,
        }
        if one.action:
            attributes["ansible.action"] = one.action
        made, ended = _id(task, node.id, host, str(number)), max(one.started, one.ended)
        yield ResultSpan(made, parent, one.name, one.started, ended, one.is_lost, attributes)


def _id(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:16]
