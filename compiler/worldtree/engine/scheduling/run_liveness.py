"""Finds runs whose end will never be reported, so that no task waits for them for ever."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from worldtree.engine.executors.protocol import RunHandle
from worldtree.results.run import RunOutcome

#: Seconds between checks.
CHECK_SECONDS = 5.0
#: The outcome of a run whose reader died.
READER_DIED = RunOutcome(
    "error", message="the reader of this run stopped before it reported the run's outcome"
)


class RunLiveness:
    """Checks the readers of runs from time to time.

    A run counts as unreported when its reader was dead at two checks in a row: by the second one an
    end that was reported just before the first is processed.
    """

    def __init__(self) -> None:
        self._next = time.monotonic() + CHECK_SECONDS
        self._suspects: frozenset[str] = frozenset()

    @property
    def next_moment(self) -> float:
        """When the next check is due, on the monotonic clock."""
        return self._next

    def unreported(self, handles: Mapping[str, RunHandle | None]) -> Iterable[str]:
        """Return those of the running attempts whose end will not be reported."""
        now = time.monotonic()
        if now < self._next:
            return ()
        self._next = now + CHECK_SECONDS
        dead = frozenset(
            attempt
            for attempt, handle in handles.items()
            if handle is not None and not handle.is_alive()
        )
        confirmed = dead & self._suspects
        self._suspects = dead - confirmed
        return sorted(confirmed)
