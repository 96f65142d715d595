"""The protocol between the scheduler and executors: runner, dry run, debugger, simulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from worldtree.results.events import Event
from worldtree.results.run import RunOutcome, RunRequest, RunState

__all__ = ["Executor", "OnEnd", "OnEvent", "RunHandle", "RunOutcome", "RunRequest", "RunState"]

OnEvent = Callable[[Event], None]
OnEnd = Callable[[RunOutcome], None]


class RunHandle(Protocol):
    """A run in progress."""

    def cancel(self) -> None:
        """Ask the run to stop; returns immediately, idempotent, safe after the end."""

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Block until the run ended (None when ``timeout`` seconds passed first)."""

    def is_alive(self) -> bool:
        """Whether ``on_end`` may still be called; false after the call, or when it never comes."""


class Executor(Protocol):
    """Starts runs; safe to call from the scheduler's thread while other runs are in progress."""

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start ``request``.

        Calls ``on_event`` in order and ``on_end`` exactly once, after the last event; both may come
        from a thread of the executor, or before this returns. A run that fails raises nothing: its
        outcome has the state ``error``.
        """
