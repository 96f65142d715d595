"""Names for labs of runs that come and go side by side on one machine."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

from lab import home


@contextmanager
def claimed_name(prefix: str) -> Iterator[str]:
    """Hold the first of ``prefix-1``, ``prefix-2`` … that nobody else alive holds."""
    with ExitStack() as stack:
        for number in count(1):
            name = f"{prefix}-{number}"
            path = home.home() / "locks" / f"session-{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(path.open("w"))
            try:
                # Freed by the kernel when the holder ends in whatever way.
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield name
            return
