"""What is known of hosts that did not answer, before the work is begun."""

from __future__ import annotations

from unit.engine.plans import hosts_of, node_id, plan, simulate
from worldtree.app.tasks.task_runner import mark_unreachable
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResult, PriorResults
from worldtree.engine.resume_plan import plan_resume
from worldtree.engine.rollback_plan import judge_rollback, plan_rollback
from worldtree.results.status import HostStatus, TaskStatus

WANTED = plan({"a": ["h1", "h2"], "b": ["h1", "h2"]}, [("a", "b", "host")])
ENDED = {(node_id(name), host): n for n, name in enumerate("ab") for host in ("h1", "h2")}


def test_a_rollback_leaves_a_host_out_that_does_not_answer() -> None:
    """It is never tried there; the others are undone, it is named, and there is no doubt later."""
    back = plan_rollback(WANTED, ENDED, WANTED.graph.nodes, task="t")
    bare = {
        name: node.model_copy(update={"repeatable": False})
        for name, node in back.plan.graph.nodes.items()
    }
    graph = back.plan.graph.model_copy(update={"nodes": bare})
    unguarded = back.plan.model_copy(update={"graph": graph})
    executor = SimulatedExecutor()
    known = mark_unreachable(unguarded, NO_PRIOR_RESULTS, {"h2": "nothing listens"})
    result = simulate(unguarded, executor=executor, known=known)
    assert {host for request in executor.requests for host in request.hosts} == {"h1"}
    assert result.status is TaskStatus.PARTIAL
    for name in "ab":
        assert hosts_of(result, name)["h2"] == "unreachable"
    done = {n.id: {h: r.status for h, r in n.hosts.items()} for n in result.nodes}
    verdict = judge_rollback(back, done)
    assert verdict.failed == {node_id(name): ("h2",) for name in "ab"}
    assert verdict.undone == {node_id(name): ("h1",) for name in "ab"}
    again = plan_resume(unguarded, result)
    assert again.uncertain == ()
    assert {pair: rerun.text for pair, rerun in again.runs.items()} == {
        (node_id(name), "h2"): "nothing listens" for name in "ab"
    }


def test_what_was_done_on_a_lost_host_stays_done() -> None:
    done = {(node_id("a"), "h2"): PriorResult(HostStatus.CHANGED, "done before")}
    known = mark_unreachable(WANTED, PriorResults(done, attempts=3), {"h2": "gone"})
    assert known.results[node_id("a"), "h2"].status is HostStatus.CHANGED
    assert known.results[node_id("b"), "h2"].status is HostStatus.UNREACHABLE
    assert known.attempts == 3
