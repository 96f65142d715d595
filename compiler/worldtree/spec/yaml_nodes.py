"""The tree of a YAML document: data and places together, made from libyaml's events."""

from __future__ import annotations

from typing import Any

#: Zero-based line and column.
Position = tuple[int, int]


class Node:
    """A value and where it stands; shared where an alias repeats it."""

    __slots__ = ("complete", "data", "depth", "end", "fields", "items", "size", "start")

    def __init__(self, start: Position, end: Position, data: Any = None) -> None:
        self.start = start
        self.end = end
        self.data = data
        #: Key to (key, value) of a mapping, merged keys included.
        self.fields: dict[str, tuple[Node, Node]] | None = None
        #: Elements of a sequence.
        self.items: list[Node] | None = None
        #: Nodes below and including this one, aliases counted as often as they are used.
        self.size = 1
        #: Levels below and including this one.
        self.depth = 1
        #: False while its end is not read yet.
        self.complete = True

    def child(self, step: str | int) -> tuple[Node | None, Node] | None:
        """Return (key, value) below a mapping or (None, element) of a sequence, or None."""
        if self.fields is not None and isinstance(step, str):
            return self.fields.get(step)
        if self.items is not None and isinstance(step, int) and 0 <= step < len(self.items):
            return None, self.items[step]
        return None
