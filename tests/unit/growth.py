"""How work grows with its size, told in a way that a busy machine cannot change."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

_ATTEMPTS = 6


def growth(small: Callable[[], object], large: Callable[[], object], bound: float) -> float:
    """Return how much more CPU time ``large`` takes than ``small``: the least of some attempts.

    Other programs make measurements longer, never shorter, but they may spare one of a pair, so
    that a single ratio may be far off either way: attempts end with the first within ``bound``.
    Choose sizes so far apart that a law that does not hold misses the bound by a multiple.
    """
    ratios = []
    for _ in range(_ATTEMPTS):
        ratios.append(_seconds(large) / _seconds(small))
        if ratios[-1] <= bound:
            break
    return min(ratios)


def _seconds(work: Callable[[], object]) -> float:
    """CPU time of one call, in seconds."""
    gc.collect()
    # What other tests left is not looked through again: it would cost the large one more.
    gc.freeze()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.unfreeze()
