"""Which part of a graph to run; apart from the pass, since every command reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """Which nodes to run; a pattern is a node id or its part from the module on (``etcd/*``)."""

    only: tuple[str, ...] = ()
    #: These nodes and everything after them.
    since: tuple[str, ...] = ()
    #: These nodes and everything before them.
    until: tuple[str, ...] = ()
    #: Host names; nodes are narrowed to these, and left out when none remains.
    hosts: tuple[str, ...] = ()
    #: Tags; nodes with any of them, and those tagged ``always``.
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.only or self.since or self.until or self.hosts or self.tags)
