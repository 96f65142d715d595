"""What happens to the rest of a task that a failed node ends by its policy, or a cancel."""

from __future__ import annotations

import threading

from unit.engine.plans import hosts_of, node_id, node_statuses, plan, simulate
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.plan.policy import Policy
from worldtree.results.events import Event, EventKind
from worldtree.results.status import TaskStatus

ONE = ("h1",)
TWO = ("h1", "h2")


def test_fail_fast_starts_nothing_new_and_lets_running_ones_end() -> None:
    executor = SimulatedExecutor({(node_id("a"), "h1"): "failed"}, seconds={node_id("b"): 0.1})
    edges = [("a", "c", "soft"), ("b", "d", "host")]
    wanted = plan(dict.fromkeys("abcd", ONE), edges, default=Policy(on_failure="fail-fast"))
    result = simulate(wanted, executor=executor)
    assert node_statuses(result)["a"] == "failed"
    assert node_statuses(result)["c"] == "skipped<a"
    assert result.status is TaskStatus.FAILED


def test_fail_fast_ends_waiting_retries_as_failed() -> None:
    """A node that failed once and will not be tried again has failed, not been skipped."""
    script = {(node_id("a"), "h1"): "failed", (node_id("b"), "h1"): "failed"}
    executor = SimulatedExecutor(script, seconds={node_id("b"): 0.05})
    wanted = plan(
        {"a": ["h1"], "b": ["h1"]},
        policies={"a": Policy(retries=3, backoff=86400.0), "b": Policy(on_failure="fail-fast")},
    )
    assert node_statuses(simulate(wanted, executor=executor)) == {"a": "failed", "b": "failed"}


def test_a_retry_that_is_given_up_starts_nothing_after_it() -> None:
    """Giving it up ends its node, which would release a node on the hosts that it does not have."""
    script = {(node_id("a"), "h1"): "failed", (node_id("b"), "h1"): "failed"}
    executor = SimulatedExecutor(script, seconds={node_id("b"): 0.05})
    wanted = plan(
        {"a": ONE, "b": ONE, "c": TWO},
        [("a", "c", "host"), ("b", "c", "host")],
        {"a": Policy(retries=3, backoff=86400.0), "b": Policy(on_failure="fail-fast")},
    )
    result = simulate(wanted, executor=executor)
    assert [request.nodes for request in executor.requests] == [(node_id("a"),), (node_id("b"),)]
    assert node_statuses(result) == {"a": "failed", "b": "failed", "c": "skipped<b"}
    assert set(hosts_of(result, "c").values()) <= {"not-run<b", "not-run"}


def test_cancel_ends_runs_and_starts_nothing() -> None:
    executor = SimulatedExecutor(seconds={node_id("a"): 30, node_id("b"): 30})
    cancellation = Cancellation()
    threading.Timer(0.05, cancellation.request).start()
    edges = [("a", "c", "host")]
    wanted = plan(dict.fromkeys("abcd", ONE), edges, concurrency=2)
    result = simulate(wanted, executor=executor, cancellation=cancellation)
    assert result.status is TaskStatus.CANCELLED
    assert set(node_statuses(result).values()) == {"cancelled"}
    assert result.interrupted_hosts == ("h1",)


def test_cancel_before_the_start_runs_nothing() -> None:
    executor = SimulatedExecutor()
    cancellation = Cancellation()
    cancellation.request()
    result = simulate(plan({"a": ["h1"]}), executor=executor, cancellation=cancellation)
    assert (result.status, executor.requests) == (TaskStatus.CANCELLED, [])


def test_what_had_ended_before_the_cancel_stays_as_it_was() -> None:
    executor = SimulatedExecutor(seconds={node_id("b"): 86400})
    cancellation = Cancellation()

    def show(event: Event) -> None:
        if event.kind is EventKind.NODE_STARTED and event.node == node_id("b"):
            cancellation.request()

    result = simulate(
        plan({"a": ONE, "b": ONE}, [("a", "b", "host")]),
        executor=executor,
        cancellation=cancellation,
        on_event=show,
    )
    assert node_statuses(result) == {"a": "succeeded", "b": "cancelled"}
