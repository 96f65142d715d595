"""Where runs put what happens, for the one thread that takes it in."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue

from worldtree.engine.scheduling.messages import RunEnded
from worldtree.results.events import Event

#: Events that may wait to be taken in; of large outputs, each of so many signs counts as one more.
CAPACITY = 1000
_CHARACTERS_PER_EVENT = 16 * 1024


class Inbox:
    """A queue with room for so much: who puts an event into a full one waits.

    A run's events stand in its journal on disk, so whoever reads them there can wait. The thread
    that takes never does, as nobody else would make room: that is the one that made the inbox,
    until another one calls ``take``.
    """

    def __init__(self, room: int = CAPACITY) -> None:
        self._messages: SimpleQueue[Event | RunEnded | None] = SimpleQueue()
        self._taker = threading.get_ident()
        #: Guards the two below; never held in a signal handler.
        self._change = threading.Condition()
        self._free = room
        self._closed = False

    def put(self, event: Event) -> None:
        """Add an event once there is room; after ``close`` it is dropped."""
        with self._change:
            while self._free <= 0 and not self._closed and threading.get_ident() != self._taker:
                self._change.wait()
            if self._closed:
                return
            self._free -= _size(event)
        self._messages.put(event)

    def put_end(self, end: RunEnded) -> None:
        """Add the end of a run, which is never held up."""
        self._messages.put(end)

    def wake(self) -> None:
        """Let ``take`` return; takes no lock, so that a signal handler may call it."""
        self._messages.put(None)

    def take(self, timeout: float | None = None) -> list[Event | RunEnded]:
        """Wait for the first message, ``timeout`` seconds at most, and take all that are there."""
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
            # Only now, so that one call never takes more than there was room for.
            with self._change:
                self._free += taken
                self._change.notify_all()
        return [message for message in found if message is not None]

    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return self._messages.empty()

    def close(self) -> None:
        """Let everybody go on who waits for room: nothing is taken any more."""
        with self._change:
            self._closed = True
            self._change.notify_all()


def _size(event: Event) -> int:
    return 1 + (len(event.stdout or "") + len(event.stderr or "")) // _CHARACTERS_PER_EVENT
