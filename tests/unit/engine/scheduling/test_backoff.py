"""Waiting before a further try."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worldtree.engine.scheduling.backoff import backoff_seconds


@given(st.floats(0.1, 10), st.integers(1, 5), st.text())
def test_doubles_and_adds_at_most_a_quarter(base: float, failures: int, key: str) -> None:
    plain = base * 2 ** (failures - 1)
    assert plain <= backoff_seconds(base, failures, key) <= plain * 1.25


def test_is_the_same_every_time_and_differs_between_nodes() -> None:
    assert backoff_seconds(2, 1, "a") == backoff_seconds(2, 1, "a")
    assert len({backoff_seconds(2, 1, f"n{i}") for i in range(20)}) == 20


def test_does_not_grow_for_ever() -> None:
    assert backoff_seconds(2, 60, "a") <= 375
