"""A request to end the work, from a signal handler or any thread."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from worldtree.core.signals import ending_signals


class Cancellation:
    """Set once; whoever runs the work is told at once. Safe to request from a signal handler."""

    def __init__(self) -> None:
        self._requested = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """Whether somebody asked."""
        return self._requested

    def request(self) -> None:
        """Ask for the end; asking again does nothing."""
        if not self._requested:
            self._requested = True
            for listener in tuple(self._listeners):
                listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when the end is asked for (now, when it already was).

        It may run inside a signal handler, so it must not take locks.
        """
        self._listeners.append(listener)
        if self._requested:
            listener()


@contextmanager
def cancelled_by_signals(cancellation: Cancellation) -> Iterator[None]:
    """Let SIGINT and SIGTERM request ``cancellation`` meanwhile; main thread only.

    A SIGINT that is ignored stays ignored.
    """

    def handle(_number: int, _frame: FrameType | None) -> None:
        cancellation.request()

    before = {number: signal.signal(number, handle) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
