"""Which work of different pipelines concerns the same thing on a host.

Each pipeline has nodes of its own: what `create-cluster` does in many nodes of a module,
`destroy-cluster` takes away in one. So nodes of different pipelines share work where they are of
one module or run the same role. Within one pipeline, each node has work of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from worldtree.engine.prior_results import NodeHost
from worldtree.plan.ids import module_of, pipeline_of
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class NodeWork:
    """A node on a host."""

    node: str
    host: str
    #: The roles that the node runs; none for a built-in step, and where they are unknown.
    roles: tuple[str, ...] = ()

    @property
    def keys(self) -> Iterator[tuple[str, str, str]]:
        """What other pipelines' work has in common with it: the module or the role, on the host."""
        yield "module", module_of(self.node), self.host
        for role in self.roles:
            yield "role", role, self.host


def changes_hosts(node: Node) -> bool:
    """Whether a node may change a host; others, such as those of `verify`, overtake nothing."""
    return node.reversibility != "read-only"


def pairs_after(
    plan: Plan, done: Mapping[NodeHost, float], other: Plan, later: Mapping[NodeHost, float]
) -> list[NodeHost]:
    """Return those of ``later`` that began after work of ``done`` that they share.

    Both map nodes on hosts to times; those of ``done`` are of ``plan``, the others of ``other``.
    """
    own = {pipeline_of(name) for name, _ in done}
    times: dict[tuple[str, str, str], float] = {}
    for (name, host), time in done.items():
        for key in NodeWork(name, host, plan.graph.nodes[name].role_names).keys:
            times[key] = min(time, times.get(key, time))
    found = []
    for (name, host), time in later.items():
        if pipeline_of(name) in own:
            before = [done[name, host]] if (name, host) in done else []
        else:
            node = other.graph.nodes[name]
            keys = NodeWork(name, host, node.role_names).keys if changes_hosts(node) else ()
            before = [times[key] for key in keys if key in times]
        if any(time > one for one in before):
            found.append((name, host))
    return found


class LastBegun:
    """When tasks last began work on a cluster."""

    def __init__(self) -> None:
        #: By node and host: the time and the task.
        self._by_node: dict[tuple[str, str], tuple[float, str]] = {}
        #: By what pipelines have in common: the same for each pipeline.
        self._by_key: dict[tuple[str, str, str], dict[str, tuple[float, str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_node)

    def add(self, work: NodeWork, time: float, task: str, *, changes: bool) -> None:
        """Add that ``task`` began ``work``; ``changes`` as of ``changes_hosts``."""
        last = time, task
        pair = work.node, work.host
        self._by_node[pair] = max(last, self._by_node.get(pair, last))
        if changes:
            pipeline = pipeline_of(work.node)
            for key in work.keys:
                known = self._by_key.setdefault(key, {})
                known[pipeline] = max(last, known.get(pipeline, last))

    def last(self, work: NodeWork) -> tuple[float, str] | None:
        """Return when and by which task the node, or what shares its work, began last."""
        found = [self._by_node[pair]] if (pair := (work.node, work.host)) in self._by_node else []
        for key in work.keys:
            known = self._by_key.get(key, {})
            found += [last for name, last in known.items() if name != pipeline_of(work.node)]
        return max(found, default=None)


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
                for key in NodeWork(node.id, host, node.role_names).keys:
                    found |= self._by_key.get(key, set())
        found -= self._ended
        self._ended |= found
        ended: dict[str, list[str]] = {}
        for work in sorted(found, key=lambda one: (one.node, one.host)):
            ended.setdefault(work.node, []).append(work.host)
        return ended
