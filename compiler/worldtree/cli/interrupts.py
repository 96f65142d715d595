"""Ctrl-C and SIGTERM ask a running task to end; nothing is torn down half-way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click


@contextmanager
def cancel_on_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGINT and SIGTERM set; the signals' own handlers come back after.

    Further signals are answered, but change nothing: the end is bounded already.
    """
    cancelled = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        words = "already ending" if cancelled.is_set() else "ending the task"
        click.echo(f"\n{signal.Signals(number).name}: {words}, hosts included …", err=True)
        cancelled.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancelled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
