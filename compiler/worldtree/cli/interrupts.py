"""Ctrl-C and SIGTERM ask a running task to end; nothing is torn down half-way."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def cancelling(request: Callable[[], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM call ``request`` meanwhile; the signals' own handlers come back after.

    Further signals are answered, but change nothing: the end is bounded already.
    """
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        del frame
        words = "already ending the task" if asked else "ending the task, on its hosts too"
        # Not print: a handler may run inside another write to the same stream.
        os.write(sys.stderr.fileno(), f"\n{signal.Signals(number).name}: {words}\n".encode())
        asked = True
        request()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
