"""A scheduler that continues only when a test lets it, and runs that end on command."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from worldtree.engine.cancellation import Cancellation
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunOutcome, RunRequest
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, NodeHost, PriorResults
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.run_options import RunOptions
from worldtree.engine.scheduling.scheduler import Scheduler
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.tree import TaskResult

_LOST = ("failed", "unreachable")
#: Is given a request and those that run; raises ``AssertionError``.
Check = Callable[[RunRequest, Sequence[RunRequest]], None]


class KilledError(Exception):
    """What a killed process does not see."""


@dataclass
class HeldRun:
    """A run that waits for a test to decide what happens next."""

    request: RunRequest
    on_event: OnEvent
    on_end: OnEnd
    #: Hosts that are still in it, and the place of the next node.
    left: list[str] = field(default_factory=list)
    place: int = 0
    cancelled: bool = False
    losses: dict[str, dict[str, int]] = field(default_factory=lambda: {"failures": {}, "dark": {}})

    def cancel(self) -> None:
        """Take note."""
        self.cancelled = True

    def is_alive(self) -> bool:
        """Its end is always reported."""
        return True

    def wait(self, timeout: float | None = None) -> None:
        """Say at once that nothing is known."""

    def begin_node(self) -> str:
        """Begin the next node's play and its task on every host; return the node."""
        node = self.request.nodes[self.place]
        self._emit(EventKind.PLAY_STARTED, node=node)
        for host in self.left:
            self._emit(EventKind.HOST_TASK_STARTED, node=node, host=host, name="Held")
        return node

    def do_node(self, outcome: Callable[[str, str], str]) -> bool:
        """Do the next node on every host; whether anything is left to do then."""
        node = self.begin_node()
        for host in list(self.left):
            self._do(node, host, outcome(node, host))
        self.place += 1
        return bool(self.left) and self.place < len(self.request.nodes)

    def finish(self) -> None:
        """Come to the run's own end."""
        self._emit(EventKind.RUN_STATS, result=dict(self.losses))
        self.on_end(RunOutcome("finished", rc=0, complete=True))

    def cut_off(self, state: Any, done: Collection[str] = ()) -> list[NodeHost]:
        """End in the middle of the next node, which ``done`` hosts had done; return those pairs."""
        pairs = []
        if self.left and self.place < len(self.request.nodes):
            node = self.begin_node()
            for host in done:
                self._do(node, host, "changed")
                pairs.append((node, host))
        busy = tuple(host for host in self.left if host not in done)
        self.on_end(RunOutcome(state, message=state, interrupted_hosts=busy))
        return pairs

    def _do(self, node: str, host: str, outcome: str) -> None:
        for status in ("failed", "ok") if outcome == "rescued" else (outcome,):
            last = outcome not in _LOST and status != "failed"
            done = {"host": host, "name": "Held", "status": status, "last": last}
            self._emit(EventKind.HOST_TASK_FINISHED, node=node, **done)
        if outcome in _LOST:
            self.losses["dark" if outcome == "unreachable" else "failures"][host] = 1
            self.left.remove(host)

    def _emit(self, kind: EventKind, **fields: Any) -> None:
        self.on_event(Event(kind=kind, time=time.time(), attempt=self.request.attempt, **fields))


class HeldExecutor:
    """Starts runs that stand still; ``check`` sees every request and those that run before."""

    def __init__(self, check: Check) -> None:
        #: What ``check`` raised: the scheduler takes it for a run that cannot be started.
        self.problem: AssertionError | None = None
        self.runs: dict[str, HeldRun] = {}
        self._check = check

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> HeldRun:
        """Hold a run."""
        try:
            self._check(request, [run.request for run in self.runs.values()])
        except AssertionError as problem:
            self.problem = self.problem or problem
        run = HeldRun(request, on_event, on_end, list(request.hosts))
        self.runs[request.attempt] = run
        return run


class DrivenScheduler(Scheduler):
    """Stops wherever it would wait, until the test lets it continue."""

    idle: SimpleQueue[str]
    go: SimpleQueue[str]

    def _wait(self) -> list[Any]:
        self._flush()
        while self._inbox.empty() and self._waiting.next_moment is None:
            self.idle.put("idle")
            if self.go.get() == "kill":
                raise KilledError
        return super()._wait()


class DrivenTask:
    """One life of a task, from its start or from where the one before it was killed."""

    def __init__(
        self,
        plan: Plan,
        recorder: MemoryRecorder,
        check: Check,
        known: PriorResults = NO_PRIOR_RESULTS,
    ) -> None:
        self.cancellation = Cancellation()
        self.executor = HeldExecutor(check)
        self.result: TaskResult | None = None
        self.error: BaseException | None = None
        self.ended = False
        self._idle: SimpleQueue[str] = SimpleQueue()
        self._go: SimpleQueue[str] = SimpleQueue()
        self._scheduler = DrivenScheduler(
            plan,
            task_id="t",
            bundle=Path("/nowhere"),
            directory=Path("/nowhere"),
            executor=self.executor,
            recorder=recorder,
            options=RunOptions(),
            cancellation=self.cancellation,
            on_event=lambda _event: None,
            known=known,
        )
        self._scheduler.idle, self._scheduler.go = self._idle, self._go
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.settle()

    def _run(self) -> None:
        try:
            self.result = self._scheduler.run()
        except BaseException as error:
            self.error = error
        self._idle.put("ended")

    def settle(self) -> None:
        """Wait until the scheduler waits, or has ended; raises what it raised."""
        self.ended = self._idle.get(timeout=30) == "ended"
        if self.executor.problem is not None:
            raise self.executor.problem
        if self.error is not None and not isinstance(self.error, KilledError):
            raise self.error

    def let_go(self) -> None:
        """Let it take in what happened."""
        self._go.put("go")
        self.settle()

    def kill(self) -> None:
        """End it where it stands."""
        if not self.ended:
            self._go.put("kill")
            self.settle()
            self._thread.join(30)
