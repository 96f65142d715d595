"""The line through the sizes of a process."""

from __future__ import annotations

import pytest

from bench.resident import MAX_GROWTH, Sample, growth_figure


@pytest.mark.parametrize(("per_minute", "ok"), [(0.0, True), (0.1, True), (1.0, False)])
def test_growth_is_that_of_a_warm_process(per_minute: float, ok: bool) -> None:
    """What it takes in its first minutes is no leak."""
    samples = [
        Sample(60.0 * minute, {"worker": 50 + min(minute, 3) * 30 + minute * per_minute})
        for minute in range(61)
    ]
    figure = growth_figure("Memory", "worker", samples, tasks=7)
    assert figure.ok is ok
    assert figure.value == f"{40 * per_minute:+.1f} MiB in the last 40 minutes"
    assert f"{MAX_GROWTH:g} MiB" in figure.bound
    assert "7 tasks" in figure.name
