"""Does something before work counts as done, which others may then build on."""

from __future__ import annotations

from typing import Protocol

from worldtree.engine.executors.protocol import (
    Executor,
    OnEnd,
    OnEvent,
    RunHandle,
    RunOutcome,
    RunRequest,
)
from worldtree.results.events import Event, EventKind


class Before(Protocol):
    """What is done before; raises nothing, and comes from threads of runs."""

    def __call__(self, *, starts: bool) -> None:
        """Do it; ``starts`` says that a run is about to start."""


class BeforeDoneWorkExecutor:
    """Calls ``before`` before each event that says that a host is done, and before a run's end.

    Also before a run starts.
    """

    def __init__(self, inner: Executor, before: Before) -> None:
        self._inner, self._before = inner, before

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start the run."""

        def listen(event: Event) -> None:
            if event.last or event.kind is EventKind.PLAY_ENDED:
                self._before(starts=False)
            on_event(event)

        def end(outcome: RunOutcome) -> None:
            self._before(starts=False)
            on_end(outcome)

        self._before(starts=True)
        return self._inner.start(request, listen, end)
