"""Suggests the closest match for a misspelt word."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate closest to ``word``, or None if none is close.

    Close means: equal except for case, `_` and `-`; or at most about one edit per three letters of
    the longer word (an edit adds, drops, changes or swaps a letter); or the same letters, two of
    them misplaced. Ties go to the candidate of the most similar length, then to the first in
    sorted order.
    """
    bare = _normalized(word)
    best: tuple[int, int, str] | None = None
    for candidate in sorted(set(candidates)):
        if _normalized(candidate) == bare:
            return candidate
        allowed = max(1, (max(len(word), len(candidate)) + 1) // 3)
        if abs(len(candidate) - len(word)) > allowed:
            continue
        found = edit_distance(word.lower(), candidate.lower())
        rank = (found, abs(len(candidate) - len(word)), candidate)
        mixed_up = found == 2 and sorted(word.lower()) == sorted(candidate.lower())
        if (found <= allowed or mixed_up) and (best is None or rank < best):
            best = rank
    return best[2] if best and best[0] < len(word) else None


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """Return a hint that names the closest candidate, or ``otherwise``."""
    found = nearest(word, candidates)
    return f"did you mean `{found}`?" if found else otherwise


def edit_distance(left: str, right: str) -> int:
    """Return the edit distance of two words; swapping two adjacent letters is one edit."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i] + [0] * len(right)
        for j, b in enumerate(right, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]


def _normalized(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower()
