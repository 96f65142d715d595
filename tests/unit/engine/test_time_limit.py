"""Messages and retries of work that its timeout cut off."""

from __future__ import annotations

from unit.engine.plans import hosts_of, node_id, node_statuses, plan, simulate
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy
from worldtree.results.tree import TaskResult

TWO = ("h1", "h2")


def cut_off(policy: Policy, *, repeatable: bool = True) -> tuple[TaskResult, int]:
    """Run a node that never ends in time; return its result and how often it was begun."""
    wanted = plan({"a": TWO}, policies={"a": policy.inherit(Policy(timeout=0.02, backoff=0.0))})
    executor = SimulatedExecutor(seconds={node_id("a"): 30})
    result = simulate(with_guard(wanted, repeatable=repeatable), executor=executor)
    return result, len(executor.requests)


def with_guard(wanted: Plan, *, repeatable: bool) -> Plan:
    """Return ``wanted`` with its node being work that may be done twice, or must not be."""
    nodes = {
        name: node.model_copy(update={"repeatable": repeatable})
        for name, node in wanted.graph.nodes.items()
    }
    graph = wanted.graph.model_copy(update={"nodes": nodes})
    return wanted.model_copy(update={"graph": graph})


def test_the_reason_is_reported_also_where_all_hosts_may_be_lost() -> None:
    result, _ = cut_off(Policy(allowed_failures="100%"))
    assert node_statuses(result) == {"a": "succeeded"}
    assert hosts_of(result, "a") == dict.fromkeys(TWO, "failed")
    assert result.nodes[0].message == "timeout"


def test_work_that_must_not_be_done_twice_says_why_it_is_not_tried_again() -> None:
    result, begun = cut_off(Policy(retries=2), repeatable=False)
    assert begun == 1
    assert result.nodes[0].message == (
        "timeout\nnot retried on h1, h2: it may already have taken effect there; "
        "`policy: {onInterrupted: rerun}` retries it"
    )


def test_what_may_be_done_twice_is_tried_again_without_a_word() -> None:
    for policy, repeatable in (
        (Policy(retries=2), True),
        (Policy(retries=2, on_interrupted="rerun"), False),
    ):
        result, begun = cut_off(policy, repeatable=repeatable)
        assert (begun, result.nodes[0].message) == (3, "timeout")


def test_nothing_is_said_of_tries_where_none_are_left() -> None:
    result, begun = cut_off(Policy(), repeatable=False)
    assert (begun, result.nodes[0].message) == (1, "timeout")
