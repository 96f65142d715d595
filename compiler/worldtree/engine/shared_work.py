"""Which work of different pipelines concerns the same thing on a host.

Each pipeline has nodes of its own: what `create-cluster` does in many nodes of a module,
`destroy-cluster` takes away in one. So nodes of different pipelines share work where they are of
one module or run the same role. Within one pipeline, each node has work of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from worldtree.plan.ids import module_of, pipeline_of
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class NodeWork:
    """A node on a host."""

    node: str
    host: str
    #: The role that the node runs; None for a built-in step, and where it is unknown.
    role: str | None = None

    @property
    def keys(self) -> Iterator[tuple[str, str, str]]:
        """What other pipelines' work has in common with it: the module or the role, on the host."""
        yield "module", module_of(self.node), self.host
        if self.role is not None:
            yield "role", self.role, self.host


def changes_hosts(node: Node) -> bool:
    """Whether a node may change a host; others, such as those of `verify`, overtake nothing."""
    return node.reversibility != "read-only"


class OtherSuccesses:
    """Successes of other pipelines than a plan's: they count until the plan's work starts."""

    def __init__(self, plan: Plan, successes: Iterable[NodeWork] = ()) -> None:
        self._nodes = plan.graph.nodes
        own = {pipeline_of(name) for name in self._nodes}
        self._by_key: dict[tuple[str, str, str], set[NodeWork]] = {}
        self._ended: set[NodeWork] = set()
        for work in successes:
            if pipeline_of(work.node) not in own:
                for key in work.keys:
                    self._by_key.setdefault(key, set()).add(work)

    def overtaken_by(self, nodes: Iterable[str], hosts: Collection[str]) -> dict[str, list[str]]:
        """Return the work, node to hosts, whose success ends when ``nodes`` start on ``hosts``.

        Each is returned once.
        """
        found: set[NodeWork] = set()
        for node in (self._nodes[name] for name in nodes):
            for host in hosts if changes_hosts(node) else ():
                for key in NodeWork(node.id, host, node.role).keys:
                    found |= self._by_key.get(key, set())
        found -= self._ended
        self._ended |= found
        ended: dict[str, list[str]] = {}
        for work in sorted(found, key=lambda one: (one.node, one.host)):
            ended.setdefault(work.node, []).append(work.host)
        return ended
