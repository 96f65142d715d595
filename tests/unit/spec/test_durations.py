"""Durations are read in seconds."""

from __future__ import annotations

import pytest

from worldtree.spec.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("1.5m", 90), ("2d", 172800)],
)
def test_a_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    """Units add up."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "s", "5 m", "-1s", "1y", "1s\n", "1m" * 40])
def test_anything_else_is_no_duration(text: str) -> None:
    """A bare number needs no parsing; signs and blanks have no meaning."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)
