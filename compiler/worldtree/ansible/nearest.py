"""The name that was probably meant, for "did you mean …?"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: Names whose lengths differ more than this are never within two edits.
_EDITS = 2


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``name``, or None when none is alike."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def meant(name: str, known: Iterable[str]) -> str:
    """Return the hint ``did you mean `x`?``, or an empty string."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found else ""


def slip_of(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` is one or two typing slips away from, if any."""
    best: tuple[int, str] | None = None
    for other in sorted(known):
        if abs(len(other) - len(name)) > _EDITS or other == name:
            continue
        distance = _distance(name, other)
        if distance <= _EDITS and (best is None or distance < best[0]):
            best = (distance, other)
    # In a short name two slips make almost any word of another.
    return best[1] if best and len(name) > _EDITS * best[0] else None


def _distance(a: str, b: str) -> int:
    """Count the insertions, deletions, replacements and swaps of neighbours between two names."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        two_before, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]
