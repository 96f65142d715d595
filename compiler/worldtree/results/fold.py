"""Events become a TaskResult: a pure fold, whole or one event at a time for live display."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from worldtree.results.attempt import AttemptFold
from worldtree.results.events import Event, EventKind
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, TaskResult


def fold(events: Iterable[Event], *, keep_tasks: bool = True) -> TaskResult:
    """Return the result of a task's events, in the order of their ``seq``; see ``Fold``."""
    state = Fold(keep_tasks=keep_tasks)
    for event in events:
        state.add(event)
    return state.result()


class Fold:
    """The state of a fold; the same events give the same result however they are cut in batches.

    Without ``keep_tasks`` hosts' results have no Ansible tasks and are the same otherwise; memory
    then grows with nodes and hosts only, not with their output.
    """

    def __init__(self, *, keep_tasks: bool = True) -> None:
        self._keep_tasks = keep_tasks
        self._task = TaskResult(task_id="", cluster="", pipeline="", status=TaskStatus.PENDING)
        self._nodes: dict[str, NodeResult] = {}
        #: A host's result, or the run in progress that has it.
        self._hosts: dict[str, dict[str, HostResult | AttemptFold]] = {}
        self._attempts: dict[str, AttemptFold] = {}
        self._interrupted: dict[str, None] = {}

    # ---- reading -------------------------------------------------------------------------------

    def result(self) -> TaskResult:
        """Return the current tree."""
        return self._task.model_copy(
            update={
                "nodes": tuple(self.node(name) for name in self._nodes),
                "interrupted_hosts": tuple(self._interrupted),
            }
        )

    def node(self, name: str) -> NodeResult:
        """Return the current result of one node. Raises ``KeyError``."""
        return self._nodes[name].model_copy(
            update={"hosts": {host: self.host(name, host) for host in self._hosts[name]}}
        )

    @property
    def task(self) -> TaskResult:
        """The task itself, without its nodes."""
        return self._task

    def statuses(self, name: str) -> dict[str, HostStatus]:
        """Return the status per host of a node. Raises ``KeyError``."""
        return {host: self.host(name, host).status for host in self._hosts[name]}

    def host(self, name: str, host: str) -> HostResult:
        """Return the current result of a node on one host. Raises ``KeyError``."""
        found = self._hosts[name][host]
        return found.host_result(name, host) if isinstance(found, AttemptFold) else found

    def passed(self, attempt: str, name: str) -> bool:
        """Return whether Ansible began the next node of a run and this one lost no host."""
        found = self._attempts.get(attempt)
        return found is not None and found.passed(name)

    # ---- writing -------------------------------------------------------------------------------

    def add(self, event: Event) -> None:
        """Process one more event."""
        step = _HANDLERS.get(event.kind)
        if step is not None:
            step(self, event)
        elif event.attempt is not None and event.attempt in self._attempts:
            run = self._attempts[event.attempt]
            for name, host in run.add(event):
                self._hosts[name][host] = run
            if event.kind is EventKind.RUN_STATS and "module_calls" in event.result:
                calls = self._task.module_calls.plus(event.result["module_calls"])
                self._task = self._task.model_copy(update={"module_calls": calls})

    def _task_started(self, event: Event) -> None:
        data = event.result
        self._task = TaskResult(
            task_id=data["task_id"],
            cluster=data["cluster"],
            pipeline=data["pipeline"],
            status=TaskStatus.RUNNING,
            started=event.time,
            left_out=data.get("left_out", {}),
            parameters=data.get("parameters", {}),
            cut=data.get("cut", {}),
        )
        waiting = HostResult(status=HostStatus.NOT_RUN)
        for node in data["nodes"]:
            self._nodes[node["id"]] = NodeResult(id=node["id"], status=NodeStatus.PENDING)
            self._hosts[node["id"]] = dict.fromkeys(node["hosts"], waiting)

    def _task_resumed(self, event: Event) -> None:
        if not self._task.task_id:  # It was cut off before its first event.
            self._task_started(event)
            return
        nodes, hosts = self._nodes, self._hosts
        self._task = self._task.model_copy(
            update={
                "status": TaskStatus.RUNNING,
                "ended": None,
                "message": None,
                "left_out": event.result.get("left_out", {}),
                "cut": event.result.get("cut", {}),
            }
        )
        self._nodes, self._hosts = {}, {}
        waiting = HostResult(status=HostStatus.NOT_RUN)
        for listed in event.result["nodes"]:
            name = listed["id"]
            old = nodes.get(name) or NodeResult(id=name, status=NodeStatus.PENDING)
            if old.status not in (NodeStatus.SUCCEEDED, NodeStatus.SKIPPED):
                again = {"status": NodeStatus.PENDING, "ended": None, "caused_by": None}
                old = old.model_copy(update={**again, "message": None})
            self._nodes[name] = old
            before = hosts.get(name, {})
            self._hosts[name] = {host: before.get(host, waiting) for host in listed["hosts"]}
        self._interrupted = {}
        for name, again in event.result.get("again", {}).items():
            update = {"status": NodeStatus.PENDING, "ended": None, "caused_by": None}
            self._nodes[name] = self._nodes[name].model_copy(update={**update, "message": None})
            for host in again:
                tries = self.host(name, host).attempts
                self._hosts[name][host] = HostResult(status=HostStatus.NOT_RUN, attempts=tries)

    def _node_reused(self, event: Event) -> None:
        hosts = self._hosts[event.node or ""]
        # Most hosts had no result and have the same one now, which they can share. The old one is
        # kept with it, so that no other gets its identity.
        made: dict[tuple[int, object, object, object], tuple[HostResult, HostResult]] = {}
        for host, known in event.result["hosts"].items():
            old = self.host(event.node or "", host)
            key = (id(old), known["status"], known.get("message"), known.get("reason"))
            if key not in made:
                made[key] = old, _reused(old, known)
            hosts[host] = made[key][1]

    def _task_finished(self, event: Event) -> None:
        self._task = self._task.model_copy(
            update={
                "status": TaskStatus(event.status or TaskStatus.FAILED),
                "ended": event.ended or event.time,
                "message": event.message,
            }
        )

    def _attempt_started(self, event: Event) -> None:
        if event.attempt is None:
            return
        nodes, hosts = event.result["nodes"], event.result["hosts"]
        before = {
            (name, host): self.host(name, host)
            for name in nodes
            for host in hosts
            if host in self._hosts.get(name, ())
        }
        self._attempts[event.attempt] = AttemptFold(
            tuple(nodes),
            before,
            keep_tasks=self._keep_tasks,
            unreached=event.result.get("unreached", ()),
        )

    def _attempt_finished(self, event: Event) -> None:
        run = self._attempts.get(event.attempt or "")
        if run is None:
            return
        for name, host in run.close(event):
            self._hosts[name][host] = run.host_result(name, host)
        for host in event.result.get("interrupted_hosts", ()):
            self._interrupted[host] = None

    def _node_started(self, event: Event) -> None:
        node = self._nodes.get(event.node or "")
        if node is not None:
            self._nodes[node.id] = node.model_copy(
                update={
                    "status": NodeStatus.RUNNING,
                    "started": event.time if node.started is None else node.started,
                    "attempts": node.attempts + 1,
                }
            )

    def _node_finished(self, event: Event) -> None:
        node = self._nodes.get(event.node or "")
        if node is not None:
            self._nodes[node.id] = node.model_copy(
                update={
                    "status": NodeStatus(event.status or NodeStatus.FAILED),
                    "ended": event.ended or event.time,
                    "message": event.message,
                    "caused_by": event.caused_by,
                }
            )

    def _node_skipped(self, event: Event) -> None:
        node = self._nodes.get(event.node or "")
        if node is None:
            return
        update = {"caused_by": event.caused_by, "message": event.message}
        for host in [event.host] if event.host else list(self._hosts[node.id]):
            self._hosts[node.id][host] = self.host(node.id, host).model_copy(update=update)
        if event.host is None:
            self._nodes[node.id] = node.model_copy(
                update={**update, "status": NodeStatus.SKIPPED, "ended": event.time}
            )


def _reused(old: HostResult, known: Mapping[str, Any]) -> HostResult:
    """Return the result of a host that does not run again."""
    update: dict[str, Any] = {"status": HostStatus(known["status"]), "caused_by": None}
    if old.status is not update["status"]:
        reason = known.get("reason")
        update |= {"message": known["message"], "failure": None}
        update["reason"] = None if reason is None else HostReason(reason)
    return old.model_copy(update=update)


_HANDLERS: dict[EventKind, Callable[[Fold, Event], None]] = {
    EventKind.TASK_STARTED: Fold._task_started,
    EventKind.TASK_RESUMED: Fold._task_resumed,
    EventKind.TASK_FINISHED: Fold._task_finished,
    EventKind.ATTEMPT_STARTED: Fold._attempt_started,
    EventKind.ATTEMPT_FINISHED: Fold._attempt_finished,
    EventKind.NODE_STARTED: Fold._node_started,
    EventKind.NODE_REUSED: Fold._node_reused,
    EventKind.NODE_FINISHED: Fold._node_finished,
    EventKind.NODE_SKIPPED: Fold._node_skipped,
}
