"""The scheduler: starts ready nodes, processes events, decides what follows.

It has one thread. Executors put events and ends of runs into an inbox; decisions are made in
memory, and nothing outside sees their effect before the recorder has stored it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from worldtree.engine.cancellation import Cancellation
from worldtree.engine.executors.protocol import Executor, RunOutcome, RunRequest
from worldtree.engine.notices import Notices
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResults
from worldtree.engine.recorder import Recorder
from worldtree.engine.run_options import RunOptions
from worldtree.engine.scheduling.active_run import ActiveRun
from worldtree.engine.scheduling.backoff import backoff_seconds
from worldtree.engine.scheduling.chain_builder import ChainBuilder
from worldtree.engine.scheduling.chains import run_locks
from worldtree.engine.scheduling.inbox import CAPACITY, Inbox
from worldtree.engine.scheduling.lost_hosts import remaining_units
from worldtree.engine.scheduling.messages import RunEnded, as_event, node_listing
from worldtree.engine.scheduling.run_liveness import READER_DIED, RunLiveness
from worldtree.engine.scheduling.run_request import run_request
from worldtree.engine.scheduling.task_progress import TaskProgress
from worldtree.engine.scheduling.work_units import WorkQueue, WorkUnit
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.node_status import is_success
from worldtree.results.tree import TaskResult

#: Seconds to wait for cancelled runs when the scheduler itself fails.
_FINAL_WAIT_SECONDS = 10.0
#: Seconds that events may wait to be recorded with the next ones, when they start no run.
_RECORD_DELAY_SECONDS = 0.02


class Scheduler:
    """Executes one plan, once."""

    def __init__(
        self,
        plan: Plan,
        *,
        task_id: str,
        bundle: Path,
        directory: Path,
        executor: Executor,
        recorder: Recorder,
        options: RunOptions,
        cancellation: Cancellation,
        on_event: Callable[[Event], None],
        known: PriorResults = NO_PRIOR_RESULTS,
        notices: Notices | None = None,
    ) -> None:
        self._notices = notices or Notices(lambda _words: None)
        self._plan, self._task_id = plan, task_id
        self._bundle, self._directory = bundle, directory
        self._executor, self._recorder = executor, recorder
        self._options, self._cancellation, self._on_event = options, cancellation, on_event
        self._known = known
        self._task = TaskProgress(plan, options, cancellation, known)
        self._fold, self._progress = self._task.fold, self._task.progress
        self._chaining = None if options.alone else ChainBuilder(plan.graph, self._task, known)
        self._mutex_of = run_locks(plan.graph)
        self._limit = options.concurrency or plan.policy.concurrency or 1
        self._waiting = WorkQueue()
        self._running: dict[str, ActiveRun] = {}
        self._started = known.attempts
        self._halted = False
        self._inbox = Inbox()
        self._liveness = RunLiveness()
        #: When the queued events have to be recorded.
        self._record_by: float | None = None

    # ---- the loop ------------------------------------------------------------------------------

    def run(self) -> TaskResult:
        """Run the plan to its end. Raises only what the recorder raises, after all runs ended."""
        try:
            self._begin()
            while True:
                self._halt_if_stopped()
                self._start_ready()
                if not self._running and (
                    self._cancellation.requested or self._waiting.next_moment is None
                ):
                    break
                self._take(self._wait())
            self._notices.disconnect()
            self._take(self._inbox.take(0))  # What was said last.
            return self._finish_task()
        finally:
            self._notices.disconnect()
            self._end_runs()

    @property
    def _ending(self) -> bool:
        return self._cancellation.requested or self._task.stopped_by is not None

    def _begin(self) -> None:
        left_out = self._plan.left_out
        data = {
            "task_id": self._task_id,
            "cluster": self._plan.cluster,
            "pipeline": self._plan.pipeline,
            "nodes": node_listing(self._plan.graph.nodes.values()),
            **({"left_out": left_out} if left_out else {}),
            **({"parameters": self._plan.parameters} if self._plan.parameters else {}),
            **({"cut": self._plan.cut_options} if self._plan.cut else {}),
            **({"again": again} if (again := self._known.again_by_node) else {}),
        }
        resumed = self._known.history is not None
        self._task.emit(EventKind.TASK_RESUMED if resumed else EventKind.TASK_STARTED, result=data)
        self._task.record_reused()
        self._notices.connect(self._inbox.put_now)
        self._cancellation.listen(self._inbox.wake)
        self._release(self._progress.roots())

    def _wait(self) -> list[Event | RunEnded]:
        """Wait for the first message or timer, then take all messages."""
        now = time.monotonic()
        if len(self._task.outbox) >= CAPACITY:
            self._flush()
        if self._task.outbox and self._record_by is None:
            self._record_by = now + _RECORD_DELAY_SECONDS
        timer = None if self._cancellation.requested else self._waiting.next_moment
        liveness = self._liveness.next_moment if self._running else None
        moments = [m for m in (timer, self._record_by, liveness) if m is not None]
        messages = self._inbox.take(max(0.0, min(moments) - now) if moments else None)
        now = time.monotonic()
        self._waiting.wake(now)
        if self._record_by is not None and now >= self._record_by:
            self._flush()
        self._report_dead_runs(messages)
        return messages

    def _report_dead_runs(self, messages: Sequence[Event | RunEnded]) -> None:
        ended = {message.attempt for message in messages if isinstance(message, RunEnded)}
        handles = {a: run.handle for a, run in self._running.items() if a not in ended}
        for attempt in self._liveness.unreported(handles):
            self._inbox.put_end(RunEnded(attempt, READER_DIED))

    def _take(self, messages: Sequence[Event | RunEnded]) -> None:
        """Process messages in order; they and what follows are recorded in one transaction.

        A run starts, and an event is shown, only once everything up to it is on disk.
        """
        ends = {m.attempt: m.outcome for m in messages if isinstance(m, RunEnded)}
        events = [as_event(m) for m in messages]
        for event in events:
            self._fold.add(event)
        self._task.outbox.extend(events)
        if self._options.again is not None:
            self._flush()  # A person may be asked about them.
        for event in events:
            if event.kind is EventKind.PLAY_STARTED:
                self._play_started(event)
            elif event.kind is EventKind.ATTEMPT_FINISHED and event.attempt is not None:
                self._run_ended(event.attempt, ends[event.attempt])
        if self._cancellation.requested:
            for run in self._running.values():
                if run.handle is not None:
                    run.handle.cancel()

    # ---- starting ------------------------------------------------------------------------------

    def _release(self, names: Sequence[str]) -> None:
        """Decide where nodes run whose predecessors have finished; skipped nodes release others."""
        todo = list(reversed(names))
        while todo:
            name = todo.pop()
            found = self._progress.nodes[name]
            if found.started or found.final is not None:
                continue
            verdict = self._progress.judge(name)
            found.dropped.update(verdict.dropped)
            if not verdict.hosts:
                todo.extend(reversed(self._task.skip(name, verdict.caused_by)))
                continue
            for host, cause in verdict.dropped.items():
                self._task.drop([name], host, cause)
            self._task.drop_excluded(name, verdict.hosts)
            hosts = self._task.begin_node(name, verdict.hosts)
            if hosts:
                self._waiting.push(WorkUnit(found.position, (name,), hosts))
            else:
                todo.extend(reversed(self._task.finish_node(name)))

    def _start_ready(self) -> None:
        """Start the units that may run now; all are recorded before the first one starts."""
        requests = []
        while not self._cancellation.requested and len(self._running) < self._limit:
            unit = self._next_unit()
            if unit is None:
                break
            if self._chaining is not None and not unit.is_retry:
                unit = self._chaining.extended(unit)
            requests.append(self._prepare(unit))
        if requests:
            self._flush()
        for request in requests:
            self._launch(request)

    def _next_unit(self) -> WorkUnit | None:
        """Return the next unit to start; None without one, or when the debugger ends the task."""
        unit = self._waiting.pop(self._mutex_of)
        if unit is not None and self._options.before is not None:
            self._flush()  # A person may be asked.
            if not self._options.before(unit.nodes[0], unit.hosts):
                self._waiting.push(unit)
                return None
        return unit

    def _prepare(self, unit: WorkUnit) -> RunRequest:
        self._started += 1
        attempt = f"{self._task_id}.{self._started:06d}"
        for name in unit.nodes:
            self._progress.nodes[name].started = True
        self._running[attempt] = ActiveRun(unit)
        directory = self._directory / attempt
        self._task.begin_attempt(attempt, unit.nodes, unit.hosts, directory)
        self._node_started(attempt, unit.nodes[0])
        return run_request(
            unit,
            attempt=attempt,
            plan=self._plan,
            options=self._options,
            bundle=self._bundle,
            directory=directory,
        )

    def _launch(self, request: RunRequest) -> None:
        attempt = request.attempt

        def on_end(outcome: RunOutcome) -> None:
            self._inbox.put_end(RunEnded(attempt, outcome))

        try:
            handle = self._executor.start(request, self._inbox.put, on_end)
        except Exception as error:  # An executor's bug fails the run.
            on_end(RunOutcome("error", message=f"the run could not be started: {error}"))
        else:
            self._running[attempt].handle = handle

    def _node_started(self, attempt: str, name: str) -> None:
        begun = self._running[attempt].begun
        if name not in begun:
            begun.add(name)
            self._task.emit(EventKind.NODE_STARTED, attempt=attempt, node=name)

    # ---- processing ----------------------------------------------------------------------------

    def _play_started(self, event: Event) -> None:
        """Ansible began the next node of a chain: the one before may have ended."""
        attempt, name = event.attempt or "", event.node or ""
        run = self._running.get(attempt)
        if run is None or name not in run.unit.nodes:
            return
        place = run.unit.nodes.index(name)
        previous = run.unit.nodes[place - 1]
        if place and self._fold.passed(attempt, previous):
            self._task.finalise_successful(previous, run.unit.hosts)
            self._finish_if_done(previous)
        self._node_started(attempt, name)

    def _run_ended(self, attempt: str, outcome: RunOutcome) -> None:
        unit = self._running.pop(attempt).unit
        self._waiting.release(self._mutex_of.get(unit.nodes[0]))
        again: dict[str, list[str]] = {}
        lost: dict[str, str] = {}
        for host in unit.hosts:
            lost_at = self._settle_until_lost(unit.nodes, host)
            if lost_at is None:
                continue
            found = self._progress.nodes[lost_at]
            found.tries[host] = found.tries.get(host, 0) + 1
            found.message = outcome.message or found.message
            if self._may_retry(lost_at, host, outcome):
                again.setdefault(lost_at, []).append(host)
            else:
                lost[host] = lost_at
        if self._options.every_pair and not self._cancellation.requested:
            for rest in remaining_units(unit, lost, self._task):
                self._waiting.push(rest)
        for host, name in lost.items():
            self._give_up(unit.nodes, name, host)
        for name in unit.nodes:
            self._finish_if_done(name)
        for name, hosts in again.items():
            self._retry_later(unit, name, hosts)

    def _settle_until_lost(self, nodes: Sequence[str], host: str) -> str | None:
        """Make a host's results along a chain final; return the node at which it was lost."""
        for name in nodes:
            if not is_success(self._fold.host(name, host).status):
                return name
            self._task.settle(name, [host])
        return None

    def _give_up(self, nodes: Sequence[str], name: str, host: str) -> None:
        """Make a host's loss in a chain final and drop it from the rest of the chain."""
        self._task.settle(name, [host])
        if not self._cancellation.requested:
            self._task.drop(nodes[nodes.index(name) + 1 :], host, name)

    def _may_retry(self, name: str, host: str, outcome: RunOutcome) -> bool:
        found = self._progress.nodes[name]
        if self._ending or outcome.state == "cancelled":
            return False
        if self._was_cut_off(name, host, outcome) and not found.node.may_repeat:
            if found.may_retry(host):
                found.held_back.append(host)
            return False
        return found.may_retry(host) or self._wanted_again(name, host, outcome.message or "")

    def _was_cut_off(self, name: str, host: str, outcome: RunOutcome) -> bool:
        """Return whether a host was cut off within the work: in an Ansible task or after one."""
        cut_off = self._fold.host(name, host).cut_off is not None
        return cut_off or host in outcome.interrupted_hosts

    def _wanted_again(self, name: str, host: str, why: str) -> bool:
        return self._options.again is not None and self._options.again(name, host, why)

    def _retry_later(self, unit: WorkUnit, name: str, hosts: list[str]) -> None:
        found = self._progress.nodes[name]
        chain = unit.nodes[unit.nodes.index(name) :]
        wait = backoff_seconds(found.node.policy.backoff or 0.0, found.tries[hosts[0]], name)
        if not found.may_retry(hosts[0]):  # The debugger requested it.
            wait = 0.0
        self._waiting.push_at(
            time.monotonic() + wait, WorkUnit(found.position, chain, tuple(hosts), is_retry=True)
        )

    # ---- finishing -----------------------------------------------------------------------------

    def _finish_if_done(self, name: str) -> None:
        found = self._progress.nodes[name]
        if found.final is not None or found.pending is None or found.pending:
            return
        self._release(self._task.finish_node(name))

    def _halt_if_stopped(self) -> None:
        """Skip all nodes that have not started, once a failed node ended the task by policy.

        Runs in progress continue to their end, and finalisers still run.
        """
        if self._task.stopped_by is None or self._halted:
            return
        self._halted = True
        left = self._waiting.drain()
        free = [
            after
            for name, found in self._progress.nodes.items()
            if found.final is None and not found.started and not found.node.always
            for after in self._task.skip(name, self._task.stopped_by)
        ]
        # Only now, since a node that ends releases those after it.
        for unit in left:
            if self._progress.nodes[unit.nodes[0]].node.always:
                self._waiting.push(unit)
            elif unit.is_retry:
                self._give_up_retry(unit)
        self._release(free)

    def _give_up_retry(self, unit: WorkUnit) -> None:
        """Cancel a retry: the last failure is final."""
        for host in unit.hosts:
            self._give_up(unit.nodes, unit.nodes[0], host)
        for name in unit.nodes:
            self._finish_if_done(name)

    def _finish_task(self) -> TaskResult:
        for unit in self._waiting.drain():
            if unit.is_retry:
                self._give_up_retry(unit)
        self._task.finish_task()
        self._flush()
        return self._fold.result()

    def _end_runs(self) -> None:
        """Cancel the runs in progress when the loop ended by an exception."""
        self._inbox.close()
        handles = [run.handle for run in self._running.values() if run.handle is not None]
        for handle in handles:
            handle.cancel()
        for handle in handles:
            handle.wait(_FINAL_WAIT_SECONDS)

    # ---- recording -----------------------------------------------------------------------------

    def _flush(self) -> None:
        events, self._task.outbox = self._task.outbox, []
        self._record_by = None
        for event in self._recorder.record(events) if events else ():
            self._on_event(event)
