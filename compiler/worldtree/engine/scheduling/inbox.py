"""A bounded queue from the runs' threads to the scheduler's thread."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue

from worldtree.engine.scheduling.messages import RunEnded
from worldtree.results.events import Event

#: Events that may wait; each further ``_CHARACTERS_PER_EVENT`` of output count as one more.
CAPACITY = 1000
_CHARACTERS_PER_EVENT = 16 * 1024


class Inbox:
    """A bounded queue: ``put`` waits while it is full.

    A run's events are in its journal on disk, so the thread that reads them there can wait. The
    consumer's thread never waits in ``put``, as no other thread would free capacity: it is the
    thread that created the inbox, until another one calls ``take``.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._messages: SimpleQueue[Event | RunEnded | None] = SimpleQueue()
        self._taker = threading.get_ident()
        #: Guards the next two; never held in a signal handler.
        self._change = threading.Condition()
        self._free = capacity
        self._closed = False

    def put(self, event: Event) -> None:
        """Add an event once there is capacity; after ``close`` it is dropped."""
        with self._change:
            while self._free <= 0 and not self._closed and threading.get_ident() != self._taker:
                self._change.wait()
            if self._closed:
                return
            self._free -= _size(event)
        self._messages.put(event)

    def put_now(self, event: Event) -> None:
        """Add an event without waiting, also beyond the capacity: one that no journal has."""
        with self._change:
            self._free -= _size(event)
        self._messages.put(event)

    def put_end(self, end: RunEnded) -> None:
        """Add the end of a run, without waiting."""
        self._messages.put(end)

    def wake(self) -> None:
        """Make ``take`` return; takes no lock, so that a signal handler may call it."""
        self._messages.put(None)

    def take(self, timeout: float | None = None) -> list[Event | RunEnded]:
        """Wait ``timeout`` seconds at most for the first message, and take all that wait."""
        self._taker = threading.get_ident()
        found: list[Event | RunEnded | None] = []
        try:
            found.append(self._messages.get(timeout=timeout))
            while True:
                found.append(self._messages.get_nowait())
        except Empty:
            pass
        taken = sum(_size(message) for message in found if isinstance(message, Event))
        if taken:
            # Only now, so that one call never takes more than the capacity.
            with self._change:
                self._free += taken
                self._change.notify_all()
        return [message for message in found if message is not None]

    def empty(self) -> bool:
        """Return whether nothing waits."""
        return self._messages.empty()

    def close(self) -> None:
        """Release all threads that wait in ``put``: nothing is taken any more."""
        with self._change:
            self._closed = True
            self._change.notify_all()


def _size(event: Event) -> int:
    return 1 + (len(event.stdout or "") + len(event.stderr or "")) // _CHARACTERS_PER_EVENT
