"""The events of a task from a run that is over, with what follows from it for nodes and hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worldtree.engine.cancellation import Cancellation
from worldtree.engine.prior_results import PriorResults
from worldtree.engine.run_options import RunOptions
from worldtree.engine.scheduling.messages import RunEnded, as_event, node_listing
from worldtree.engine.scheduling.task_progress import TaskProgress
from worldtree.engine.shared_work import OtherSuccesses
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunOutcome
from worldtree.results.status import HostStatus

_NOT_IN_RUN = "the imported run did not begin it"


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run of a plan's plays that this program did not start; times are UTC epoch seconds."""

    attempt: str
    #: What happened on hosts, in order; each has the run's ``attempt``.
    events: Sequence[Event]
    outcome: RunOutcome
    started: float
    ended: float
    #: The hosts that it was limited to; None: all.
    limit: frozenset[str] | None = None
    #: The nodes that are not known to have run as a whole -> the options because of which.
    cut: Mapping[str, str] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes whose plays began, in order."""
        begun = (event.node for event in self.events if event.kind is EventKind.PLAY_STARTED)
        return tuple(dict.fromkeys(name for name in begun if name is not None))


def recorded_events(
    plan: Plan, task_id: str, run: EndedRun, others: OtherSuccesses, directory: Path
) -> list[Event]:
    """Return all events of a task that is this run of ``plan``.

    Its successes have no digest: which content and variables ran is not known from a recording, so
    that `--changed` does not rely on them. ``directory`` is the attempt's own.
    """
    return _RecordedTask(plan, run, others).events(task_id, directory)


class _RecordedTask:
    def __init__(self, plan: Plan, run: EndedRun, others: OtherSuccesses) -> None:
        self._plan, self._run, self._now = plan, run, run.started
        cancellation = Cancellation()
        if run.outcome.state == "cancelled":
            cancellation.request()
        self._task = TaskProgress(
            plan,
            RunOptions(unproven=frozenset(plan.graph.nodes)),
            cancellation,
            PriorResults(others=others),
            clock=lambda: self._now,
        )

    def events(self, task_id: str, directory: Path) -> list[Event]:
        task, run = self._task, self._run
        listed = {
            "task_id": task_id,
            "cluster": self._plan.cluster,
            "pipeline": self._plan.pipeline,
            "nodes": node_listing(self._plan.graph.nodes.values()),
            **({"parameters": self._plan.parameters} if self._plan.parameters else {}),
            **({"cut": dict(run.cut)} if run.cut else {}),
        }
        task.emit(EventKind.TASK_STARTED, result=listed)
        task.begin_attempt(run.attempt, run.nodes, self._hosts(), directory)
        begun: set[str | None] = set()
        for event in run.events:
            self._now = max(self._now, event.time)
            task.add(event)
            if event.kind is EventKind.PLAY_STARTED and event.node not in begun:
                begun.add(event.node)
                task.emit(EventKind.NODE_STARTED, attempt=run.attempt, node=event.node)
        self._now = max(self._now, run.ended)
        end = as_event(RunEnded(run.attempt, run.outcome))
        task.add(end.model_copy(update={"time": self._now}))
        for name in (name for layer in self._plan.layers for name in layer):
            self._finish_node(name)
        task.finish_task()
        return task.outbox

    def _hosts(self) -> list[str]:
        """Return the hosts of the run, in the order of the plan."""
        hosts = {h for name in self._run.nodes for h in self._plan.graph.nodes[name].hosts}
        return [
            host.name for host in self._plan.hosts if host.name in hosts and self._has(host.name)
        ]

    def _has(self, host: str) -> bool:
        return self._run.limit is None or host in self._run.limit

    def _finish_node(self, name: str) -> None:
        task, found = self._task, self._task.progress.nodes[name]
        verdict = task.progress.judge(name)
        if name not in self._run.nodes:
            cause = verdict.caused_by or task.stopped_by
            task.skip(name, cause, None if cause else _NOT_IN_RUN)
            return
        found.started = True
        found.message = self._run.outcome.message or None
        statuses = task.fold.statuses(name)
        for host in found.node.hosts:
            cause = verdict.dropped.get(host) or verdict.caused_by
            # What a run did stands, also where WorldTree would not have begun it.
            is_dropped = cause is not None or not self._has(host)
            if statuses[host] is HostStatus.NOT_RUN and is_dropped:
                task.drop([name], host, cause)
            else:
                task.settle(name, [host])
        task.finish_node(name)
