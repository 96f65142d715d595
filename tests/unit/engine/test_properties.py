"""Laws of the scheduler on random graphs, lines among them, with random failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from unit.engine.plans import fold_without_tasks, node_id, plan, simulate
from unit.growth import growth
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.recorder import MemoryRecorder
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import fold
from worldtree.results.node_status import allowed_losses, is_success
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import TaskResult

HOSTS = ("h1", "h2", "h3")
OUTCOMES = ("ok", "changed", "skipped", "failed", "unreachable", "rescued")


@dataclass
class Case:
    """A plan and what its nodes do."""

    plan: Plan
    script: dict[tuple[str, str], str]


@st.composite
def cases(
    draw: st.DrawFn, *, on_failure: str = "ignore", retries: int = 0, line: bool | None = None
) -> Case:
    """Return a random graph over three hosts with random outcomes.

    Some, or all or none with ``line``, are lines of nodes that one run may do; less goes wrong
    there, so that the hosts get far.
    """
    names = [f"n{i}" for i in range(draw(st.integers(1, 9)))]
    kinds = st.sampled_from(["host", "barrier", "soft"])
    line = draw(st.integers(0, 3)) == 0 if line is None else line
    edges = [(a, b, "host") for a, b in pairwise(names)] if line else []
    edges += [
        (names[i], names[j], draw(kinds))
        for j in range(len(names))
        for i in range(j)
        if not line and draw(st.integers(0, 3)) == 0
    ]
    subsets = st.lists(st.sampled_from(HOSTS), min_size=1, unique=True).map(sorted)
    whole = line or draw(st.booleans())
    nodes = {name: HOSTS if whole else draw(subsets) for name in names}
    mutexes = st.sampled_from([None, None, "apt", "etcd"])
    policies = {
        name: Policy(mutex=draw(mutexes), allowed_failures=draw(st.sampled_from([0, 0, 1, "50%"])))
        for name in names
        if not whole or (not line and draw(st.booleans()))
    }
    outcomes = st.sampled_from([*["ok"] * (7 if line else 1), *OUTCOMES])
    script = {(name, host): draw(outcomes) for name in names for host in nodes[name]}
    default = Policy.model_validate({"on_failure": on_failure, "retries": retries, "backoff": 0.0})
    limit = draw(st.integers(1, 4))
    return Case(plan(nodes, edges, policies, default=default, concurrency=limit), script)


def run(case: Case) -> tuple[TaskResult, list[Event], SimulatedExecutor]:
    """Run a case."""
    executor = SimulatedExecutor({(node_id(n), h): o for (n, h), o in case.script.items()})
    recorder = MemoryRecorder()
    result = simulate(case.plan, executor=executor, recorder=recorder)
    return result, recorder.events, executor


@given(cases())
def test_every_node_ends_in_exactly_one_final_state(case: Case) -> None:
    result, events, _ = run(case)
    ends = [
        e.node
        for e in events
        if e.kind is EventKind.NODE_FINISHED or (e.kind is EventKind.NODE_SKIPPED and not e.host)
    ]
    assert sorted(ends, key=str) == sorted(case.plan.graph.nodes)
    final = {NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.SKIPPED}
    assert {n.status for n in result.nodes} <= final
    assert fold_without_tasks(events) == result


@given(cases())
def test_no_node_starts_before_what_it_needs_has_ended(case: Case) -> None:
    """Across runs by the record; within a run a play comes after the one before."""
    _, events, _ = run(case)
    ended: set[str | None] = set()
    together: dict[str | None, list[str]] = {}
    for event in events:
        if event.kind is EventKind.ATTEMPT_STARTED:
            together[event.attempt] = event.result["nodes"]
        elif event.kind is EventKind.NODE_STARTED and event.node is not None:
            chain = together[event.attempt]
            before = {e.before for e in case.plan.graph.predecessors[event.node]}
            assert before <= ended | set(chain[: chain.index(event.node)])
        elif event.kind in (EventKind.NODE_FINISHED, EventKind.NODE_SKIPPED) and not event.host:
            ended.add(event.node)


@given(cases())
def test_a_host_runs_a_node_exactly_when_its_needs_came_through(case: Case) -> None:
    """The rules of the edges, written down a second time, straight from the graph."""
    result, _, _ = run(case)
    found = {n.id: n for n in result.nodes}
    lost: dict[str, set[str]] = {}
    for name, node in case.plan.graph.nodes.items():
        blocked, dropped = False, set[str]()
        for edge in case.plan.graph.predecessors[name]:
            before = found[edge.before]
            good = {h for h, r in before.hosts.items() if is_success(r.status)}
            if edge.kind == "soft":
                continue
            policy = case.plan.graph.nodes[edge.before].policy
            allowed = allowed_losses(policy.allowed_failures, len(before.hosts))
            if edge.kind == "barrier" and (
                before.status is NodeStatus.FAILED
                or before.caused_by
                or len(before.hosts) - len(good) > allowed
            ):
                blocked = True
            dropped |= lost[edge.before]
        for host in node.hosts:
            ran = found[name].hosts[host].status is not HostStatus.NOT_RUN
            assert ran == (not blocked and host not in dropped)
        # What is lost passes through nodes that do not have the host.
        lost[name] = dropped - set(node.hosts)
        lost[name] |= {h for h, r in found[name].hosts.items() if not is_success(r.status)}


@given(cases())
def test_results_are_what_the_script_says(case: Case) -> None:
    """Hosts never get each other's results, and a rescued failure is none."""
    result, _, _ = run(case)
    meaning = {"rescued": "ok"}
    for node in result.nodes:
        for host, found in node.hosts.items():
            if found.status is not HostStatus.NOT_RUN:
                outcome = case.script[node.id.rpartition("/")[2], host]
                assert found.status.value == meaning.get(outcome, outcome)


@given(cases())
def test_causes_are_roots_that_lost_a_host(case: Case) -> None:
    result, _, _ = run(case)
    found = {n.id: n for n in result.nodes}
    causes = {n.caused_by for n in result.nodes if n.caused_by}
    causes |= {h.caused_by for n in result.nodes for h in n.hosts.values() if h.caused_by}
    for cause in causes:
        assert any(h.status.is_lost for h in found[cause].hosts.values())


@given(cases())
def test_same_input_gives_the_same_record(case: Case) -> None:
    def story(events: list[Event]) -> list[tuple[object, ...]]:
        return [(e.kind, e.node, e.host, e.status, e.attempt, e.caused_by) for e in events]

    assert story(run(case)[1]) == story(run(case)[1])


@given(cases(retries=1))
def test_a_pair_is_never_run_again_once_it_came_through(case: Case) -> None:
    _, events, executor = run(case)
    good: set[tuple[str | None, str | None]] = set()
    for event in events:
        if event.kind is EventKind.ATTEMPT_STARTED:
            pairs = {(n, h) for n in event.result["nodes"] for h in event.result["hosts"]}
            assert not pairs & good
        elif event.kind is EventKind.ATTEMPT_FINISHED:
            state = fold(e for e in events if 0 < e.seq <= event.seq)
            good |= {
                (n.id, h) for n in state.nodes for h, r in n.hosts.items() if is_success(r.status)
            }
    assert len({r.attempt for r in executor.requests}) == len(executor.requests)


@given(st.sampled_from(["ignore", "fail-fast", "rollback"]), st.booleans(), st.data())
def test_what_the_next_try_mends_is_no_loss(
    on_failure: str, line: bool, data: st.DataObject
) -> None:
    case = data.draw(cases(on_failure=on_failure, retries=1, line=line))
    lost = ("failed", "unreachable")
    script = {
        (node_id(name), host): [outcome, "ok"] if outcome in lost else outcome
        for (name, host), outcome in case.script.items()
    }
    recorder = MemoryRecorder()
    result = simulate(case.plan, executor=SimulatedExecutor(script), recorder=recorder)
    assert result.status is TaskStatus.SUCCEEDED
    assert all(is_success(h.status) for node in result.nodes for h in node.hosts.values())
    assert {node.status for node in result.nodes} <= {NodeStatus.SUCCEEDED, NodeStatus.SKIPPED}


@given(cases(on_failure="fail-fast"))
def test_fail_fast_starts_nothing_after_the_failure(case: Case) -> None:
    result, events, _ = run(case)
    failed = [e.seq for e in events if e.status == "failed" and e.kind is EventKind.NODE_FINISHED]
    if failed:
        begun = (EventKind.ATTEMPT_STARTED, EventKind.NODE_STARTED)
        assert max(e.seq for e in events if e.kind in begun) < failed[0]
        assert result.status is TaskStatus.FAILED
    found = {node.id: node.status for node in result.nodes}
    for edge in case.plan.graph.edges:
        if found[edge.before] is NodeStatus.FAILED:
            assert found[edge.after] is NodeStatus.SKIPPED


def test_scheduling_grows_with_the_nodes() -> None:
    """Ten times the nodes make twelve times the calls at most."""

    def work(nodes: int) -> Callable[[], object]:
        names = [f"n{i}" for i in range(nodes)]
        edges = {(names[i // 2], names[i], "barrier") for i in range(1, nodes)}
        edges |= {(names[i - 3], names[i], "host") for i in range(3, nodes, 5)}
        kept = {(a, b): (a, b, kind) for a, b, kind in sorted(edges)}
        wanted = plan(dict.fromkeys(names, ("h1",)), kept.values())

        def schedule() -> None:
            assert simulate(wanted).status is TaskStatus.SUCCEEDED

        return schedule

    assert growth(work(300), work(3_000)) <= 12
