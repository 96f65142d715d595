"""What undoes a task: only what ran, in the reverse order of completion, host by host."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from unit.engine.plans import node_id, node_statuses, plan, simulate
from unit.engine.test_properties import Case, cases
from unit.results.streams import (
    attempt_finished,
    attempt_started,
    play_begun,
    task_begun,
    task_started,
)
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.prior_results import PriorResult, PriorResults
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.rollback_plan import find_effects, judge_rollback, plan_rollback
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy
from worldtree.results.status import HostStatus, TaskStatus

TWO = ("h1", "h2")


def rollback_of(wanted: Plan, script: dict[tuple[str, str], str], **options: object) -> Plan:
    """Return what undoes a simulated run of ``wanted`` in which every node has a rollback."""
    recorder = MemoryRecorder()
    simulate(wanted, script, recorder=recorder, **options)
    found = plan_rollback(wanted, find_effects(recorder.events), wanted.graph.nodes, task="t")
    return found.plan


def short(wanted: Plan) -> dict[str, tuple[str, ...]]:
    """Return node -> hosts, by short names, in order."""
    return {name.rpartition("/")[2]: n.hosts for name, n in wanted.graph.nodes.items()}


def test_only_pairs_that_had_an_effect_are_undone_the_last_first() -> None:
    wanted = plan(
        {"a": TWO, "b": TWO, "c": TWO, "d": TWO},
        [("a", "b", "host"), ("b", "c", "host"), ("c", "d", "barrier")],
    )
    script = {
        ("a", "h1"): "changed",
        ("a", "h2"): "changed",
        ("b", "h1"): "ok",
        ("b", "h2"): "changed",
        ("c", "h1"): "skipped",
        ("c", "h2"): "failed",
    }
    assert short(rollback_of(wanted, script)) == {"c": ("h2",), "b": ("h2",), "a": TWO}


def test_what_a_cancel_cut_off_is_undone() -> None:
    """It may have changed something; a host that had not begun has not."""
    a = node_id("a")
    events = [
        task_started({a: list(TWO)}),
        attempt_started("x", [a], list(TWO)),
        play_begun("x", a),
        task_begun("x", a, "h1"),
        attempt_finished("x", "cancelled", cancelled=True),
    ]
    assert set(find_effects(events)) == {(a, "h1")}


def test_what_was_reused_is_not_undone() -> None:
    wanted = plan({"a": TWO, "b": TWO}, [("a", "b", "host")])
    known = PriorResults(
        {(node_id("a"), h): PriorResult(HostStatus.CHANGED, "done before") for h in TWO}
    )
    script = {("b", "h1"): "changed"}
    assert short(rollback_of(wanted, script, known=known)) == {"b": ("h1",)}


def test_a_change_of_a_failed_try_counts_though_the_next_changed_nothing() -> None:
    wanted = plan({"a": ("h1",)}, default=Policy(retries=1, backoff=0.0))
    recorder = MemoryRecorder()
    tries = {("a", "h1"): ["failed", "ok"]}
    simulate(wanted, tries, recorder=recorder)
    assert find_effects(recorder.events).keys() == {(node_id("a"), "h1")}


def test_a_rollback_that_fails_stops_nothing_else() -> None:
    wanted = plan({"a": ("h1",), "b": ("h1",)}, [("a", "b", "host")])
    back = rollback_of(wanted, {("a", "h1"): "changed", ("b", "h1"): "changed"})
    result = simulate(back, {("b", "h1"): "failed"})
    assert node_statuses(result) == {"b": "failed", "a": "succeeded"}
    assert result.status is TaskStatus.PARTIAL


def test_runs_ask_for_rollbacks_and_say_whose() -> None:
    executor = SimulatedExecutor()
    back = rollback_of(plan({"a": ("h1",)}), {("a", "h1"): "changed"})
    simulate(back, executor=executor)
    assert [(r.form, dict(r.vars)) for r in executor.requests] == [
        ("rollback", {"worldtree_undone_task": "t"})
    ]


def test_nodes_without_a_rollback_are_left_and_those_that_look_are_passed_over() -> None:
    wanted = plan({"a": ("h1",), "b": ("h1",)})
    nodes = dict(wanted.graph.nodes)
    nodes[node_id("b")] = nodes[node_id("b")].model_copy(update={"reversibility": "read-only"})
    wanted = wanted.model_copy(update={"graph": wanted.graph.model_copy(update={"nodes": nodes})})
    recorder = MemoryRecorder()
    simulate(wanted, {("a", "h1"): "changed", ("b", "h1"): "failed"}, recorder=recorder)
    found = plan_rollback(wanted, find_effects(recorder.events), (), task="t")
    assert not found.plan.graph.nodes
    assert found.left == {node_id("a"): ("h1",)}
    verdict = judge_rollback(found, {})
    assert not verdict.whole
    assert not verdict.rolled_back


def test_a_rollback_that_was_skipped_makes_nothing_rolled_back() -> None:
    wanted = plan({"a": TWO})
    recorder = MemoryRecorder()
    simulate(wanted, {("a", h): "changed" for h in TWO}, recorder=recorder)
    found = plan_rollback(wanted, find_effects(recorder.events), wanted.graph.nodes, task="t")
    name = node_id("a")
    skipped = dict.fromkeys(TWO, HostStatus.SKIPPED)
    assert not judge_rollback(found, {name: skipped}).whole
    verdict = judge_rollback(found, {name: {**skipped, "h1": HostStatus.OK}})
    assert verdict.whole
    assert verdict.undone == {name: ("h1",)}
    assert judge_rollback(found, {name: {"h1": HostStatus.OK, "h2": HostStatus.FAILED}}).failed == {
        name: ("h2",)
    }


@given(cases(), st.data())
def test_laws(case: Case, data: st.DataObject) -> None:
    """Only what ran, never before what depended on it, in the reverse order on each host."""
    recorder = MemoryRecorder()
    script = {(node_id(n), h): outcome for (n, h), outcome in case.script.items()}
    simulate(case.plan, executor=SimulatedExecutor(script), recorder=recorder)
    ended = find_effects(recorder.events)
    names = list(case.plan.graph.nodes)
    can = set(data.draw(st.lists(st.sampled_from(names), unique=True))) if names else set()
    found = plan_rollback(case.plan, ended, can, task="t")
    nodes = found.plan.graph.nodes

    ran = {
        pair for pair, outcome in script.items() if outcome in ("changed", "failed", "unreachable")
    }
    begun = {
        (e.node, e.host) for e in recorder.events if e.node and e.host and e.attempt is not None
    }
    in_plan = {(name, host) for name, node in nodes.items() for host in node.hosts}
    left = {(name, host) for name, hosts in found.left.items() for host in hosts}
    assert in_plan | left == ran & begun
    assert {name for name, _ in in_plan} <= can
    assert not {name for name, _ in left} & can

    executor = SimulatedExecutor()
    result = simulate(found.plan, executor=executor)
    assert result.status is TaskStatus.SUCCEEDED
    done = [request.nodes[0] for request in executor.requests]
    place = {name: at for at, name in enumerate(done)}
    assert len(done) == len(place) == len(nodes)
    for name in nodes:
        for before in _ancestors(case.plan, name) & nodes.keys():
            assert place[name] < place[before]
    completed = {name: max(ended[name, h] for h in node.hosts) for name, node in nodes.items()}
    for host in {host for _, host in in_plan}:
        mine = [name for name in done if host in nodes[name].hosts]
        assert mine == sorted(mine, key=lambda name: -completed[name])
        edges = {(e.before, e.after) for e in found.plan.graph.edges}
        assert all(pair in edges for pair in pairwise(mine))


def _ancestors(wanted: Plan, name: str) -> set[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        for edge in wanted.graph.predecessors[todo.pop()]:
            if edge.before not in found:
                found.add(edge.before)
                todo.append(edge.before)
    return found
