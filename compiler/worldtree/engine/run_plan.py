"""Executes a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from worldtree.engine.cancellation import Cancellation
from worldtree.engine.executors.protocol import Executor
from worldtree.engine.notices import Notices
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResults
from worldtree.engine.recorder import Recorder
from worldtree.engine.run_options import RunOptions
from worldtree.engine.scheduling.scheduler import Scheduler
from worldtree.plan.plan import Plan
from worldtree.results.events import Event
from worldtree.results.tree import TaskResult


def run_plan(
    plan: Plan,
    *,
    task_id: str,
    bundle: Path,
    directory: Path,
    executor: Executor,
    recorder: Recorder,
    options: RunOptions | None = None,
    cancellation: Cancellation | None = None,
    on_event: Callable[[Event], None] | None = None,
    known: PriorResults = NO_PRIOR_RESULTS,
    notices: Notices | None = None,
) -> TaskResult:
    """Execute ``plan`` from the frozen ``bundle`` to its end and return its result.

    ``task_id`` must be globally unique and of a fixed length (it is part of the attempts' ids, by
    which left-over processes are found on hosts). ``directory`` gets one directory per attempt.
    Work with a ``known`` result does not run again. ``on_event`` gets every event once it is
    recorded, in the calling thread; ``notices`` become events while the plan runs. The result has
    no Ansible tasks; the events have them. Raises only what the recorder raises, after every run
    has ended.
    """
    return Scheduler(
        plan,
        task_id=task_id,
        bundle=bundle,
        directory=directory,
        executor=executor,
        recorder=recorder,
        options=options or RunOptions(),
        cancellation=cancellation or Cancellation(),
        on_event=on_event or (lambda _event: None),
        known=known,
        notices=notices,
    ).run()
