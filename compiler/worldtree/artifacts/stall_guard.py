"""Finds downloads that are kept alive with a few bytes now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

from worldtree.artifacts.sources.source_kind import SourceError

#: Bytes that arrive within the seconds of a stall at least, unless the file ends.
_LEAST_BYTES = 4096


class StallGuard:
    """Counts the bytes of one download, in windows of ``seconds``."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._began, self._bytes = now(), 0

    def count(self, received: int) -> None:
        """Add bytes. Raises a transient ``SourceError`` at the end of a window with too few."""
        self._bytes += received
        if self._now() - self._began < self._seconds:
            return
        if self._bytes < _LEAST_BYTES:
            raise SourceError("the server sends hardly anything any more", is_transient=True)
        self._began, self._bytes = self._now(), 0
