"""Messages in the scheduler's inbox, and the events made of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worldtree.engine.executors.protocol import RunOutcome
from worldtree.plan.node import Node
from worldtree.results.events import Event, EventKind
from worldtree.results.tree import HostResult


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run has ended."""

    attempt: str
    outcome: RunOutcome


def host_summary(result: HostResult) -> dict[str, Any]:
    """Return a host's result without its Ansible tasks."""
    return result.model_dump(include={"status", "changed", "message", "started", "ended"})


def node_listing(nodes: Iterable[Node]) -> list[dict[str, Any]]:
    """Return nodes in the form of TASK_STARTED and TASK_RESUMED."""
    return [{"id": node.id, "hosts": list(node.hosts)} for node in nodes]


def as_event(message: Event | RunEnded) -> Event:
    """Return the event to record for a message."""
    if isinstance(message, Event):
        return message
    outcome = message.outcome
    return Event(
        kind=EventKind.ATTEMPT_FINISHED,
        time=time.time(),
        attempt=message.attempt,
        status=outcome.state,
        message=outcome.message or None,
        result={
            "rc": outcome.rc,
            "complete": outcome.complete,
            "interrupted_hosts": list(outcome.interrupted_hosts),
            "leftovers": list(outcome.leftovers),
            **({"unknown": True} if outcome.unknown else {}),
            **({"cancelled": True} if outcome.state == "cancelled" else {}),
        },
    )
