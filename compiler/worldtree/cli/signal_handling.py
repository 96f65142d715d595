"""Makes Ctrl-C and SIGTERM request an orderly end of a running task."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from worldtree.core.signals import ending_signals

#: Whether ``KeyboardInterrupt`` was raised; Python may have dropped it.
_raised = False


def raise_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Raise ``KeyboardInterrupt`` and remember it.

    Python drops an exception that is raised in one of its own callbacks, which are frequent while
    modules are loaded. ``cancel_on_signals`` raises it again before any work begins.
    """
    global _raised
    _raised = True
    raise KeyboardInterrupt


def was_interrupted() -> bool:
    """Whether ``raise_interrupt`` has raised ``KeyboardInterrupt`` in this process."""
    return _raised


class SignalHandler:
    """Handles SIGINT and SIGTERM during a task."""

    def __init__(self, request: Callable[[], None], tell: Callable[[str], None]) -> None:
        self._request, self._tell = request, tell
        self._asked = self._in_question = self._question_interrupted = False

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal. Takes no lock."""
        if self._in_question:
            self._question_interrupted = True
            raise KeyboardInterrupt
        words = (
            "the task is already ending" if self._asked else "ending the task, also on its hosts"
        )
        self._tell(f"{signal.Signals(number).name}: {words}")
        self._asked = True
        self._request()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Let signals raise ``KeyboardInterrupt`` during a question.

        If a signal came before, the question is not asked.
        """
        self._in_question = True
        try:
            if self._asked:
                raise KeyboardInterrupt
            yield
        except Exception as error:
            # Libraries turn an exception that hits their callbacks into errors of their own.
            if self._question_interrupted:
                raise KeyboardInterrupt from error
            raise
        finally:
            self._in_question = False
        if self._question_interrupted:  # Python dropped the exception.
            raise KeyboardInterrupt


@contextmanager
def cancel_on_signals(
    request: Callable[[], None], tell: Callable[[str], None]
) -> Iterator[SignalHandler]:
    """Call ``request`` on SIGINT and SIGTERM; restore the previous handlers at the end.

    An ignored SIGINT stays ignored.
    ``tell`` gets a message for people. Both are called from the handler, so they take no locks.
    Further signals only repeat the message, since the end of the task has a time limit.
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
