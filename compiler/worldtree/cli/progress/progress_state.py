"""The state of a progress display, folded from events one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from worldtree.results.events import Event, EventKind
from worldtree.results.play_end import read_play_ends

#: In ascending severity: a host is shown with the most severe status it had in a node.
HOST_SEVERITY = ("skipped", "ok", "changed", "failed", "unreachable")
#: Statuses of a host on which a node did not succeed.
LOST_STATUSES = ("not-run", "failed", "unreachable", "cancelled")
#: Failures of one node that are shown in full; many hosts often fail in the same way.
SHOWN_FAILURES = 5


@dataclass(slots=True)
class Failure:
    """An Ansible task that failed on a host."""

    node: str
    host: str
    task: str
    status: str
    message: str
    #: The action's stderr, or else its stdout.
    output: str
    #: The host that the task was delegated to.
    delegated_to: str | None = None
    #: Whether it is shown, or one of too many.
    shown: bool = True


@dataclass(slots=True)
class NodeProgress:
    """One node that is running or done."""

    id: str
    #: Hosts on which it runs now.
    hosts: tuple[str, ...]
    #: Start of its first attempt.
    started: float
    ended: float | None = None
    status: str = "running"
    #: Most severe status so far per host.
    by_host: dict[str, str] = field(default_factory=dict)
    #: Hosts that have finished it.
    finished_hosts: set[str] = field(default_factory=set)
    #: Hosts with an Ansible task in it so far.
    begun_hosts: set[str] = field(default_factory=set)
    #: Name of the current Ansible task.
    task: str = ""
    #: (Attempt, host) -> its failed Ansible tasks so far, without those that were rescued.
    failures: dict[tuple[str, str], list[Failure]] = field(default_factory=dict)
    tries: int = 1
    #: Running attempts; none while waiting for a retry or for a person.
    runs: set[str] = field(default_factory=set)
    #: Check mode: `changed` means that it would change.
    check: bool = False
    #: False where it ended without a run, as nothing was left to do, or every host was dropped.
    ran: bool = True
    #: Number of hosts on which it was done before, so that it does not run there.
    done_before: int = 0

    def restart(self, hosts: tuple[str, ...]) -> None:
        """Start another try on ``hosts`` and forget their statuses."""
        self.hosts, self.tries = hosts, self.tries + 1
        self.finished_hosts.difference_update(hosts)
        self.begun_hosts.difference_update(hosts)
        for host in hosts:
            self.by_host.pop(host, None)

    def left(self) -> tuple[str, ...]:
        """Return the hosts that have not finished, without those whose batch has not begun."""
        begun = self.begun_hosts or {*self.hosts}
        return tuple(host for host in self.hosts if host in begun - self.finished_hosts)

    def failures_that_are(self, *, shown: bool) -> int:
        """Return the number of failures that are shown, or of those that are not."""
        found = (one for of_host in self.failures.values() for one in of_host)
        return sum(one.shown is shown for one in found)

    def rescue(self, attempt: str, hosts: Iterable[str]) -> list[Failure]:
        """Forget the failures of ``hosts``, which went on; return those that were shown."""
        found: list[Failure] = []
        for host in hosts:
            found += self.failures.pop((attempt, host), ())
            if self.by_host.get(host) in LOST_STATUSES:
                self.by_host[host] = "ok"
        return [one for one in found if one.shown]

    def counts(self) -> Counter[str]:
        """Return the number of hosts per status."""
        return Counter(self.by_host.values())


@dataclass(slots=True)
class ProgressState:
    """The progress of a task; times are epoch seconds."""

    #: Node id to its hosts: all nodes of the task, in order.
    planned: dict[str, tuple[str, ...]] = field(default_factory=dict)
    running: dict[str, NodeProgress] = field(default_factory=dict)
    done: dict[str, NodeProgress] = field(default_factory=dict)
    #: Node id to the node that caused it to be skipped.
    skipped: dict[str, str] = field(default_factory=dict)
    #: Node id to the hosts with prior results, on which it does not run.
    reused: dict[str, set[str]] = field(default_factory=dict)
    #: Node id to the lost hosts on which it is not tried, with their status.
    lost: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Node id to the number of hosts on which prior results say that it was done.
    done_before: Counter[str] = field(default_factory=Counter)
    #: Attempt to its hosts.
    attempts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Attempt to its failed hosts, each with the node; events that follow are a rescue.
    dropped: dict[str, dict[str, str]] = field(default_factory=dict)
    #: The task runs in check mode.
    check: bool = False
    #: The plan's node ids by layer, if the display shows layers.
    layers: Sequence[Sequence[str]] = ()
    started: float = 0.0
    #: Shown failures of which the last event says that they were rescued.
    rescued: list[Failure] = field(default_factory=list)

    def add(self, event: Event) -> Failure | None:
        """Apply ``event``; return a failure that is to be shown in full."""
        self.rescued = []
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
            self.running[event.node].begun_hosts.add(event.host or "")
        elif event.kind is EventKind.PLAY_ENDED and event.node in self.running:
            node, ends = self.running[event.node], read_play_ends(event.result)
            node.finished_hosts.update(event.result.get("hosts", {}))
            # A host that failed for good does not come to the end of its play.
            done = [host for host, end in ends.items() if end.is_done]
            self.rescued = node.rescue(event.attempt or "", done)
        elif event.kind is EventKind.HOST_TASK_FINISHED and event.node in self.running:
            return self._host_task(event, self.running[event.node])
        return None

    def _forget(self) -> None:
        """Reset, because another task follows: the rollback of this one."""
        for of_nodes in (self.running, self.done, self.skipped, self.reused, self.attempts):
            of_nodes.clear()
        self.dropped.clear()
        self.done_before.clear()
        self.layers = ()

    def over(self) -> set[str]:
        """Return the nodes that are finished."""
        planned = self.planned
        reused = {name for name, on in self.reused.items() if on >= {*planned.get(name, ())}}
        return {*self.done, *self.skipped, *reused}

    def layers_done(self) -> int:
        """Return the number of finished layers, counted from the first."""
        over = self.over()
        for number, layer in enumerate(self.layers):
            if not over.issuperset(layer):
                return number
        return len(self.layers)

    def _known(self, name: str, hosts: Mapping[str, Mapping[str, str]]) -> None:
        """Apply prior results: reused work and lost hosts."""
        self.reused.setdefault(name, set()).update(hosts)
        for host, known in hosts.items():
            if known["status"] in ("failed", "unreachable"):
                self.lost.setdefault(name, {})[host] = known["status"]
            elif known["status"] != "skipped":
                self.done_before[name] += 1

    def _begun(self, event: Event, name: str) -> None:
        planned = self.planned.get(name, ())
        here = self.attempts.get(event.attempt or "", planned)
        dropped = self.dropped.get(event.attempt or "", {})
        # An event of this node, or of a later one, may come before.
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
        """Record a failed host: it drops out of its run unless it is rescued."""
        dropped = self.dropped.setdefault(event.attempt or "", {})
        if event.status in ("failed", "unreachable") and not event.ignored:
            dropped[event.host or ""] = event.node or ""
        else:
            dropped.pop(event.host or "", None)

    def _finished(self, event: Event, name: str) -> None:
        node = self.running.pop(name, None)
        if node is None:
            node = NodeProgress(name, self.planned.get(name, ()), event.time, ran=False)
            node.done_before = self.done_before[name]
        node.ended, node.status = event.time, event.status or ""
        for host, found in event.result.get("hosts", {}).items():
            # An interrupted host has no finished Ansible task that reported the loss, and a host
            # whose failure was rescued is not lost.
            if found["status"] in LOST_STATUSES or host in node.by_host:
                node.by_host[host] = found["status"]
        self.done[name] = node

    def _host_task(self, event: Event, node: NodeProgress) -> Failure | None:
        host, status = event.host or "", event.status or "ok"
        if event.last:
            node.finished_hosts.add(host)
        if event.ignored:
            status = "ok"
        known = node.by_host.get(host, HOST_SEVERITY[0])
        if known in LOST_STATUSES and status not in LOST_STATUSES:
            known = "ok"  # It goes on, so the failure was rescued.
        if status in HOST_SEVERITY:
            node.by_host[host] = max(known, status, key=HOST_SEVERITY.index)
        if status not in ("failed", "unreachable"):
            return None
        failure = Failure(
            node.id,
            host,
            event.name or event.action or "",
            status,
            event.message or "",
            event.stderr or event.stdout or "",
            event.delegated_to,
            shown=node.failures_that_are(shown=True) < SHOWN_FAILURES,
        )
        node.failures.setdefault((event.attempt or "", host), []).append(failure)
        return failure if failure.shown else None
