"""Tells a mistyped name from a name of one's own."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.core.suggestions import edit_distance

#: More edits than this make another word, not a slip.
_MAX_EDITS = 2


def likely_typo_of(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` is one or two typing slips away from, or None.

    Stricter than a "did you mean": it judges names that might well be meant as they are. Short
    names need to be closer, since two edits turn almost any short word into another; names that
    differ in digits alone (``disk1``, ``disk2``) are taken as meant.
    """
    best: tuple[int, str] | None = None
    for other in sorted(known):
        if (
            other == name
            or abs(len(other) - len(name)) > _MAX_EDITS
            or _without_digits(other) == _without_digits(name)
        ):
            continue
        found = edit_distance(name, other)
        if found <= _MAX_EDITS and len(name) > 3 * found and (best is None or found < best[0]):
            best = (found, other)
    return best[1] if best else None


def _without_digits(name: str) -> str:
    return name.rstrip("0123456789")
