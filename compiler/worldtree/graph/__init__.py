"""A domain-free acyclic graph: build, check, order, reduce, split, and (``graph.render``) draw.

- ``Dag(nodes, edges, merge=None)``: the graph; edges are ``(source, target[, kind])``.
  Contents: ``nodes edges kind successors predecessors edges_into roots leaves``;
  order: ``topological_order layers depths``; reach: ``ancestors descendants critical_path``;
  other graphs: ``reversed transitive_reduction subgraph``; splitting: ``chains``.
- ``Edge``: the named tuple ``(source, target, kind)``. ``Path``: the tuple ``(nodes, weight)``.
- ``find_problems(nodes, edges, merge=None)``: everything wrong with raw input, not just one error.
- ``GraphError`` and its kinds: ``DuplicateNodeError DanglingEdgeError ConflictingEdgeError
  CycleError UnknownNodeError``, each with the nodes concerned as attributes.
- ``GraphView ViewNode ViewEdge ViewKind``, ``to_text to_svg to_mermaid to_dot``: import them from
  ``graph.render``, so that other users do not load them.
"""

from worldtree.graph.assemble import find_problems
from worldtree.graph.critical_path import Path
from worldtree.graph.dag import Dag
from worldtree.graph.edge import Edge
from worldtree.graph.errors import (
    ConflictingEdgeError,
    CycleError,
    DanglingEdgeError,
    DuplicateNodeError,
    GraphError,
    UnknownNodeError,
)

__all__ = [
    "ConflictingEdgeError",
    "CycleError",
    "Dag",
    "DanglingEdgeError",
    "DuplicateNodeError",
    "Edge",
    "GraphError",
    "Path",
    "UnknownNodeError",
    "find_problems",
]
