"""An executor that changes nothing and returns scripted outcomes."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worldtree.engine.executors.protocol import (
    OnEnd,
    OnEvent,
    RunHandle,
    RunOutcome,
    RunRequest,
    RunState,
)
from worldtree.results.events import Event, EventKind

#: What a node does on a host: ok, changed, skipped, failed, unreachable, rescued.
Outcomes = Mapping[tuple[str, str], str | Sequence[str]]
_LOST_OUTCOMES = ("failed", "unreachable")


@dataclass
class SimulatedExecutor:
    """Emits the events that Ansible would emit.

    ``script`` maps ``(node, host)`` to an outcome, or to a list of them for successive tries (the
    last one repeats); missing ones get ``default``. A run takes the ``seconds`` of its nodes;
    without any it ends before ``start`` returns.
    """

    script: Outcomes = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    default: str = "ok"
    #: Every request, in the order of the starts.
    requests: list[RunRequest] = field(default_factory=list)
    _tries: dict[tuple[str, str], int] = field(default_factory=dict)

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Simulate the request at once, or in a thread when it takes time."""
        self.requests.append(request)
        run = _SimulatedRun(self, request, on_event, on_end)
        if any(self.seconds.get(name) for name in request.nodes):
            threading.Thread(target=run.play, daemon=True).start()
        else:
            run.play()
        return run

    def next_outcome(self, node: str, host: str) -> str:
        """Return the outcome of the next try of a node on a host."""
        found = self.script.get((node, host), self.default)
        if isinstance(found, str):
            return found
        place = self._tries.get((node, host), 0)
        self._tries[node, host] = place + 1
        return found[min(place, len(found) - 1)]


class _SimulatedRun:
    def __init__(
        self, owner: SimulatedExecutor, request: RunRequest, on_event: OnEvent, on_end: OnEnd
    ) -> None:
        self._owner, self._request = owner, request
        self._on_event, self._on_end = on_event, on_end
        self._cancel = threading.Event()
        self._ended = threading.Event()
        self._outcome: RunOutcome | None = None
        self._losses = {"failures": dict[str, int](), "dark": dict[str, int]()}

    def cancel(self) -> None:
        self._cancel.set()

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        self._ended.wait(timeout)
        return self._outcome

    def is_alive(self) -> bool:
        return not self._ended.is_set()

    def play(self) -> None:
        """Emit all events, then the end."""
        try:
            self._outcome = self._play()
        except Exception as error:  # Unreported, it would leave the task waiting for ever.
            self._outcome = RunOutcome("error", message=f"{type(error).__name__}: {error}")
        self._on_end(self._outcome)
        self._ended.set()

    def _play(self) -> RunOutcome:
        left = list(self._request.hosts)
        deadline = time.monotonic() + (self._request.timeout or float("inf"))
        for node in self._request.nodes:
            if not left:
                break
            self._emit(EventKind.PLAY_STARTED, node=node)
            for host in left:
                self._emit(EventKind.HOST_TASK_STARTED, node=node, host=host, name="Simulated")
            cut_off = self._pass_time(node, deadline)
            if cut_off is not None:
                return RunOutcome(cut_off, message=cut_off, interrupted_hosts=tuple(left))
            left = [host for host in left if self._do(node, host)]
        self._emit(EventKind.RUN_STATS, result=dict(self._losses))
        lost = any(self._losses.values())
        return RunOutcome("finished", rc=2 if lost else 0, complete=True)

    def _pass_time(self, node: str, deadline: float) -> RunState | None:
        """Wait for the node's seconds; return how it was cut off, or None."""
        seconds = self._owner.seconds.get(node, 0.0)
        allowed = max(0.0, min(seconds, deadline - time.monotonic()))
        if self._cancel.wait(allowed) if seconds else self._cancel.is_set():
            return "cancelled"
        return "timeout" if allowed < seconds else None

    def _do(self, node: str, host: str) -> bool:
        """Emit the events of a node on a host; return whether the host continues."""
        outcome = self._owner.next_outcome(node, host)
        first = "failed" if outcome == "rescued" else outcome
        self._finish_task(node, host, "Simulated", first)
        if outcome == "rescued":
            self._finish_task(node, host, "Rescue", "ok")
        if outcome in _LOST_OUTCOMES:
            self._losses["dark" if outcome == "unreachable" else "failures"][host] = 1
        return outcome not in _LOST_OUTCOMES

    def _finish_task(self, node: str, host: str, name: str, status: str) -> None:
        message = f"simulated: {status}" if status in _LOST_OUTCOMES else None
        self._emit(
            EventKind.HOST_TASK_FINISHED,
            node=node,
            host=host,
            name=name,
            status=status,
            message=message,
        )

    def _emit(self, kind: EventKind, **fields: Any) -> None:
        event = Event(kind=kind, time=time.time(), attempt=self._request.attempt, **fields)
        self._on_event(event)
