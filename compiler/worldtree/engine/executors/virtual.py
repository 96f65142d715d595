"""An executor on a virtual clock: runs take the seconds they are given, and no real time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunOutcome, RunRequest
from worldtree.results.events import Event, EventKind

#: ``(node, hosts)`` -> seconds that the node takes on these hosts.
NodeSeconds = Callable[[str, tuple[str, ...]], float]


@dataclass(frozen=True, slots=True)
class NodeSpan:
    """When a node would run; seconds since the start of the task."""

    node: str
    #: Hosts that it would run on.
    hosts: tuple[str, ...]
    start: float
    end: float
    #: Number of the run, from 1; nodes of one run share it.
    run: int


class VirtualExecutor:
    """Changes nothing, contacts no host, writes nothing to disk; every host succeeds.

    Runs end in the order of the virtual clock, one moment per call of ``advance``: the scheduler
    calls it when nothing more can be started.
    """

    def __init__(self, seconds: NodeSeconds) -> None:
        self._seconds = seconds
        self._coming: list[tuple[float, int, Iterator[float]]] = []
        self._runs = 0
        #: The virtual clock: seconds since the start of the task.
        self.now = 0.0
        #: The nodes that ran, in the order of their ends.
        self.spans: list[NodeSpan] = []
        self._zero = time.time()

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start the request's first node at the current virtual time."""
        self._runs += 1
        play = self._play(request, self._runs, on_event, on_end)
        self._go_on(self._runs, play)
        return _EndedRun()

    def advance(self) -> bool:
        """Advance the clock to the next moment at which something happens; False without one."""
        if not self._coming:
            return False
        self.now = self._coming[0][0]
        while self._coming and self._coming[0][0] <= self.now:
            _, number, play = heapq.heappop(self._coming)
            self._go_on(number, play)
        return True

    def _go_on(self, number: int, play: Iterator[float]) -> None:
        moment = next(play, None)
        if moment is not None:
            heapq.heappush(self._coming, (moment, number, play))

    def _play(
        self, request: RunRequest, number: int, on_event: OnEvent, on_end: OnEnd
    ) -> Iterator[float]:
        """Run one node after the other; yields the moments at which it continues."""

        def say(kind: EventKind, **fields: object) -> None:
            event = {"kind": kind, "time": self._zero + self.now, "attempt": request.attempt}
            on_event(Event.model_validate({**event, **fields}))

        for node in request.nodes:
            began = self.now
            say(EventKind.PLAY_STARTED, node=node)
            yield began + self._seconds(node, request.hosts)
            self.spans.append(NodeSpan(node, request.hosts, began, self.now, number))
            times = {"started": self._zero + began, "ended": self._zero + self.now}
            for host in request.hosts:
                task = {"node": node, "host": host, "name": "Simulated", "status": "ok", **times}
                say(EventKind.HOST_TASK_FINISHED, **task)
        say(EventKind.RUN_STATS)
        on_end(RunOutcome("finished", rc=0, complete=True))


class _EndedRun:
    """The handle of a virtual run."""

    def cancel(self) -> None:
        """Do nothing: only ``advance`` moves the run."""

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Do nothing: only ``advance`` moves the run."""
        del timeout
        return None

    def is_alive(self) -> bool:
        """The clock reports its end."""
        return True
