"""Finds the known name of which another name is probably a typing error."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.core.suggestions import edit_distance

#: Names that differ by more edits than this are different names.
_MAX_EDITS = 2


def likely_typo_of(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` differs from by one or two typing errors, or None.

    Stricter than a "did you mean", since ``name`` may be correct. Short names must be closer: two
    edits turn almost any short word into another. Names that differ in digits alone (``disk1``,
    ``disk2``) are different names.
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
