"""Records every state change and event before the scheduler acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from worldtree.results.events import Event


class Recorder(Protocol):
    """Keeps a task's events; one instance per task, called from the scheduler's thread only."""

    def record(self, events: Sequence[Event]) -> Sequence[Event]:
        """Make ``events`` durable, all or none, and return them with their ``seq`` assigned.

        An exception ends the task: work that cannot be recorded must not be done.
        """


class MemoryRecorder:
    """Keeps events in memory: for tests and dry runs, which leave nothing to resume."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, events: Sequence[Event]) -> Sequence[Event]:
        """Append ``events``, numbered on from the last."""
        first = len(self.events) + 1
        numbered = [
            event.model_copy(update={"seq": first + place}) for place, event in enumerate(events)
        ]
        self.events.extend(numbered)
        return numbered
