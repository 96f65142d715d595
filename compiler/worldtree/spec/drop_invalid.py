"""Removes invalid parts from a document, so that the rest can be checked in the same run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worldtree.core.errors import DocPath


class ValidParts:
    """A copy of a document's data without its invalid parts; maps paths back to the document."""

    def __init__(self, data: Any) -> None:
        self.data = data
        #: Path of a list (in ``data``) to the original index of each of its items.
        self._indexes: dict[DocPath, list[int]] = {}
        #: Removed parts, as paths of the document.
        self.removed: set[DocPath] = set()

    def remove(self, paths: Iterable[DocPath]) -> None:
        """Remove the values at ``paths`` (in ``data``); missing ones are ignored."""
        for path in sorted(set(paths), key=_removal_order, reverse=True):
            self.removed.add(self.original(path))
            self.data = self._without(self.data, path, ())

    def original(self, path: DocPath) -> DocPath:
        """Return the path in the document of ``path`` (in ``data``)."""
        result: list[str | int] = []
        for position, step in enumerate(path):
            indexes = self._indexes.get(path[:position])
            if isinstance(step, int) and indexes is not None and step < len(indexes):
                step = indexes[step]
            result.append(step)
        return tuple(result)

    def _without(self, data: Any, path: DocPath, above: DocPath) -> Any:
        """Return a copy of ``data`` without the value at ``path``; unchanged parts are shared."""
        if not path:
            return None
        step, rest = path[0], path[1:]
        if isinstance(data, dict) and step in data:
            copy = dict(data)
            if rest:
                copy[step] = self._without(data[step], rest, (*above, step))
            else:
                del copy[step]
            return copy
        if isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
            items = list(data)
            if rest:
                items[step] = self._without(data[step], rest, (*above, step))
            else:
                self._indexes.setdefault(above, list(range(len(items))))
                del items[step]
                del self._indexes[above][step]
                self._shift(above, step)
            return items
        return data

    def _shift(self, above: DocPath, removed: int) -> None:
        """Decrement the indexes of the later items of a list."""
        depth = len(above)
        moved: dict[DocPath, list[int]] = {}
        for path, indexes in self._indexes.items():
            index = path[depth] if len(path) > depth and path[:depth] == above else None
            if not isinstance(index, int) or index < removed:
                moved[path] = indexes
            elif index > removed:
                moved[(*above, index - 1, *path[depth + 1 :])] = indexes
        self._indexes = moved


def _removal_order(path: DocPath) -> tuple[tuple[int, int, str], ...]:
    """Order paths so that later list items come last, to be removed first."""
    return tuple((0, s, "") if isinstance(s, int) else (1, 0, s) for s in path)
