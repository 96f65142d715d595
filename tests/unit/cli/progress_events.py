"""Events of a task of two nodes, as displays of a run get them."""

from __future__ import annotations

from typing import Any

from worldtree.results.events import Event, EventKind

A, B = "p/app/install/binary", "p/app/start/service"


def event(kind: EventKind, **fields: Any) -> Event:
    """Return an event of the first second of 2026."""
    return Event(kind=kind, time=1767225600.0, **fields)


def started(*hosts: str) -> list[Event]:
    """Return the beginning of a task of two nodes, the first of them running."""
    nodes = [{"id": node, "hosts": list(hosts)} for node in (A, B)]
    return [
        event(EventKind.TASK_STARTED, result={"nodes": nodes}),
        event(EventKind.NODE_STARTED, node=A),
    ]


def ended(host: str, status: str, **fields: Any) -> Event:
    """Return the end of an Ansible task of the first node."""
    return event(
        EventKind.HOST_TASK_FINISHED, node=A, host=host, name="Unpack", status=status, **fields
    )
