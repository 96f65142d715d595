"""Limits how many documents of callers a service works on at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from worldtree.core.errors import RefusedError

#: Documents that are read or compiled at the same time: reading one may take seconds of CPU, which
#: all other requests would wait for.
_SLOTS = threading.BoundedSemaphore(2)
#: Seconds to wait for a slot.
_SLOT_TIMEOUT = 1.0


@contextmanager
def document_slot() -> Iterator[None]:
    """Work on a document inside the block. Raises ``RefusedError`` while too many are worked on."""
    if not _SLOTS.acquire(timeout=_SLOT_TIMEOUT):
        raise RefusedError(
            "the service works on too many documents at the moment",
            code="service-busy",
            hint="send it again in a few seconds",
        )
    try:
        yield
    finally:
        _SLOTS.release()
