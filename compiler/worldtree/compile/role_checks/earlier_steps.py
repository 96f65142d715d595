"""Which step comes before another one on the same hosts."""

from __future__ import annotations

from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node


class EarlierSteps:
    """The steps before a node."""

    def __init__(self, graph: ExecutionGraph) -> None:
        self._graph = graph

    def on_hosts_of(self, node: Node) -> Node | None:
        """Return the nearest step before ``node`` on one of its hosts; None if there is none."""
        hosts, seen, todo = set(node.hosts), {node.id}, [node.id]
        for name in todo:
            for edge in self._graph.predecessors[name]:
                if edge.before in seen:
                    continue
                seen.add(edge.before)
                todo.append(edge.before)
                before = self._graph.nodes[edge.before]
                if before.source is not None and not hosts.isdisjoint(before.hosts):
                    return before
        return None
