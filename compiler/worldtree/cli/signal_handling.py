"""Ctrl-C and SIGTERM ask a running task to end; nothing is torn down half-way."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from worldtree.core.signals import ending_signals

#: Whether an exception was raised that nobody may have got.
_raised = False


def raise_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Raise ``KeyboardInterrupt``, and remember that.

    Where a signal finds Python in a callback of its own, as there are many while modules are
    loaded, the exception is dropped. ``cancel_on_signals`` raises it again before any work begins.
    """
    global _raised
    _raised = True
    raise KeyboardInterrupt


class SignalHandler:
    """What SIGINT and SIGTERM do."""

    def __init__(self, request: Callable[[], None], tell: Callable[[str], None]) -> None:
        self._request, self._tell = request, tell
        self._asked = self._in_question = self._question_interrupted = False

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Answer a signal. Takes no lock."""
        if self._in_question:
            self._question_interrupted = True
            raise KeyboardInterrupt
        words = "already ending the task" if self._asked else "ending the task, on its hosts too"
        self._tell(f"{signal.Signals(number).name}: {words}")
        self._asked = True
        self._request()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Let a signal raise ``KeyboardInterrupt`` meanwhile: a question is not waited for.

        Nor is it asked once there was one.
        """
        self._in_question = True
        try:
            if self._asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._in_question = False
        if self._question_interrupted:  # And the exception was dropped.
            raise KeyboardInterrupt


@contextmanager
def cancel_on_signals(
    request: Callable[[], None], tell: Callable[[str], None]
) -> Iterator[SignalHandler]:
    """Let SIGINT and SIGTERM call ``request`` meanwhile; the signals' own handlers come back after.

    A SIGINT that is ignored stays ignored.
    ``tell`` gets the words for a person. Both are called from the handler, so they take no locks.
    Further signals are answered, but change nothing: the end is bounded already.
    """
    interrupts = SignalHandler(request, tell)
    before = {number: signal.signal(number, interrupts.handle) for number in ending_signals()}
    try:
        if _raised:
            raise KeyboardInterrupt
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
