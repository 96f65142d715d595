"""The bound that the scheduler is held against is worked out without it, and is right."""

from __future__ import annotations

import random

import pytest

from bench import scheduler
from bench.scheduler import list_schedule
from worldtree.engine.dry_run import dry_run_plan
from worldtree.engine.run_options import RunOptions


@pytest.fixture(autouse=True)
def few_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many nodes as a test has time for."""
    monkeypatch.setattr(scheduler, "NODES", 200)
    monkeypatch.setattr(scheduler, "RUNS", 8)


def test_list_scheduling_of_rows_without_room_for_two() -> None:
    """One run at a time takes the sum; all at once takes the longest way."""
    woven = scheduler._woven()
    took = dict.fromkeys(woven.graph.nodes, 2.0)
    assert list_schedule(woven, took, 1) == 400.0
    assert list_schedule(woven, took, 8) == 50.0
    assert list_schedule(woven, took, 1000) == 50.0


@pytest.mark.parametrize("seed", range(3))
def test_the_engine_keeps_to_the_bound(seed: int) -> None:
    """To the second, as it takes ready nodes in the order of the plan too."""
    pick = random.Random(seed)
    tangled = scheduler._tangled(pick)
    took = {name: float(pick.randint(1, 60)) for name in tangled.graph.nodes}
    found = dry_run_plan(tangled, lambda node, _: took[node], RunOptions(concurrency=8))
    assert found.makespan == list_schedule(tangled, took, 8)
