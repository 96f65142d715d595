"""Makes this process the parent of orphaned descendants, so that it can wait for them."""

from __future__ import annotations

import contextlib
import ctypes

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of processes that our children leave behind; without effect off Linux."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
