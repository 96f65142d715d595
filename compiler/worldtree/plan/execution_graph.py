"""The whole graph: linked, acyclic, JSON round-trip, nothing callable in it."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from worldtree.graph import Dag
from worldtree.plan.base_model import PlanModel
from worldtree.plan.node import Edge, Node


class ExecutionGraph(PlanModel):
    """Nodes by id (in a stable topological-friendly order) and typed edges between them."""

    pipeline: str
    nodes: dict[str, Node] = Field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    #: Nodes before those of the graph that a selection left out, in order -> the nodes that come
    #: next after each: what earlier tasks learnt in them is known there.
    left_out: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @cached_property
    def dag(self) -> Dag:
        """The ids and their edges with kinds, for orders and reach."""
        return Dag(self.nodes, [(edge.before, edge.after, edge.kind) for edge in self.edges])

    @cached_property
    def predecessors(self) -> dict[str, tuple[Edge, ...]]:
        """Incoming edges per node id; every node has a key."""
        found: dict[str, list[Edge]] = {name: [] for name in self.nodes}
        for edge in self.edges:
            found[edge.after].append(edge)
        return {name: tuple(edges) for name, edges in found.items()}

    @cached_property
    def successors(self) -> dict[str, tuple[Edge, ...]]:
        """Outgoing edges per node id; every node has a key."""
        found: dict[str, list[Edge]] = {name: [] for name in self.nodes}
        for edge in self.edges:
            found[edge.before].append(edge)
        return {name: tuple(edges) for name, edges in found.items()}

    def finalised_by(self, name: str) -> tuple[str, ...]:
        """Return the nodes that the finalizer ``name`` completes: those before it in its task.

        If its task has none before it: its direct predecessors.
        """
        task = name.rpartition("/")[0]
        found: dict[str, None] = {}
        todo = [name]
        while todo:
            for edge in self.predecessors[todo.pop()]:
                if edge.before not in found and edge.before.rpartition("/")[0] == task:
                    found[edge.before] = None
                    todo.append(edge.before)
        return tuple(found) or tuple(edge.before for edge in self.predecessors[name])
