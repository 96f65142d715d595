"""The node tree of a YAML document: data with positions."""

from __future__ import annotations

from typing import Any

#: Zero-based line and column.
Position = tuple[int, int]


class Node:
    """A value and its position; an alias shares the node of its anchor."""

    __slots__ = ("complete", "data", "depth", "end", "fields", "items", "size", "start")

    def __init__(self, start: Position, end: Position, data: Any = None) -> None:
        self.start = start
        self.end = end
        self.data = data
        #: Key to (key, value) of a mapping, merged keys included.
        self.fields: dict[str, tuple[Node, Node]] | None = None
        #: Elements of a sequence.
        self.items: list[Node] | None = None
        #: Number of nodes in this subtree; aliases count once per use.
        self.size = 1
        #: Levels of this subtree.
        self.depth = 1
        #: False until its end has been read.
        self.complete = True

    def child(self, step: str | int) -> tuple[Node | None, Node] | None:
        """Return (key, value) below a mapping or (None, element) of a sequence, or None."""
        if self.fields is not None and isinstance(step, str):
            return self.fields.get(step)
        if self.items is not None and isinstance(step, int) and 0 <= step < len(self.items):
            return None, self.items[step]
        return None
