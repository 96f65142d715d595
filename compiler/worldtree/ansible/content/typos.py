"""Tells a mistyped name from a name of one's own."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.core.suggestions import distance

#: More edits than this make another word, not a slip.
_EDITS = 2


def slip_of(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` is one or two typing slips away from, or None.

    Stricter than a "did you mean": it judges names that might well be meant as they are. Short
    names need to be closer, since two edits turn almost any short word into another; names that
    differ in digits alone (``disk1``, ``disk2``) are taken as meant.
    """
    best: tuple[int, str] | None = None
    for other in sorted(known):
        if other == name or abs(len(other) - len(name)) > _EDITS or _bare(other) == _bare(name):
            continue
        found = distance(name, other)
        if found <= _EDITS and len(name) > 3 * found and (best is None or found < best[0]):
            best = (found, other)
    return best[1] if best else None


def _bare(name: str) -> str:
    return name.rstrip("0123456789")
