"""The executor of the step debugger: skips nodes and applies edited variables."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from worldtree.engine.debugger import Debugger
from worldtree.engine.executors.protocol import (
    Executor,
    OnEnd,
    OnEvent,
    RunHandle,
    RunOutcome,
    RunRequest,
)
from worldtree.engine.run_options import RunOptions
from worldtree.results.events import Event, EventKind

#: Name of the entry that a skipped node has in place of Ansible tasks.
MANUAL_TASK_NAME = "Debugger"


class SteppingExecutor:
    """Passes to ``inner`` what the debugger does not skip; use it with ``stepping_options``."""

    def __init__(self, inner: Executor, debugger: Debugger) -> None:
        self._inner, self._debugger = inner, debugger

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start the node, or skip it as the debugger decided."""
        (node,) = request.nodes
        edited = self._debugger.edited_for(node)
        if self._debugger.skips(node):
            _emit_skipped(request, on_event)
            on_end(RunOutcome("finished", rc=0, complete=True))
            return _EndedRun()
        if edited:
            words = self._debugger.describe_edits(node)
            _emit(request, on_event, EventKind.RUN_MESSAGE, node=node, status="info", message=words)
        return self._inner.start(
            replace(request, vars={**request.vars, **edited}), on_event, on_end
        )


def stepping_options(options: RunOptions, debugger: Debugger) -> RunOptions:
    """Return ``options`` for one node at a time, each in a run of its own."""
    return replace(
        options,
        concurrency=1,
        alone=True,
        before=debugger.before,
        again=debugger.again,
        unproven=debugger.touched,
    )


def _emit_skipped(request: RunRequest, on_event: OnEvent) -> None:
    (node,) = request.nodes
    _emit(request, on_event, EventKind.PLAY_STARTED, node=node)
    task = {
        "node": node,
        "name": MANUAL_TASK_NAME,
        "status": "skipped",
        "message": "skipped in the debugger",
    }
    for host in request.hosts:
        _emit(request, on_event, EventKind.HOST_TASK_FINISHED, host=host, **task)
    _emit(request, on_event, EventKind.RUN_STATS)


def _emit(request: RunRequest, on_event: OnEvent, kind: EventKind, **fields: Any) -> None:
    on_event(Event(kind=kind, time=time.time(), attempt=request.attempt, **fields))


class _EndedRun:
    """The handle of a run that ended before ``start`` returned."""

    def cancel(self) -> None:
        """Do nothing: the run has ended."""

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Return at once: the run has ended."""
        del timeout
        return None

    def is_alive(self) -> bool:
        """Its end is reported."""
        return False
