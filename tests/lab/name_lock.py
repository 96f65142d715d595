"""Unique lab names for test runs in parallel on one machine."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

from lab import state_directory


@contextmanager
def reserved_name(prefix: str) -> Iterator[str]:
    """Hold the first of ``prefix-1``, ``prefix-2`` … that no other living process holds."""
    with ExitStack() as stack:
        for number in count(1):
            name = f"{prefix}-{number}"
            path = state_directory.state_directory() / "locks" / f"session-{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(path.open("w"))
            try:
                # The kernel releases the lock when the process ends.
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield name
            return
