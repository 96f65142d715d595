"""The truth table of states (docs/architecture.md) on random graphs, whatever happens when.

A task starts, its runs end in any order and in any way, it is cancelled or its process is killed
and it is resumed, any number of times.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from examples import examples
from unit.engine.driven import DrivenTask, HeldRun
from unit.engine.plans import node_id, plan, simulate
from worldtree.engine.executors.protocol import RunRequest
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.prior_results import NodeHost, PriorResult, PriorResults
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.resume_plan import plan_resume
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import TaskResult

HOSTS = ("h1", "h2", "h3")
LOST = ("failed", "unreachable")
FINAL = {NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED}


@st.composite
def plans(draw: st.DrawFn, on_failure: str) -> Plan:
    """Return a random plan: edges, mutexes, retries, allowed failures, finalisers, guards.

    One in three is a line of nodes that one run may do.
    """
    line = draw(st.integers(0, 2)) == 0
    names = [f"n{i}" for i in range(draw(st.integers(3 if line else 1, 7)))]
    kinds = st.sampled_from(["host", "host", "barrier", "soft"])
    edges = [(a, b, "host") for a, b in pairwise(names)] if line else []
    edges += [
        (names[i], names[j], draw(kinds))
        for j in range(len(names))
        for i in range(j)
        if not line and draw(st.integers(0, 2)) == 0
    ]
    subsets = st.lists(st.sampled_from(HOSTS), min_size=1, unique=True).map(sorted)
    whole = line or draw(st.booleans())
    own = st.builds(
        Policy,
        mutex=st.sampled_from([None, None, "apt", "etcd"]),
        retries=st.sampled_from([0, 0, 1]),
        allowed_failures=st.sampled_from([0, 0, 1]),
        on_interrupted=st.just("rerun"),
    )
    base = Policy.model_validate({"on_failure": on_failure, "backoff": 0.0})
    found = plan(
        {name: HOSTS if whole else draw(subsets) for name in names},
        edges,
        {name: draw(own) for name in names if not line and draw(st.booleans())},
        default=draw(own).inherit(base) if line else base,
        concurrency=draw(st.integers(1, 4)),
    )
    marks = {
        name: node.model_copy(
            update={
                "always": not line and draw(st.integers(0, 4)) == 0,
                "repeatable": draw(st.integers(0, 3)) > 0,
            }
        )
        for name, node in found.graph.nodes.items()
    }
    graph = found.graph.model_copy(update={"nodes": marks})
    return found.model_copy(update={"graph": graph})


class States(RuleBasedStateMachine):
    """One task and all that can happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.drive: DrivenTask | None = None
        self.disturbed_by_more_than_kills = False
        self.done_though_cut_off: set[NodeHost] = set()

    @initialize(
        data=st.data(),
        on_failure=st.sampled_from(["ignore", "ignore", "ignore", "fail-fast", "rollback"]),
    )
    def begin(self, data: st.DataObject, on_failure: str) -> None:
        self.on_failure = on_failure
        self.plan = data.draw(plans(on_failure))
        outcomes = st.sampled_from(
            ["ok", "ok", "ok", "changed", "skipped", "failed", "unreachable", "rescued"]
        )
        self.script: dict[tuple[str, str], str | list[str]] = {}
        for name, node in self.plan.graph.nodes.items():
            for host in node.hosts:
                outcome = data.draw(outcomes)
                # Where there is a further try, it may be better than the first.
                recovers = outcome in LOST and node.policy.retries and data.draw(st.booleans())
                self.script[name, host] = [outcome, "ok"] if recovers else outcome
        self.world = SimulatedExecutor(self.script)
        self.recorder = MemoryRecorder()
        self.drive = DrivenTask(self.plan, self.recorder, self.check_start)

    # ---- what can happen -------------------------------------------------------------------------

    @property
    def runs(self) -> list[HeldRun]:
        assert self.drive is not None
        return list(self.drive.executor.runs.values())

    def under_way(self) -> bool:
        """Whether there is a run that something can happen to."""
        return self.drive is not None and not self.drive.ended and bool(self.runs)

    @precondition(under_way)
    @rule(data=st.data())
    def go_on_in_a_run(self, data: st.DataObject) -> None:
        """A node of a run is done on all hosts; after the last one the run ends."""
        run = data.draw(st.sampled_from(self.runs))
        if run.cancelled:
            self.cut(run, "cancelled")
        elif not run.do_node(self.world.next_outcome):
            run.finish()
            del self.drive.executor.runs[run.request.attempt]
        self.drive.let_go()

    @precondition(under_way)
    @rule(data=st.data(), state=st.sampled_from(["timeout", "error"]))
    def break_down(self, data: st.DataObject, state: str) -> None:
        """A run is cut off by its time limit, or breaks down, when some hosts had done its node."""
        self.disturbed_by_more_than_kills = True
        run = data.draw(st.sampled_from(self.runs))
        done = data.draw(st.lists(st.sampled_from(run.left), unique=True)) if run.left else []
        self.cut(run, state, done)
        self.drive.let_go()

    @precondition(under_way)
    @rule()
    def cancel(self) -> None:
        """A person presses Ctrl-C."""
        self.disturbed_by_more_than_kills = True
        self.drive.cancellation.request()
        self.drive.let_go()

    @precondition(lambda self: self.drive is not None)
    @rule(part=st.booleans())
    def kill_and_go_on(self, part: bool) -> None:
        """The process dies, its runs with it, and `wt resume` continues; or after the end."""
        drive = self.drive
        assert drive is not None
        if drive.result is not None and drive.result.status is TaskStatus.SUCCEEDED:
            return
        drive.kill()
        for run in self.runs:
            if part and run.left and run.place < len(run.request.nodes):
                self.note(run.request, EventKind.PLAY_STARTED, run.request.nodes[run.place])
                for host in run.left:
                    node = run.request.nodes[run.place]
                    self.note(run.request, EventKind.HOST_TASK_STARTED, node, host=host, name="x")
            self.note(run.request, EventKind.ATTEMPT_FINISHED, status="error")
        self.resume()

    def resume(self) -> None:
        """Go on from what is recorded, as ``app.resuming`` does."""
        events = list(self.recorder.events)
        outlook = plan_resume(self.plan, fold(events))
        # Unrepeatable work runs again only by its policy, or when a person decides so.
        assert all(not self.plan.graph.nodes[d.node].repeatable for d in outlook.uncertain)
        known: dict[NodeHost, PriorResult] = dict(outlook.reused)
        attempts = sum(e.kind is EventKind.ATTEMPT_STARTED for e in events)
        self.drive = DrivenTask(
            self.plan,
            self.recorder,
            self.check_start,
            PriorResults(known, history=lambda: events, attempts=attempts),
        )

    def cut(self, run: HeldRun, state: str, done: Sequence[str] = ()) -> None:
        """End a run in the middle."""
        self.done_though_cut_off.update(run.cut_off(state, done))
        del self.drive.executor.runs[run.request.attempt]

    def note(self, request: RunRequest, kind: EventKind, node: Any = None, **fields: Any) -> None:
        """Record the rest of a dead run's journal."""
        event = Event(kind=kind, time=time.time(), attempt=request.attempt, node=node, **fields)
        self.recorder.record([event])

    # ---- what always holds -----------------------------------------------------------------------

    def check_start(self, request: RunRequest, running: Sequence[RunRequest]) -> None:
        """A run may be started beside those that run."""
        asked = {(node, host) for node in request.nodes for host in request.hosts}
        for other in running:
            assert not asked & {(node, host) for node in other.nodes for host in other.hosts}
        mutexes = [self.mutex(r) for r in (*running, request) if self.mutex(r)]
        assert len(mutexes) == len(set(mutexes))
        assert len(running) < (self.plan.policy.concurrency or 1)
        state = fold(self.recorder.events)
        found = {node.id: node for node in state.nodes}
        for node, host in asked:
            assert host in self.plan.graph.nodes[node].hosts
            # A finaliser runs again with what it finishes.
            again = self.plan.graph.nodes[node].always
            assert again or not is_success(found[node].hosts[host].status), (node, host)
            assert again or (node, host) not in self.done_though_cut_off
        for place, name in enumerate(request.nodes):
            for edge in self.plan.graph.predecessors[name]:
                if edge.before in request.nodes[:place]:
                    continue
                # Hosts that a chain lost at different nodes continue there, each in its own run.
                parted = edge.kind == "host" and found[name].status is NodeStatus.RUNNING
                assert parted or found[edge.before].status in FINAL, (edge.before, name)
                if edge.kind == "soft" or self.plan.graph.nodes[name].always:
                    continue
                for host in request.hosts:
                    before = found[edge.before].hosts.get(host)
                    assert before is None or is_success(before.status), (edge, host)

    def mutex(self, request: RunRequest) -> str | None:
        """Return the lock that a run holds."""
        return self.plan.graph.nodes[request.nodes[0]].policy.mutex

    @invariant()
    def the_record_is_the_state(self) -> None:
        """Nodes that say they run do, and an ended task has nothing open."""
        drive = self.drive
        if drive is None:
            return
        state = fold(self.recorder.events)
        if not drive.ended:
            assert state.status is TaskStatus.RUNNING
            return
        assert not self.runs
        assert {node.status for node in state.nodes} <= FINAL
        hosts = (host for node in state.nodes for host in node.hosts.values())
        assert all(host.status is not HostStatus.RUNNING for host in hosts)
        assert state.status is not TaskStatus.RUNNING
        self.check_end(state)
        if self.on_failure != "ignore":
            self.check_stop(state)

    def check_end(self, state: TaskResult) -> None:
        """Nodes' statuses follow from their hosts', finalisers ran, causes are there."""
        found = {node.id: node for node in state.nodes}
        cancelled = state.status is TaskStatus.CANCELLED
        for name, node in self.plan.graph.nodes.items():
            hosts = found[name].hosts.values()
            lost = sum(not is_success(host.status) for host in hosts)
            allowed = node.policy.allowed_failures
            dropped = sum(host.caused_by is not None for host in hosts)
            if found[name].status is NodeStatus.SUCCEEDED:
                assert lost - dropped <= allowed
            elif found[name].status is NodeStatus.FAILED:
                assert lost - dropped > allowed
            if node.always and not cancelled:
                before = self.plan.graph.finalised_by(name)
                ran = any(
                    host.status is not HostStatus.NOT_RUN
                    for one in before
                    for host in found[one].hosts.values()
                )
                if ran or not before:
                    assert all(host.status is not HostStatus.NOT_RUN for host in hosts), name
        if state.status is TaskStatus.SUCCEEDED:
            assert all(is_success(h.status) for n in state.nodes for h in n.hosts.values())

    def check_stop(self, state: TaskResult) -> None:
        """Where a failure stops the task nothing begins after it, but finalisers."""
        found = {node.id: node.status for node in state.nodes}
        nodes = self.plan.graph.nodes
        for edge in self.plan.graph.edges:
            if found[edge.before] is NodeStatus.FAILED and not nodes[edge.after].always:
                assert found[edge.after] in (NodeStatus.SKIPPED, NodeStatus.CANCELLED), edge
        stopped = False
        for event in self.recorder.events:
            if event.kind is EventKind.TASK_RESUMED:
                stopped = False
            elif event.kind is EventKind.NODE_FINISHED and event.status == NodeStatus.FAILED:
                stopped = True
            elif event.kind is EventKind.NODE_STARTED and event.node is not None:
                assert not stopped or nodes[event.node].always, event

    def teardown(self) -> None:
        """Bring it to its end; it is what it would have been without being killed."""
        if self.drive is None:
            return
        while not self.drive.ended:
            assert self.runs, "the scheduler waits for nothing"
            run = self.runs[0]
            if run.cancelled:
                self.cut(run, "cancelled")
            else:
                while run.do_node(self.world.next_outcome):
                    pass
                run.finish()
                del self.drive.executor.runs[run.request.attempt]
            self.drive.let_go()
        self.the_record_is_the_state()
        if self.on_failure == "ignore" and not self.disturbed_by_more_than_kills:
            undisturbed = simulate(self.plan, executor=SimulatedExecutor(self.script))
            assert self.told(fold(self.recorder.events)) == self.told(undisturbed)

    @staticmethod
    def told(state: TaskResult) -> dict[str, Any]:
        """What became of everything, without times and messages."""
        return {"task": state.status} | {
            node.id: (
                node.status,
                node.caused_by,
                {name: (host.status, host.caused_by) for name, host in node.hosts.items()},
            )
            for node in state.nodes
        }


States.TestCase.settings = settings(
    max_examples=examples(150), stateful_step_count=25, deadline=None
)
TestStates = States.TestCase


def test_the_machine_can_reach_every_final_state() -> None:
    """So that what is asserted of them is asserted of something."""
    wanted = plan(
        {"a": HOSTS, "b": HOSTS, "c": ("h1",)}, [("a", "b", "host"), ("b", "c", "barrier")]
    )
    executor = SimulatedExecutor({(node_id("b"), "h1"): "failed"})
    ends = {node.status for node in simulate(wanted, executor=executor).nodes}
    assert ends == {NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.SKIPPED}
