"""Which nodes may share a run, and what becomes of a host that is lost in one."""

from __future__ import annotations

from itertools import pairwise

import pytest

from unit.engine.plans import hosts_of, node_id, node_statuses, plan, simulate
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.scheduling.chains import fusible_successors
from worldtree.plan.policy import Policy
from worldtree.results.status import TaskStatus

ONE, TWO = ("h1",), ("h1", "h2")
LINE = [(a, b, "host") for a, b in pairwise("abcd")]
STOPPING = ("fail-fast", "rollback")


def policy(on_failure: str, retries: int = 0) -> Policy:
    """Return a policy; retries do not wait."""
    return Policy.model_validate({"on_failure": on_failure, "retries": retries, "backoff": 0.0})


def fused(
    edges: list[tuple[str, str, str]],
    hosts: tuple[str, ...] = TWO,
    policies: dict[str, Policy] | None = None,
) -> dict[str, str]:
    """Return the map by short names for nodes a to d."""
    found = fusible_successors(plan(dict.fromkeys("abcd", hosts), edges, policies).graph)
    return {a[-1]: b[-1] for a, b in found.items()}


def test_line_of_host_edges() -> None:
    assert fused([("a", "b", "host"), ("b", "c", "host")]) == {"a": "b", "b": "c"}


@pytest.mark.parametrize("kind", ["barrier", "soft"])
def test_other_edges_between_several_hosts_split(kind: str) -> None:
    assert fused([("a", "b", kind)]) == {}


def test_on_a_single_host_a_barrier_is_as_good() -> None:
    assert fused([("a", "b", "barrier")], ONE) == {"a": "b"}
    assert fused([("a", "b", "soft")], ONE) == {}


def test_forks_and_joins_split() -> None:
    assert fused([("a", "b", "host"), ("a", "c", "host")]) == {}
    assert fused([("a", "c", "host"), ("b", "c", "host")]) == {}


def test_an_edge_that_the_line_says_already_does_not_split() -> None:
    edges = [("a", "b", "host"), ("b", "c", "host"), ("a", "c", "host")]
    assert fused(edges) == {"a": "b", "b": "c"}


def test_policies_must_be_equal_and_without_a_timeout() -> None:
    edges = [("a", "b", "host")]
    assert fused(edges, policies={"a": Policy(retries=1)}) == {}
    same = {"a": Policy(mutex="m"), "b": Policy(mutex="m")}
    assert fused(edges, policies=same) == {"a": "b"}
    limited = {"a": Policy(timeout=5), "b": Policy(timeout=5)}
    assert fused(edges, policies=limited) == {}


def test_hosts_must_be_the_same() -> None:
    wanted = plan({"a": TWO, "b": ONE}, [("a", "b", "host")])
    assert fusible_successors(wanted.graph) == {}
    turned = plan({"a": TWO, "b": TWO[::-1]}, [("a", "b", "host")])
    assert fusible_successors(turned.graph) == {node_id("a"): node_id("b")}


@pytest.mark.parametrize("on_failure", STOPPING)
def test_where_a_failure_stops_the_task_several_hosts_do_not_go_on_together(
    on_failure: str,
) -> None:
    """In one run the successful hosts would start nodes that must not start any more."""
    own = dict.fromkeys("abcd", policy(on_failure))
    assert fused(LINE, TWO, own) == {}
    assert fused(LINE, ONE, own) == {"a": "b", "b": "c", "c": "d"}


def test_nothing_is_chained_beside_what_may_stop_the_task() -> None:
    """A chain in progress would continue although the task has ended."""
    edges = [("a", "b", "host"), ("b", "c", "host")]
    assert fused(edges, ONE, {"d": policy("fail-fast")}) == {}
    assert fused(edges, ONE, {"d": policy("ignore")}) == {"a": "b", "b": "c"}
    after = [*edges, ("c", "d", "host")]
    assert fused(after, TWO, {"d": policy("fail-fast")}) == {"a": "b", "b": "c"}


@pytest.mark.parametrize("on_failure", ["ignore", *STOPPING])
def test_a_host_lost_early_in_a_chain_is_tried_again(on_failure: str) -> None:
    """The chain continues on the other host; the lost one is not final until the run ends."""
    wanted = plan(dict.fromkeys("abcd", TWO), LINE, default=policy(on_failure, retries=1))
    result = simulate(wanted, {("a", "h2"): ["failed", "ok"]})
    assert node_statuses(result) == dict.fromkeys("abcd", "succeeded")
    assert result.status is TaskStatus.SUCCEEDED


@pytest.mark.parametrize("retries", [0, 1])
def test_a_host_lost_early_in_a_chain_is_no_failure_of_the_rest(retries: int) -> None:
    wanted = plan(dict.fromkeys("abcd", TWO), LINE, default=policy("ignore", retries))
    result = simulate(wanted, {("a", "h2"): "failed"})
    assert node_statuses(result) == {"a": "failed"} | dict.fromkeys("bcd", "succeeded")
    for name in "bcd":
        assert hosts_of(result, name) == {"h1": "ok", "h2": "not-run<a"}


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("on_failure", STOPPING)
def test_nothing_begins_after_a_loss_that_stops_the_task(on_failure: str, retries: int) -> None:
    executor = SimulatedExecutor({(node_id("a"), "h2"): "failed"})
    wanted = plan(dict.fromkeys("abcd", TWO), LINE, default=policy(on_failure, retries))
    result = simulate(wanted, executor=executor)
    assert node_statuses(result) == {"a": "failed"} | dict.fromkeys("bcd", "skipped<a")
    assert {name for run in executor.requests for name in run.nodes} == {node_id("a")}
    assert result.status is TaskStatus.FAILED


def test_a_chain_ends_before_what_is_to_be_skipped() -> None:
    """A soft way around hides the barrier from the reduction, and not from who goes along it."""
    edges = [("a", "c", "barrier"), ("a", "b", "soft"), ("b", "c", "host")]
    assert fused(edges, TWO) == {"b": "c"}
    result = simulate(plan(dict.fromkeys("abc", TWO), edges), {("a", "h2"): "failed"})
    assert node_statuses(result) == {"a": "failed", "b": "succeeded", "c": "skipped<a"}
