"""Short ways to write down a task's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.results.events import Event, EventKind
from worldtree.results.tree import TaskResult

TASK = {"task_id": "t1", "cluster": "shop", "pipeline": "create-cluster"}


def event(kind: EventKind, time: float = 1.0, **fields: Any) -> Event:
    """Return an event at ``time``."""
    return Event(kind=kind, time=time, **fields)


def task_started(nodes: Mapping[str, Sequence[str]]) -> Event:
    """Return the first event of a task with these nodes and their hosts."""
    listed = [{"id": name, "hosts": list(hosts)} for name, hosts in nodes.items()]
    return event(EventKind.TASK_STARTED, result={**TASK, "nodes": listed})


def attempt_started(attempt: str, nodes: Sequence[str], hosts: Sequence[str]) -> Event:
    """Return the start of a run."""
    data = {"nodes": list(nodes), "hosts": list(hosts)}
    return event(EventKind.ATTEMPT_STARTED, attempt=attempt, result=data)


def attempt_finished(attempt: str, state: str = "finished", **result: Any) -> Event:
    """Return the end of a run; complete unless said otherwise."""
    data = {"complete": state == "finished", **result}
    return event(EventKind.ATTEMPT_FINISHED, 9.0, attempt=attempt, status=state, result=data)


def play_begun(attempt: str, node: str, **result: Any) -> Event:
    """Return the start of a node's play; an older journal's unless ``reports_end`` is given."""
    return event(EventKind.PLAY_STARTED, attempt=attempt, node=node, result=result)


def play_ended(attempt: str, node: str, *, whole: bool = False, **hosts: str) -> Event:
    """Return the ends of a batch of hosts."""
    ends = {"hosts": hosts, "whole": whole}
    return event(EventKind.PLAY_ENDED, attempt=attempt, node=node, result=ends)


def task_begun(attempt: str, node: str, host: str, name: str = "Work") -> Event:
    """Return the start of an Ansible task."""
    return event(EventKind.HOST_TASK_STARTED, attempt=attempt, node=node, host=host, name=name)


def task_done(
    attempt: str, node: str, host: str, status: str = "ok", name: str = "Work", **fields: Any
) -> Event:
    """Return the end of an Ansible task."""
    return event(
        EventKind.HOST_TASK_FINISHED,
        2.0,
        attempt=attempt,
        node=node,
        host=host,
        name=name,
        status=status,
        **fields,
    )


def stats(attempt: str, failures: Sequence[str] = (), dark: Sequence[str] = ()) -> Event:
    """Return Ansible's closing statistics with one failure per named host."""
    counts = {"failures": dict.fromkeys(failures, 1), "dark": dict.fromkeys(dark, 1)}
    return event(EventKind.RUN_STATS, attempt=attempt, result=counts)


def statuses(result: TaskResult, node: str) -> dict[str, str]:
    """Return the status per host of a node."""
    found = next(n for n in result.nodes if n.id == node)
    return {host: h.status.value for host, h in found.hosts.items()}


#: Two nodes on two hosts that one run does.
A, B = "p/m/t/a", "p/m/t/b"
CHAIN = task_started({A: ["h1", "h2"], B: ["h1", "h2"]})
RUN = attempt_started("x", [A, B], ["h1", "h2"])
