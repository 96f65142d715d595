"""The bound of the scheduler benchmark is computed without the scheduler, and is correct."""

from __future__ import annotations

import random

import pytest

from bench import scheduler
from bench.scheduler import list_schedule
from worldtree.engine.dry_run import dry_run_plan
from worldtree.engine.run_options import RunOptions


@pytest.fixture(autouse=True)
def few_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the number of nodes for a test."""
    monkeypatch.setattr(scheduler, "NODES", 200)
    monkeypatch.setattr(scheduler, "RUNS", 8)


def test_list_scheduling_of_layers() -> None:
    """One run at a time takes the sum; unlimited runs take the longest path."""
    layered = scheduler._layered()
    took = dict.fromkeys(layered.graph.nodes, 2.0)
    assert list_schedule(layered, took, 1) == 400.0
    assert list_schedule(layered, took, 8) == 50.0
    assert list_schedule(layered, took, 1000) == 50.0


@pytest.mark.parametrize("seed", range(3))
def test_the_engine_keeps_to_the_bound(seed: int) -> None:
    """Exactly, since the engine also takes ready nodes in plan order."""
    pick = random.Random(seed)
    random_plan = scheduler._random(pick)
    took = {name: float(pick.randint(1, 60)) for name in random_plan.graph.nodes}
    found = dry_run_plan(random_plan, lambda node, _: took[node], RunOptions(concurrency=8))
    assert found.makespan == list_schedule(random_plan, took, 8)
