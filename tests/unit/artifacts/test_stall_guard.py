"""Downloads that are kept alive with a few bytes are found by windows of time."""

from __future__ import annotations

import pytest

from worldtree.artifacts.sources.source_kind import SourceError
from worldtree.artifacts.stall_guard import StallGuard


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_window_with_too_few_bytes_ends_the_download() -> None:
    """Only when it is over, and the source may be tried again."""
    clock = Clock()
    guard = StallGuard(30.0, clock)
    for _ in range(29):
        clock.seconds += 1
        guard.count(100)
    clock.seconds += 1
    with pytest.raises(SourceError, match="hardly anything") as caught:
        guard.count(1195)
    assert caught.value.is_transient


def test_each_window_counts_by_itself() -> None:
    """What came before is no reserve for a server that has stopped."""
    clock = Clock()
    guard = StallGuard(30.0, clock)
    guard.count(1 << 30)
    clock.seconds += 30
    guard.count(1)
    clock.seconds += 29
    guard.count(4095)
    clock.seconds += 1
    guard.count(1)
    clock.seconds += 31
    with pytest.raises(SourceError):
        guard.count(4095)


def test_a_pause_within_a_window_is_none() -> None:
    """A silence is found by the timeout of the connection, not here."""
    clock = Clock()
    guard = StallGuard(30.0, clock)
    clock.seconds += 29
    guard.count(0)
