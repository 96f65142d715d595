# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Limits of all transfers of this machine together: how many at once, and bytes per second.

They hold for all processes that send from one cache. What they share is in files, whose locks end
with their processes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

#: Least bytes of a piece, however small the limit is.
_LEAST_PIECE = 64 << 10


class Bandwidth:
    """Lets pieces wait so that all senders together keep within C(limit) bytes per second.

    The file has the time, of the clock since boot, from which nothing is reserved yet. Each piece
    reserves the time that it takes at the limit, and begins when its own begins.
    """

    def __init__(self, file, limit, clock=time.monotonic, sleep=time.sleep):
        self._file, self._limit = file, limit
        self._clock, self._sleep = clock, sleep

    def piece(self, largest):
        """Return how many bytes a piece may have, so that waits are short."""
        if not self._limit:
            return largest
        return max(_LEAST_PIECE, min(largest, self._limit // 4))

    def wait(self, size):
        """Wait until C(size) bytes may be sent."""
        if not self._limit:
            return
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            now = self._clock()
            free = _time_in(os.pread(descriptor, 64, 0))
            # A time that lies far ahead is one of before a restart of the machine.
            start = free if now < free < now + 3600 else now
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, repr(start + size / self._limit).encode(), 0)
        finally:
            os.close(descriptor)
        if start > now:
            self._sleep(start - now)


def _time_in(text):
    """Return the time in the file; one that is long past where it is new, or damaged."""
    try:
        return float(text)
    except ValueError:
        return 0.0


@contextlib.contextmanager
def slot(directory, count, own):
    """Hold one of C(count) places of senders; without a count there is room for all.

    C(own) is a number that spreads those which wait over the places.
    """
    if not count:
        yield
        return
    descriptor = None
    for number in range(count):
        descriptor = _lock(directory, (own + number) % count, fcntl.LOCK_NB)
        if descriptor is not None:
            break
    else:
        descriptor = _lock(directory, own % count, 0)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(directory, number, how):
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(directory / f"slot-{number}", flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
