"""The little that a progress display needs to know, folded from events one at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from worldtree.results.events import Event, EventKind

#: From the mildest to the gravest: a host in a node is shown as the gravest it has been.
_GRAVITY = ("skipped", "ok", "changed", "failed", "unreachable")


@dataclass(slots=True)
class Failure:
    """An Ansible task that failed on a host."""

    node: str
    host: str
    task: str
    status: str
    message: str
    #: What the action printed: its error output, or else its output.
    output: str


@dataclass(slots=True)
class NodeProgress:
    """One node under way or done."""

    id: str
    hosts: tuple[str, ...]
    started: float
    ended: float | None = None
    status: str = "running"
    #: Gravest status so far per host.
    by_host: dict[str, str] = field(default_factory=dict)
    #: Name of the Ansible task that runs now.
    task: str = ""

    def counts(self) -> Counter[str]:
        """Return how many hosts have which status so far."""
        return Counter(self.by_host.values())


@dataclass(slots=True)
class ProgressState:
    """A task as far as it has come; times are epoch seconds."""

    #: Node id to its hosts, all of the task, in order.
    planned: dict[str, tuple[str, ...]] = field(default_factory=dict)
    running: dict[str, NodeProgress] = field(default_factory=dict)
    done: dict[str, NodeProgress] = field(default_factory=dict)
    #: Node id to the node that caused it to be skipped.
    skipped: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    started: float = 0.0

    def add(self, event: Event) -> None:
        """Take ``event`` in."""
        if event.kind is EventKind.TASK_STARTED:
            self.started = event.time
            nodes = event.result.get("nodes", ())
            self.planned = {node["id"]: tuple(node["hosts"]) for node in nodes}
        elif event.kind is EventKind.NODE_STARTED and event.node:
            hosts = self.planned.get(event.node, ())
            self.running[event.node] = NodeProgress(event.node, hosts, event.time)
        elif event.kind is EventKind.NODE_FINISHED and event.node:
            self._finished(event, event.node)
        elif event.kind is EventKind.NODE_SKIPPED and event.node and event.host is None:
            self.skipped[event.node] = event.caused_by or ""
        elif event.kind is EventKind.HOST_TASK_STARTED and event.node in self.running:
            self.running[event.node].task = event.name or ""
        elif event.kind is EventKind.HOST_TASK_FINISHED and event.node in self.running:
            self._host_task(event, self.running[event.node])

    def _finished(self, event: Event, name: str) -> None:
        node = self.running.pop(name, None)
        if node is None:
            node = NodeProgress(name, self.planned.get(name, ()), event.time)
        node.ended, node.status = event.time, event.status or ""
        self.done[name] = node

    def _host_task(self, event: Event, node: NodeProgress) -> None:
        host, status = event.host or "", event.status or "ok"
        if event.ignored:
            status = "ok"
        known = node.by_host.get(host, _GRAVITY[0])
        if status in _GRAVITY:
            node.by_host[host] = max(known, status, key=_GRAVITY.index)
        if status in ("failed", "unreachable"):
            self.failures.append(
                Failure(
                    node.id,
                    host,
                    event.name or event.action or "",
                    status,
                    event.message or "",
                    event.stderr or event.stdout or "",
                )
            )
