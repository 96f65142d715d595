"""A request to cancel the task, from a signal handler or any thread."""

from __future__ import annotations

from collections.abc import Callable


class Cancellation:
    """Set once; calls its listeners at once. Safe to request from a signal handler."""

    def __init__(self) -> None:
        self._requested = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """Whether the cancel was requested."""
        return self._requested

    def request(self) -> None:
        """Request the cancel; further requests do nothing."""
        if not self._requested:
            self._requested = True
            for listener in tuple(self._listeners):
                listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when the cancel is requested (now, when it already was).

        It may run inside a signal handler, so it must not take locks.
        """
        self._listeners.append(listener)
        if self._requested:
            listener()
