"""The virtual clock: the real scheduler's order and limits, in no time."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.engine.plans import node_id, plan
from worldtree.engine.dry_run import DryRun, dry_run_plan
from worldtree.engine.run_options import RunOptions
from worldtree.plan.policy import Policy
from worldtree.results.status import TaskStatus

ONE = ("h1",)


def spans(found: DryRun) -> dict[str, tuple[float, float]]:
    """Return node -> start and end, by short names."""
    return {s.node.rpartition("/")[2]: (s.start, s.end) for s in found.spans}


def times(by_name: Mapping[str, float]) -> dict[str, float]:
    """Return durations by id."""
    return {node_id(name): seconds for name, seconds in by_name.items()}


def test_nodes_start_as_soon_as_what_they_wait_for_is_done() -> None:
    wanted = plan(dict.fromkeys("abcd", ONE), [("a", "c", "barrier"), ("b", "c", "barrier")])
    took = times({"a": 5, "b": 2, "c": 1, "d": 3})
    found = dry_run_plan(wanted, lambda node, _: took[node])
    assert spans(found) == {"a": (0, 5), "b": (0, 2), "d": (0, 3), "c": (5, 6)}
    assert (found.makespan, found.critical_seconds) == (6, 6)
    assert found.critical_path == (node_id("a"), node_id("c"))
    assert found.result.status is TaskStatus.SUCCEEDED


def test_hours_pass_in_no_time() -> None:
    began = time.monotonic()
    found = dry_run_plan(plan({"a": ONE}), lambda *_: 86400.0)
    assert found.makespan == 86400
    assert time.monotonic() - began < 5


def test_the_limit_of_runs_holds() -> None:
    found = dry_run_plan(plan(dict.fromkeys("abc", ONE)), lambda *_: 2.0, RunOptions(concurrency=1))
    assert spans(found) == {"a": (0, 2), "b": (2, 4), "c": (4, 6)}
    assert found.critical_seconds == 2


def test_nodes_with_the_same_mutex_follow_each_other() -> None:
    wanted = plan(dict.fromkeys("ab", ONE), policies=dict.fromkeys("ab", Policy(mutex="m")))
    assert spans(dry_run_plan(wanted, lambda *_: 2.0)) == {"a": (0, 2), "b": (2, 4)}


def test_nodes_of_one_run_follow_each_other() -> None:
    found = dry_run_plan(plan(dict.fromkeys("ab", ONE), [("a", "b", "host")]), lambda *_: 2.0)
    assert spans(found) == {"a": (0, 2), "b": (2, 4)}
    assert {span.run for span in found.spans} == {1}


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_an_empty_plan_takes_no_time(seconds: float) -> None:
    found = dry_run_plan(plan({}), lambda *_: seconds)
    assert (found.makespan, found.critical_path, found.spans) == (0.0, (), ())


@given(
    took=st.lists(st.integers(0, 9), min_size=1, max_size=9),
    limit=st.integers(1, 4),
    data=st.data(),
)
def test_no_node_starts_early_and_no_more_run_than_may(
    took: list[int], limit: int, data: st.DataObject
) -> None:
    """Every node once, after all before it; the makespan is between the two lower bounds and all
    of it in a row.
    """
    names = [f"n{place}" for place in range(len(took))]
    edges = [
        (names[a], names[b], "barrier")
        for b in range(len(names))
        for a in range(b)
        if data.draw(st.booleans())
    ]
    seconds = times(dict(zip(names, map(float, took), strict=True)))
    wanted = plan(dict.fromkeys(names, ONE), edges)
    found = dry_run_plan(wanted, lambda node, _: seconds[node], RunOptions(concurrency=limit))
    at = spans(found)
    assert len(found.spans) == len(names)
    assert all(at[a][1] <= at[b][0] for a, b, _ in edges)
    moments = {start for start, _ in at.values()}
    assert all(
        sum(start <= moment < end for start, end in at.values()) <= limit for moment in moments
    )
    assert max(found.critical_seconds, sum(took) / limit) <= found.makespan <= sum(took)
