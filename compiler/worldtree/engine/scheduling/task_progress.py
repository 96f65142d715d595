"""The progress of a task: its nodes' state, and the events that record each change.

Nothing here starts a run: the scheduler does, once the changes are recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from worldtree.core.process_identity import current_process
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.prior_results import PriorResults
from worldtree.engine.run_options import RunOptions
from worldtree.engine.scheduling.ended_plays import failures_ended_play
from worldtree.engine.scheduling.messages import host_summary
from worldtree.engine.scheduling.node_progress import GraphProgress, first_cause
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import Fold
from worldtree.results.host_reason import HostReason
from worldtree.results.node_status import allowed_losses, is_success, node_status, task_status
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult

#: Message of a check in which every node was left out.
_BLIND = "nothing was checked: no node supports check mode"


class TaskProgress:
    """One task's results folded from events, its nodes' state, and the events to record.

    ``clock`` returns the time of what is recorded, in UTC epoch seconds.
    """

    def __init__(
        self,
        plan: Plan,
        options: RunOptions,
        cancellation: Cancellation,
        known: PriorResults,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._plan, self._options, self._cancellation = plan, options, cancellation
        self._known = known
        self._process = asdict(current_process())
        self.fold = Fold(keep_tasks=False)
        for event in known.history() if known.history is not None else ():
            self.fold.add(event)
        self.progress = GraphProgress(plan.graph, every_pair=options.every_pair)
        #: The node whose failure ended the task by policy.
        self.stopped_by: str | None = None
        #: Events that are not recorded yet; nothing outside has seen them.
        self.outbox: list[Event] = []

    def record_reused(self) -> None:
        """Record the prior results, node by node."""
        hosts: dict[str, dict[str, Any]] = {}
        for (name, host), known in self._known.results.items():
            if name in self.progress.nodes:
                entry = {"status": known.status, "message": known.why}
                if known.reason is not None:
                    entry["reason"] = known.reason
                hosts.setdefault(name, {})[host] = entry
        for name, entries in hosts.items():
            self.emit(EventKind.NODE_REUSED, node=name, result={"hosts": entries})

    def begin_attempt(
        self, attempt: str, nodes: Sequence[str], hosts: Sequence[str], directory: Path
    ) -> None:
        """Record that a run starts, by which process, and which successes it overtakes."""
        data: dict[str, Any] = {
            "nodes": list(nodes),
            "hosts": list(hosts),
            # Below that of the task, which may be moved with the state directory.
            "directory": str(directory.relative_to(directory.parent.parent)),
            "process": self._process,
        }
        if unreached := [host for host in hosts if host in self._known.unreached]:
            data["unreached"] = unreached
        if self._options.check:
            data["check"] = True
        elif self._known.others is not None:
            overtaken = self._known.others.overtaken_by(nodes, hosts)
            data |= {"overtaken": overtaken} if overtaken else {}
        self.emit(EventKind.ATTEMPT_STARTED, attempt=attempt, result=data)

    def is_done_before(self, name: str, host: str) -> bool:
        """Return whether a node has a prior result on a host."""
        return (name, host) in self._known.results

    def begin_node(self, name: str, hosts: Sequence[str]) -> tuple[str, ...]:
        """Apply a node's prior results on ``hosts``; return the hosts on which it runs."""
        found = self.progress.nodes[name]
        hosts = [host for host in hosts if host not in found.dropped]
        found.pending = set(hosts)
        self.settle(name, [host for host in hosts if self.is_done_before(name, host)])
        return tuple(host for host in hosts if not self.is_done_before(name, host))

    def drop_excluded(self, name: str, hosts: Sequence[str]) -> None:
        """Drop the hosts that are excluded from this run."""
        for host in hosts:
            if (name, host) in self._known.left_out:
                self.drop([name], host, None)

    def settle(self, name: str, hosts: Sequence[str]) -> None:
        """Make the hosts' results of the fold final."""
        found = self.progress.nodes[name]
        statuses = self.fold.statuses(name)
        for host in hosts:
            found.statuses[host] = statuses[host]
            if found.pending is not None:
                found.pending.discard(host)

    def finalise_successful(self, name: str, hosts: Sequence[str]) -> None:
        """Make the results of the successful ``hosts`` final.

        The others were lost at an earlier node, which is not final yet.
        """
        statuses = self.fold.statuses(name)
        self.settle(name, [host for host in hosts if is_success(statuses[host])])

    def drop(self, names: Sequence[str], host: str, cause: str | None) -> None:
        """Drop a host from nodes because of another node, or because it was not selected."""
        for name in names:
            found = self.progress.nodes[name]
            found.dropped[host] = cause or name
            if found.pending is not None:
                found.pending.discard(host)
            if self.is_done_before(name, host):
                continue  # It is recorded already.
            message = None if cause else HostReason.NOT_SELECTED.text
            self.emit(
                EventKind.NODE_SKIPPED, node=name, host=host, caused_by=cause, message=message
            )

    def finish_node(self, name: str) -> list[str]:
        """Record the end of a node without pending hosts; return the nodes that become ready."""
        found = self.progress.nodes[name]
        ran = [found.statuses[host] for host in found.node.hosts if host in found.statuses]
        if not ran:
            cause = first_cause(found.node, found.dropped)
            return self.skip(name, None if cause == name else cause)
        allowed = allowed_losses(found.node.policy.allowed_failures, len(found.node.hosts))
        status = node_status(ran, allowed, cancelled=self._cancellation.requested)
        message = None if all(map(is_success, ran)) else found.loss_message()
        result = self.fold.node(name)
        hosts = {host: result.hosts[host] for host in found.node.hosts if host in found.statuses}
        found.ended_play = failures_ended_play(found.node, hosts)
        if found.started or result.status is not status:
            data = {
                "hosts": {host: self.host_summary(name, host, result) for host in found.statuses}
            }
            self.emit(
                EventKind.NODE_FINISHED, node=name, status=status, message=message, result=data
            )
        stops = found.node.policy.stops_task and not self._options.every_pair
        if status is NodeStatus.FAILED and stops:
            self.stopped_by = self.stopped_by or name
        return self.progress.finish(name, status)

    def host_summary(self, name: str, host: str, result: NodeResult) -> dict[str, Any]:
        """Return a host's entry in NODE_FINISHED: its result, input digest and origin."""
        entry = host_summary(result.hosts[host])
        if self._plan.undoes is not None and is_success(result.hosts[host].status):
            entry["undone"] = True
        known = self._known.results.get((name, host))
        if known is not None:
            entry["reused"] = True
            if known.task is not None:
                entry["done_by"] = known.task
        digest = self._plan.pair_digests.get(name, {}).get(host)
        if digest and not self._options.check and name not in self._options.unproven:
            entry["digest"] = digest
        return entry

    def skip(self, name: str, cause: str | None, message: str | None = None) -> list[str]:
        """Record that a node is skipped; return the nodes that become ready."""
        self.emit(EventKind.NODE_SKIPPED, node=name, caused_by=cause, message=message)
        return self.progress.finish(name, NodeStatus.SKIPPED, cause)

    def finish_task(self) -> None:
        """Record the end of nodes that never started, and of the task."""
        cancelled = self._cancellation.requested
        for name, found in self.progress.nodes.items():
            if found.final is not None:
                continue
            if cancelled:
                self.emit(EventKind.NODE_FINISHED, node=name, status=NodeStatus.CANCELLED)
            elif self.stopped_by is not None:
                self.emit(EventKind.NODE_SKIPPED, node=name, caused_by=self.stopped_by)
            else:
                raise RuntimeError(f"{name} was neither run nor skipped")
        ends = [
            (self.fold.node(name).status, found.statuses.values())
            for name, found in self.progress.nodes.items()
        ]
        blind = self._options.check and not self._looked_at_any()
        stopped = self.stopped_by is not None
        status = task_status(ends, cancelled=cancelled, stopped=stopped, blind=blind)
        message = _BLIND if blind and status is TaskStatus.PARTIAL else None
        self.emit(EventKind.TASK_FINISHED, status=status, message=message)

    def _looked_at_any(self) -> bool:
        """Whether check mode ran any node that may change a host, or none was to run."""
        pairs = [
            self.fold.node(name).hosts[host]
            for name, found in self.progress.nodes.items()
            if found.node.reversibility != "read-only"
            for host in found.statuses
        ]
        asked = [one.reason for one in pairs if not _is_left_out_as_done(one)]
        return not asked or any(reason is not HostReason.UNKNOWN_UNTIL_RUN for reason in asked)

    def emit(self, kind: EventKind, **fields: Any) -> None:
        """Queue an event; it is recorded before anything outside can see its effect."""
        self.add(Event(kind=kind, time=self._clock(), **fields))

    def add(self, event: Event) -> None:
        """Queue an event of a run."""
        self.fold.add(event)
        self.outbox.append(event)


def _is_left_out_as_done(host: HostResult) -> bool:
    """Whether a host was skipped by what earlier tasks did, such as with `--changed`."""
    skipped = host.status is HostStatus.SKIPPED and not host.attempts
    return skipped and host.reason is None and host.caused_by is None
