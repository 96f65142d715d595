"""Limits how many requests do the same expensive work at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from worldtree.core.errors import RefusedError

#: Seconds to wait for a slot.
_TIMEOUT = 1.0


class WorkSlots:
    """So many slots for one kind of work; ``too_many`` says in a message of what."""

    def __init__(self, count: int, too_many: str) -> None:
        self._slots = threading.BoundedSemaphore(count)
        self._too_many = too_many

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have a slot inside the block. Raises ``RefusedError`` while none is free."""
        if not self._slots.acquire(timeout=_TIMEOUT):
            raise RefusedError(
                f"the service {self._too_many} at the moment",
                code="service-busy",
                hint="send it again in a few seconds",
            )
        try:
            yield
        finally:
            self._slots.release()
