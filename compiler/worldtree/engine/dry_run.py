"""Runs the real scheduler on a virtual clock: order, times, critical path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.engine.cancellation import Cancellation
from worldtree.engine.executors.virtual import NodeSeconds, NodeSpan, VirtualExecutor
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.run_options import RunOptions
from worldtree.engine.scheduling.scheduler import Scheduler
from worldtree.graph.dag import Dag
from worldtree.plan.plan import Plan
from worldtree.results.tree import TaskResult

#: Nothing is read from or written to this path.
_NOWHERE = Path("/nonexistent")


@dataclass(frozen=True, slots=True)
class DryRun:
    """How a plan would run; times are seconds since its start."""

    result: TaskResult
    #: In the order of their starts.
    spans: tuple[NodeSpan, ...]
    #: When the last node would end.
    makespan: float
    #: The nodes that bound the total time even with unlimited concurrency, in order.
    critical_path: tuple[str, ...]
    #: Seconds of the critical path: no concurrency makes the task faster.
    critical_seconds: float


def dry_run_plan(
    plan: Plan, seconds: NodeSeconds, options: RunOptions | None = None, **scheduling: Any
) -> DryRun:
    """Return how ``plan`` would run if each node took ``seconds``; nothing is run or written.

    ``scheduling`` is passed to the scheduler, such as the ``known`` results.
    """
    executor = VirtualExecutor(seconds)
    result = _VirtualScheduler(
        executor,
        plan,
        task_id="dry-run",
        bundle=_NOWHERE,
        directory=_NOWHERE,
        executor=executor,
        recorder=MemoryRecorder(),
        options=options or RunOptions(),
        cancellation=Cancellation(),
        on_event=lambda _event: None,
        **scheduling,
    ).run()
    spans = tuple(sorted(executor.spans, key=lambda span: (span.start, span.run, span.end)))
    took = {span.node: span.end - span.start for span in spans}
    path, critical = _critical_path(plan, took)
    return DryRun(result, spans, max((s.end for s in spans), default=0.0), path, critical)


class _VirtualScheduler(Scheduler):
    """The scheduler, but it advances the virtual clock when it has nothing to start."""

    def __init__(self, clock: VirtualExecutor, plan: Plan, **rest: Any) -> None:
        super().__init__(plan, **rest)
        self._clock = clock

    def _wait(self) -> list[Any]:
        self._flush()
        if self._inbox.empty():
            self._clock.advance()
        return super()._wait()


def _critical_path(plan: Plan, took: Mapping[str, float]) -> tuple[tuple[str, ...], float]:
    """Return the longest path through the plan and its seconds, without nodes that do not run."""
    edges = [(edge.before, edge.after, edge.kind) for edge in plan.graph.edges]
    weights = {name: took.get(name, 0.0) for name in plan.graph.nodes}
    merged = {(before, after): kind for before, after, kind in edges}
    dag = Dag(plan.graph.nodes, [(a, b, kind) for (a, b), kind in merged.items()])
    path = [name for name in dag.critical_path(weights).nodes if name in took]
    return tuple(path), sum(took[name] for name in path)
