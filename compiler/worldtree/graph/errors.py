"""The problems of a graph; each names the nodes that cause it."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.core.errors import WorldTreeError


class GraphError(WorldTreeError):
    """A graph that cannot be built or a question that cannot be answered about it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="graph-invalid")


class DuplicateNodeError(GraphError):
    """Two nodes have the same id."""

    def __init__(self, node: str) -> None:
        super().__init__(f"duplicate node `{node}`")
        self.node = node


class UnknownNodeError(GraphError):
    """A call names a node that the graph does not have."""

    def __init__(self, node: str) -> None:
        super().__init__(f"unknown node `{node}`")
        self.node = node


class DanglingEdgeError(GraphError):
    """An edge begins or ends at a node that does not exist."""

    def __init__(self, source: str, target: str, missing: Iterable[str]) -> None:
        self.source = source
        self.target = target
        #: The end or ends of the edge that do not exist.
        self.missing = tuple(missing)
        names = " and ".join(f"`{name}`" for name in self.missing)
        super().__init__(f"edge `{source}` → `{target}` needs {names}, which does not exist")


class ConflictingEdgeError(GraphError):
    """Two edges join the same nodes in the same direction, but differ in kind."""

    def __init__(self, source: str, target: str, kinds: Iterable[str]) -> None:
        self.source = source
        self.target = target
        self.kinds = tuple(kinds)
        names = " and ".join(f"`{kind}`" for kind in self.kinds)
        super().__init__(f"edge `{source}` → `{target}` is both {names}")


class CycleError(GraphError):
    """The edges form a cycle; ``path`` is the closed path along it."""

    def __init__(self, path: Iterable[str]) -> None:
        #: ``(a, b, c, a)``: first and last are the same node; a self-loop is ``(a, a)``.
        self.path = tuple(path)
        super().__init__("cycle: " + " → ".join(self.path))
