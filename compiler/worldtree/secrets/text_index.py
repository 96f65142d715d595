"""Finds which of many texts occur in another one, without a search for each of them.

Imports the standard library only, since it also runs inside ansible-playbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

#: Up to this number, a search for each text is faster than looking at every place of the other.
_FEW = 1000
#: Lengths of the parts by which texts are found; the last one is that of the shortest text.
_LONG_PART, _SHORT_PART = 8, 4
#: Characters of a text whose parts are compared at once; it limits the memory.
_CHUNK = 2**16


class TextIndex:
    """Texts of at least four characters, each listed by one part of it."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        #: Length of the parts -> part -> the texts that are listed by it.
        self._by_part: dict[int, dict[str, list[str]]] = {_LONG_PART: {}, _SHORT_PART: {}}

    def __bool__(self) -> bool:
        return bool(self._texts)

    def add(self, texts: Iterable[str]) -> None:
        """Add ``texts``. Raises ``ValueError`` for one that is too short."""
        for text in set(texts) - self._texts:
            size = _LONG_PART if len(text) >= _LONG_PART else _SHORT_PART
            if len(text) < size:
                raise ValueError(f"a text has fewer than {size} characters")
            parts = self._by_part[size]
            # Many texts begin or end alike, such as URLs.
            places = (0, (len(text) - size) // 2, len(text) - size)
            part = min(
                (text[place : place + size] for place in places),
                key=lambda one: len(parts.get(one, ())),
            )
            parts.setdefault(part, []).append(text)
            self._texts.add(text)

    def found_in(self, other: str) -> list[str]:
        """Return the texts that occur in ``other``, the longest first, as one may contain another.

        The number of searches does not grow with the number of texts.
        """
        found = {text for text in self.candidates(other) if text in other}
        return sorted(found, key=lambda text: (-len(text), text))

    def occurs_in(self, other: str) -> bool:
        """Return whether any of the texts occurs in ``other``."""
        return any(text in other for text in self.candidates(other))

    def candidates(self, other: str) -> Iterator[str]:
        """Yield the texts that may occur in ``other``: those of which it has the part."""
        if len(self._texts) <= _FEW:
            yield from self._texts
            return
        for size, parts in self._by_part.items():
            for start in range(0, max(len(other) - size + 1, 0), _CHUNK):
                end = min(start + _CHUNK, len(other) - size + 1)
                there = {other[place : place + size] for place in range(start, end)}
                for part in there & parts.keys():
                    yield from parts[part]
