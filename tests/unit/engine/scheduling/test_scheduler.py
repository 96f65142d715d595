"""What the scheduler does with edges, policies and failures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from unit.engine.plans import fold_without_tasks, hosts_of, node_id, node_statuses, plan, simulate
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.executors.simulated import Outcomes, SimulatedExecutor
from worldtree.engine.prior_results import PriorResult, PriorResults
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.scheduling import run_liveness
from worldtree.plan.policy import Policy
from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, TaskStatus

ONE = ("h1",)
TWO = ("h1", "h2")


def runs(executor: SimulatedExecutor) -> list[tuple[list[str], list[str]]]:
    """Return each run's nodes, by short names, and hosts."""
    return [([n.rpartition("/")[2] for n in r.nodes], list(r.hosts)) for r in executor.requests]


# ---- edges -------------------------------------------------------------------------------------


def test_host_edge_drops_the_failing_host_only() -> None:
    """One host's failure does not touch its peers."""
    result = simulate(plan({"a": TWO, "b": TWO}, [("a", "b", "host")]), {("a", "h2"): "failed"})
    assert node_statuses(result) == {"a": "failed", "b": "succeeded"}
    assert hosts_of(result, "b") == {"h1": "ok", "h2": "not-run<a"}
    assert result.status is TaskStatus.PARTIAL


def test_barrier_skips_the_dependent_and_names_the_root() -> None:
    edges = [("a", "b", "barrier"), ("b", "c", "barrier"), ("c", "d", "host")]
    wanted = plan(dict.fromkeys("abcde", TWO), edges)
    result = simulate(wanted, {("a", "h2"): "unreachable"})
    assert node_statuses(result) == {
        "a": "failed",
        "b": "skipped<a",
        "c": "skipped<a",
        "d": "skipped<a",
        "e": "succeeded",
    }
    assert hosts_of(result, "a") == {"h1": "ok", "h2": "unreachable"}


def test_soft_edge_orders_and_carries_no_failure() -> None:
    executor = SimulatedExecutor({(node_id("a"), "h1"): "failed"})
    result = simulate(plan({"a": ONE, "b": ONE}, [("a", "b", "soft")]), executor=executor)
    assert node_statuses(result) == {"a": "failed", "b": "succeeded"}
    assert runs(executor) == [(["a"], ["h1"]), (["b"], ["h1"])]


def test_barrier_behind_a_drop_names_the_first_node() -> None:
    """Not done on every host, so what needs all of it must not run."""
    edges = [("a", "b", "host"), ("b", "c", "barrier")]
    result = simulate(plan(dict.fromkeys("abc", TWO), edges), {("a", "h1"): "failed"})
    assert node_statuses(result) == {"a": "failed", "b": "succeeded", "c": "skipped<a"}


def test_host_edge_between_different_hosts() -> None:
    """Only the hosts that both have are affected; all lost means skipped."""
    edges = [("a", "b", "host"), ("a", "c", "host")]
    wanted = plan({"a": ["h1"], "b": TWO, "c": ["h1"]}, edges)
    result = simulate(wanted, {("a", "h1"): "failed"})
    assert hosts_of(result, "b") == {"h1": "not-run<a", "h2": "ok"}
    assert node_statuses(result) == {"a": "failed", "b": "succeeded", "c": "skipped<a"}


@pytest.mark.parametrize("kind", ["host", "barrier"])
def test_a_lost_host_is_lost_behind_a_node_that_does_not_have_it(kind: str) -> None:
    """As Ansible leaves a host that failed out of all later plays."""
    edges = [("a", "b", kind), ("b", "c", "host")]
    lax = {"a": Policy(allowed_failures=1)}
    wanted = plan({"a": TWO, "b": ["h1"], "c": TWO}, edges, lax)
    result = simulate(wanted, {("a", "h2"): "failed"})
    assert hosts_of(result, "b") == {"h1": "ok"}
    assert hosts_of(result, "c") == {"h1": "ok", "h2": "not-run<a"}
    free = simulate(plan({"a": TWO, "b": ["h1"], "c": TWO}, [("a", "b", "soft"), edges[1]]))
    assert hosts_of(free, "c") == {"h1": "ok", "h2": "ok"}


def test_node_skipped_by_its_condition_does_not_cascade() -> None:
    """Skipped because nothing was left to do is no failure."""
    edges = [("a", "b", "barrier"), ("b", "c", "host")]
    script = {("a", "h1"): "skipped", ("a", "h2"): "skipped"}
    result = simulate(plan(dict.fromkeys("abc", TWO), edges), script)
    assert node_statuses(result) == {"a": "skipped", "b": "succeeded", "c": "succeeded"}
    assert result.status is TaskStatus.SUCCEEDED


@pytest.mark.parametrize("kind", ["host", "barrier", "soft"])
def test_what_waits_for_work_that_is_done_begins(kind: str) -> None:
    """In chains and joins; a resumed task never waits for a node that does not run."""
    edges = [("a", "b", kind), ("b", "d", kind), ("a", "c", kind), ("c", "d", kind)]
    done = {(node_id(n), h): PriorResult(HostStatus.OK, "done before") for n in "ab" for h in TWO}
    executor = SimulatedExecutor()
    wanted = plan(dict.fromkeys("abcd", TWO), edges)
    result = simulate(wanted, executor=executor, known=PriorResults(done))
    assert result.status is TaskStatus.SUCCEEDED
    assert [node for nodes, _ in runs(executor) for node in nodes] == ["c", "d"]


# ---- policies ----------------------------------------------------------------------------------


def test_allowed_failures_let_a_barrier_through_without_the_lost_host() -> None:
    hosts = ["h1", "h2", "h3"]
    wanted = plan(
        {"a": hosts, "b": hosts}, [("a", "b", "barrier")], {"a": Policy(allowed_failures="34%")}
    )
    result = simulate(wanted, {("a", "h2"): "failed"})
    assert node_statuses(result) == {"a": "succeeded", "b": "succeeded"}
    assert hosts_of(result, "b") == {"h1": "ok", "h2": "not-run<a", "h3": "ok"}
    assert result.status is TaskStatus.PARTIAL


def test_retries_run_on_failed_hosts_only() -> None:
    script = {(node_id("a"), "h2"): ["failed", "failed", "ok"]}
    executor = SimulatedExecutor(script)
    wanted = plan({"a": TWO}, default=Policy(retries=2, backoff=0.01))
    result = simulate(wanted, executor=executor)
    assert runs(executor) == [(["a"], ["h1", "h2"]), (["a"], ["h2"]), (["a"], ["h2"])]
    assert node_statuses(result) == {"a": "succeeded"}
    assert result.nodes[0].attempts == 3
    assert {h: r.attempts for h, r in result.nodes[0].hosts.items()} == {"h1": 1, "h2": 3}


def test_retry_within_a_chain_goes_on_from_where_the_host_was_lost() -> None:
    """What a host has done already is not done again."""
    script = {(node_id("b"), "h2"): ["failed", "ok"], (node_id("c"), "h1"): ["failed", "ok"]}
    executor = SimulatedExecutor(script)
    edges = [("a", "b", "host"), ("b", "c", "host")]
    wanted = plan(dict.fromkeys("abc", TWO), edges, default=Policy(retries=1, backoff=0.0))
    result = simulate(wanted, executor=executor)
    assert runs(executor)[0] == (["a", "b", "c"], ["h1", "h2"])
    assert sorted(runs(executor)[1:]) == [(["b", "c"], ["h2"]), (["c"], ["h1"])]
    assert node_statuses(result) == dict.fromkeys("abc", "succeeded")


@pytest.mark.parametrize(
    ("policy", "most"), [(Policy(throttle=1), 1), (Policy(serial=1), 1), (Policy(), 2)]
)
def test_retries_within_a_chain_keep_to_its_bound_of_hosts(policy: Policy, most: int) -> None:
    """They are runs of their own, and Ansible holds the bound only within one."""
    script = {(node_id("b"), "h2"): ["failed", "ok"], (node_id("c"), "h1"): ["failed", "ok"]}
    executor = Watching(0.05, script)
    edges = [("a", "b", "host"), ("b", "c", "host")]
    tries = policy.inherit(Policy(retries=1, backoff=0.0))
    wanted = plan(dict.fromkeys("abc", TWO), edges, default=tries)
    assert node_statuses(simulate(wanted, executor=executor)) == dict.fromkeys("abc", "succeeded")
    assert executor.most == most


def test_retries_end() -> None:
    wanted = plan(
        {"a": ["h1"], "b": ["h1"]}, [("a", "b", "host")], default=Policy(retries=1, backoff=0.0)
    )
    result = simulate(wanted, {("a", "h1"): "failed"})
    assert node_statuses(result) == {"a": "failed", "b": "skipped<a"}
    assert result.nodes[0].attempts == 2


def test_timeout_fails_the_node_and_says_so() -> None:
    executor = SimulatedExecutor(seconds={node_id("a"): 30})
    wanted = plan({"a": ["h1"], "b": ["h2"]}, policies={"a": Policy(timeout=0.05)})
    result = simulate(wanted, executor=executor)
    assert node_statuses(result) == {"a": "failed", "b": "succeeded"}
    assert result.nodes[0].message == "timeout"


def test_mutex_keeps_nodes_apart() -> None:
    executor = Watching(0.02)
    lock = Policy(mutex="packages")
    wanted = plan(dict.fromkeys("abcd", ONE), policies={"a": lock, "b": lock, "c": lock})
    assert set(node_statuses(simulate(wanted, executor=executor)).values()) == {"succeeded"}
    for one in "abc":
        assert not executor.beside[node_id(one)] & {node_id(n) for n in "abc" if n != one}
    assert executor.beside[node_id("d")]


@pytest.mark.parametrize("limit", [1, 3])
def test_concurrency_bounds_the_runs(limit: int) -> None:
    executor = Watching(0.01)
    simulate(plan(dict.fromkeys("abcdefgh", ONE), concurrency=limit), executor=executor)
    assert executor.most == limit


# ---- fusing ------------------------------------------------------------------------------------


def test_chain_on_the_same_hosts_is_one_run() -> None:
    executor = SimulatedExecutor()
    names = "abcdefghij"
    edges = [(x, y, "host") for x, y in pairwise(names)]
    simulate(plan(dict.fromkeys(names, TWO), edges), executor=executor)
    assert runs(executor) == [(list(names), ["h1", "h2"])]


def test_barrier_between_several_hosts_splits_runs() -> None:
    """Within one run a failed host would drop out of what must not run at all."""
    executor = SimulatedExecutor()
    simulate(plan({"a": TWO, "b": TWO}, [("a", "b", "barrier")]), executor=executor)
    assert [nodes for nodes, _ in runs(executor)] == [["a"], ["b"]]


def test_barrier_on_a_single_host_is_fused() -> None:
    executor = SimulatedExecutor()
    simulate(plan({"a": ONE, "b": ONE}, [("a", "b", "barrier")]), executor=executor)
    assert runs(executor) == [(["a", "b"], ["h1"])]


def test_hosts_lost_before_a_chain_are_lost_in_all_of_it() -> None:
    edges = [("x", "a", "host"), ("a", "b", "host")]
    wanted = plan({"x": ["h1", "h3"], "a": TWO, "b": TWO}, edges)
    executor = SimulatedExecutor({(node_id("x"), "h1"): "failed"})
    result = simulate(wanted, executor=executor)
    assert runs(executor)[1] == (["a", "b"], ["h2"])
    assert hosts_of(result, "b") == {"h1": "not-run<x", "h2": "ok"}


@pytest.mark.parametrize("loss", ["failed", "unreachable"])
def test_a_host_lost_in_a_chain_fails_no_node_after_that(loss: str) -> None:
    """Those did not run on it, which is no failure of theirs."""
    wanted = plan(dict.fromkeys("abcd", TWO), [(x, y, "host") for x, y in pairwise("abcd")])
    executor = SimulatedExecutor({(node_id("a"), "h2"): loss})
    result = simulate(wanted, executor=executor)
    assert len(runs(executor)) == 1
    assert node_statuses(result) == {"a": "failed"} | dict.fromkeys("bcd", "succeeded")
    for name in "bcd":
        assert hosts_of(result, name) == {"h1": "ok", "h2": "not-run<a"}


def test_what_is_known_of_a_host_stays_known_where_it_is_lost_before() -> None:
    wanted = plan(dict.fromkeys("ab", TWO), [("a", "b", "host")])
    known = PriorResults(
        {(node_id("b"), host): PriorResult(HostStatus.SKIPPED, "why") for host in TWO}
    )
    result = simulate(wanted, {("a", "h2"): "failed"}, known=known)
    assert {host.message for host in result.nodes[1].hosts.values()} == {"why"}


def test_branches_go_on_beside_each_other() -> None:
    """Independent branches finish, however long another one takes."""
    executor = SimulatedExecutor(seconds={node_id("b"): 0.3})
    recorder = MemoryRecorder()
    edges = [("a", "b", "host"), ("a", "c", "host"), ("c", "d", "host")]
    simulate(plan(dict.fromkeys("abcd", ONE), edges), executor=executor, recorder=recorder)
    ended = [e.node for e in recorder.events if e.kind is EventKind.NODE_FINISHED]
    assert ended.index(node_id("d")) < ended.index(node_id("b"))


# ---- the record --------------------------------------------------------------------------------


def test_result_is_the_fold_of_what_was_recorded() -> None:
    recorder = MemoryRecorder()
    edges = [("a", "b", "host"), ("b", "c", "barrier")]
    result = simulate(
        plan(dict.fromkeys("abc", TWO), edges), {("a", "h2"): "failed"}, recorder=recorder
    )
    assert fold_without_tasks(recorder.events) == result
    assert [e.seq for e in recorder.events] == list(range(1, len(recorder.events) + 1))


def test_everything_is_recorded_before_it_is_acted_upon() -> None:
    """A run's start is recorded before the executor sees it, an event before it is shown."""
    recorder = MemoryRecorder()
    shown: list[Event] = []

    class Checking(SimulatedExecutor):
        def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
            kinds = [(e.kind, e.attempt) for e in recorder.events]
            assert (EventKind.ATTEMPT_STARTED, request.attempt) in kinds
            return super().start(request, on_event, on_end)

    def show(event: Event) -> None:
        assert event in recorder.events
        shown.append(event)

    wanted = plan(dict.fromkeys("ab", TWO), [("a", "b", "barrier")])
    simulate(wanted, executor=Checking(), recorder=recorder, on_event=show)
    assert shown == recorder.events


def test_what_cannot_be_recorded_is_not_done() -> None:
    """A full disk ends the task with its runs; nothing continues unrecorded."""

    class Full(MemoryRecorder):
        def record(self, events: Sequence[Event]) -> Sequence[Event]:
            if any(e.kind is EventKind.HOST_TASK_FINISHED for e in events):
                raise OSError("no space left on device")
            return super().record(events)

    executor = SimulatedExecutor(seconds={node_id("b"): 86400})
    with pytest.raises(OSError, match="no space"):
        simulate(plan({"a": ["h1"], "b": ["h2"]}), executor=executor, recorder=Full())


def test_executor_that_breaks_down_is_a_failure() -> None:
    """A panic is never reported as success with nothing to run."""

    class Broken(SimulatedExecutor):
        def start(self, *_: object) -> RunHandle:
            raise ValueError("boom")

    result = simulate(plan({"a": ONE, "b": ONE}, [("a", "b", "host")]), executor=Broken())
    assert node_statuses(result) == {"a": "failed", "b": "skipped<a"}
    assert result.nodes[0].message == "the run could not be started: boom"
    assert result.status is TaskStatus.FAILED


def test_empty_plan_succeeds() -> None:
    assert simulate(plan({})).status is TaskStatus.SUCCEEDED


class Watching(SimulatedExecutor):
    """Notes which nodes ran at the same time; each takes ``seconds``."""

    def __init__(self, pause: float, script: Outcomes | None = None) -> None:
        super().__init__(script or {})
        self.pause = pause
        self.now: set[str] = set()
        self.beside: dict[str, set[str]] = {}
        self.most = 0

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        self.seconds = {**self.seconds, request.nodes[0]: self.pause}
        node = request.nodes[0]
        self.beside[node] = set(self.now)
        for other in self.now:
            self.beside[other].add(node)
        self.now.add(node)
        self.most = max(self.most, len(self.now))

        def ended(outcome: object) -> None:
            self.now.discard(node)
            on_end(outcome)  # type: ignore[arg-type]

        return super().start(request, on_event, ended)


class DyingReader:
    """Starts runs whose reader dies at once and reports nothing."""

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Return the handle of a run without a reader."""
        del request, on_event, on_end
        return DeadRun()


class DeadRun:
    def cancel(self) -> None:
        """Do nothing."""

    def wait(self, timeout: float | None = None) -> None:
        """Return without an outcome."""

    def is_alive(self) -> bool:
        return False


def test_a_run_whose_reader_died_fails_instead_of_being_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_liveness, "CHECK_SECONDS", 0.01)
    result = simulate(plan({"a": ONE, "b": ONE}), executor=DyingReader())
    assert result.status is TaskStatus.FAILED
    assert result.nodes[0].message == run_liveness.READER_DIED.message
