"""Ctrl-C and SIGTERM ask a running task to end; nothing is torn down half-way."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def cancelling(request: Callable[[], None], tell: Callable[[str], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM call ``request`` meanwhile; the signals' own handlers come back after.

    ``tell`` gets the words for a person. Both are called from the handler, so they take no locks.
    Further signals are answered, but change nothing: the end is bounded already.
    """
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        del frame
        words = "already ending the task" if asked else "ending the task, on its hosts too"
        tell(f"{signal.Signals(number).name}: {words}")
        asked = True
        request()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
