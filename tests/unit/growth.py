"""How work grows with its size, counted: no machine, however busy, changes the number."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


def growth(small: Callable[[], object], large: Callable[[], object]) -> float:
    """Return how many times as many calls ``large`` makes as ``small``.

    What a single call of a function in C does is not seen. Choose sizes so far apart that a law
    that does not hold misses the bound by a multiple.
    """
    small()  # What is made once only, such as compiled patterns, is not counted.
    return calls(large) / calls(small)


def calls(work: Callable[[], object]) -> int:
    """Return the calls of functions, in Python and in C, of ``work`` and of threads it starts."""
    # A list, since adding to one is safe among threads.
    counted: list[None] = []
    add = counted.append

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        if event in ("call", "c_call"):
            add(None)

    before = sys.getprofile(), threading.getprofile()
    threading.setprofile(count)
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before[0])
        threading.setprofile(before[1])
    return len(counted)
