"""Short lists in messages."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice


def and_more(items: Collection[str], limit: int, *, separator: str = ", ", unit: str = "") -> str:
    """Return the first ``limit`` items in one line, such as ``a, b and 3 more``.

    ``unit`` names what is counted: ``and 3 more places``.
    """
    shown = separator.join(islice(items, limit))
    left = len(items) - limit
    if left <= 0:
        return shown
    return f"{shown} and {left} more{f' {unit}' if unit else ''}"
