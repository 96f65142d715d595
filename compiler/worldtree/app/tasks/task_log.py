"""Entries of the log for what happens in a task: its beginning and end, its nodes, lost hosts.

The log is for operators of the service: no output and no message of Ansible, which `wt tasks show`
and the API have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from worldtree.core import json_logs
from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus

#: Ends that somebody may have to look at.
_BAD_ENDS = frozenset(
    {
        *(TaskStatus.FAILED, TaskStatus.PARTIAL, TaskStatus.INTERRUPTED),
        *(NodeStatus.FAILED, NodeStatus.INTERRUPTED),
    }
)
_LOST = (HostStatus.FAILED, HostStatus.UNREACHABLE)


class TaskLog:
    """Logs the events of one task, as ``TaskObserver.on_event`` gets them."""

    def __init__(self, task_id: str, trace_id: str | None = None) -> None:
        self._task_id, self._trace_id = task_id, trace_id
        self._log = json_logs.get_log("worldtree.task")

    def __call__(self, event: Event) -> None:
        """Log an event if it is one that operators follow."""
        entry = _ENTRIES.get(event.kind)
        if entry is None:
            return
        step = None if event.node is None else event.node.rpartition("/")[2]
        bound = {"task_id": self._task_id, "trace_id": self._trace_id}
        with json_logs.bind(**bound, node=event.node, step_name=step):
            entry(self._log, event)


def _task_began(log: json_logs.Log, event: Event) -> None:
    words = "task started" if event.kind is EventKind.TASK_STARTED else "task resumed"
    names = {name: event.result.get(name) for name in ("cluster", "pipeline")}
    log.info(words, **names, nodes=len(event.result.get("nodes", ())))


def _task_ended(log: json_logs.Log, event: Event) -> None:
    _say_end(log, "task finished", event)


def _node_began(log: json_logs.Log, _event: Event) -> None:
    log.info("node started")


def _node_ended(log: json_logs.Log, event: Event) -> None:
    hosts: Mapping[str, Mapping[str, object]] = event.result.get("hosts", {})
    for host, found in hosts.items():
        if found.get("status") in _LOST and not found.get("undone"):
            log.warning("host lost", hostname=host, status=found["status"])
    _say_end(log, "node finished", event)


def _node_skipped(log: json_logs.Log, event: Event) -> None:
    fields = {"hostname": event.host} if event.host is not None else {}
    log.info("node skipped", caused_by=event.caused_by, **fields)


def _say_end(log: json_logs.Log, words: str, event: Event) -> None:
    say = log.warning if event.status in _BAD_ENDS else log.info
    say(words, status=event.status)


_ENTRIES: Mapping[EventKind, Callable[[json_logs.Log, Event], None]] = {
    EventKind.TASK_STARTED: _task_began,
    EventKind.TASK_RESUMED: _task_began,
    EventKind.TASK_FINISHED: _task_ended,
    EventKind.NODE_STARTED: _node_began,
    EventKind.NODE_FINISHED: _node_ended,
    EventKind.NODE_SKIPPED: _node_skipped,
}
