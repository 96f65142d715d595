"""The little that a progress display needs to know, folded from events one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from worldtree.results.events import Event, EventKind

#: From the mildest to the gravest: a host in a node is shown as the gravest it has been.
HOST_SEVERITY = ("skipped", "ok", "changed", "failed", "unreachable")
#: What becomes of a host on which a node does not come through.
LOST_STATUSES = ("not-run", "failed", "unreachable")
#: Failures of one node that are shown in full; a thousand hosts often fail alike.
SHOWN_FAILURES = 5


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
    #: Those on which it runs now.
    hosts: tuple[str, ...]
    #: When it was begun, by its first try.
    started: float
    ended: float | None = None
    status: str = "running"
    #: Gravest status so far per host.
    by_host: dict[str, str] = field(default_factory=dict)
    #: Hosts that have nothing left to do in it.
    finished_hosts: set[str] = field(default_factory=set)
    #: Name of the Ansible task that runs now.
    task: str = ""
    #: Ansible tasks that failed on a host so far.
    failures: int = 0
    tries: int = 1
    #: Attempts under way; none while a further try, or somebody's word, is waited for.
    runs: set[str] = field(default_factory=set)
    #: It only looks: what it says is changed would be.
    check: bool = False

    def restart(self, hosts: tuple[str, ...]) -> None:
        """Forget what became of ``hosts``, on which it is tried once more."""
        self.hosts, self.tries = hosts, self.tries + 1
        self.finished_hosts.difference_update(hosts)
        for host in hosts:
            self.by_host.pop(host, None)

    def left(self) -> tuple[str, ...]:
        """Return the hosts that are not through."""
        return tuple(host for host in self.hosts if host not in self.finished_hosts)

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
    #: Node id to the hosts on which it need not run, since its work is done there.
    reused: dict[str, set[str]] = field(default_factory=dict)
    #: Node id to the hosts on which it is not tried, as they are lost, with their status.
    lost: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Attempt to its hosts.
    attempts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Attempt to its hosts that failed last, each with the node; what follows is a rescue.
    dropped: dict[str, dict[str, str]] = field(default_factory=dict)
    #: The task only looks what it would change.
    check: bool = False
    #: The plan's layers of node ids, when the display shows them.
    layers: Sequence[Sequence[str]] = ()
    started: float = 0.0

    def add(self, event: Event) -> Failure | None:
        """Take ``event`` in; return a failure that it tells and that is to be shown in full."""
        if event.kind in (EventKind.TASK_STARTED, EventKind.TASK_RESUMED):
            if self.started:
                self._forget()
            self.started = event.time
            nodes = event.result.get("nodes", ())
            self.planned = {node["id"]: tuple(node["hosts"]) for node in nodes}
        elif event.kind is EventKind.NODE_REUSED and event.node:
            self._known(event.node, event.result["hosts"])
        elif event.kind is EventKind.ATTEMPT_STARTED and event.attempt:
            self.attempts[event.attempt] = tuple(event.result["hosts"])
            self.check = bool(event.result.get("check"))
        elif event.kind is EventKind.ATTEMPT_FINISHED:
            for node in self.running.values():
                node.runs.discard(event.attempt or "")
        elif event.kind is EventKind.NODE_STARTED and event.node:
            self._begun(event, event.node)
            self.running[event.node].runs.add(event.attempt or "")
        elif event.kind is EventKind.NODE_FINISHED and event.node:
            self._finished(event, event.node)
        elif event.kind is EventKind.NODE_SKIPPED and event.node and event.host is None:
            self.skipped[event.node] = event.caused_by or ""
        if event.kind in (EventKind.HOST_TASK_STARTED, EventKind.HOST_TASK_FINISHED):
            self._follow(event)
        if event.kind is EventKind.HOST_TASK_STARTED and event.node in self.running:
            self.running[event.node].task = event.name or ""
        elif event.kind is EventKind.HOST_TASK_FINISHED and event.node in self.running:
            return self._host_task(event, self.running[event.node])
        return None

    def _forget(self) -> None:
        """Begin anew, as another task follows: the rollback of the one before."""
        for of_nodes in (self.running, self.done, self.skipped, self.reused, self.attempts):
            of_nodes.clear()
        self.dropped.clear()
        self.layers = ()

    def over(self) -> set[str]:
        """Return the nodes of which nothing is to come."""
        planned = self.planned
        reused = {name for name, on in self.reused.items() if on >= {*planned.get(name, ())}}
        return {*self.done, *self.skipped, *reused}

    def layers_done(self) -> int:
        """Return how many layers, from the first on, are over."""
        over = self.over()
        for number, layer in enumerate(self.layers):
            if not over.issuperset(layer):
                return number
        return len(self.layers)

    def _known(self, name: str, hosts: Mapping[str, Mapping[str, str]]) -> None:
        """Take in what need not, or cannot, be done."""
        self.reused.setdefault(name, set()).update(hosts)
        for host, known in hosts.items():
            if known["status"] in ("failed", "unreachable"):
                self.lost.setdefault(name, {})[host] = known["status"]

    def _begun(self, event: Event, name: str) -> None:
        planned = self.planned.get(name, ())
        here = self.attempts.get(event.attempt or "", planned)
        dropped = self.dropped.get(event.attempt or "", {})
        # Of this node itself, and of those after it, an event may come first.
        gone = {
            host
            for host, at in dropped.items()
            if at != name and (at in self.running or at in self.done)
        }
        hosts = tuple(host for host in planned if host in here and host not in gone)
        if name in self.running:
            self.running[name].restart(hosts)
        else:
            self.running[name] = NodeProgress(name, hosts, event.time, check=self.check)
            self.running[name].by_host.update(self.lost.get(name, {}))

    def _follow(self, event: Event) -> None:
        """Note whether a host fails: it leaves the rest of its run unless it is rescued."""
        dropped = self.dropped.setdefault(event.attempt or "", {})
        if event.status in ("failed", "unreachable") and not event.ignored:
            dropped[event.host or ""] = event.node or ""
        else:
            dropped.pop(event.host or "", None)

    def _finished(self, event: Event, name: str) -> None:
        node = self.running.pop(name, None)
        if node is None:
            node = NodeProgress(name, self.planned.get(name, ()), event.time)
        node.ended, node.status = event.time, event.status or ""
        for host, found in event.result.get("hosts", {}).items():
            # One that was cut off ended no Ansible task that would have told of its loss.
            if found["status"] in LOST_STATUSES:
                node.by_host[host] = found["status"]
        self.done[name] = node

    def _host_task(self, event: Event, node: NodeProgress) -> Failure | None:
        host, status = event.host or "", event.status or "ok"
        if event.last:
            node.finished_hosts.add(host)
        if event.ignored:
            status = "ok"
        known = node.by_host.get(host, HOST_SEVERITY[0])
        if status in HOST_SEVERITY:
            node.by_host[host] = max(known, status, key=HOST_SEVERITY.index)
        if status not in ("failed", "unreachable"):
            return None
        node.failures += 1
        if node.failures > SHOWN_FAILURES:
            return None
        return Failure(
            node.id,
            host,
            event.name or event.action or "",
            status,
            event.message or "",
            event.stderr or event.stdout or "",
        )
