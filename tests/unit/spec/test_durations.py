"""Durations are parsed to seconds."""

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
def test_other_texts_are_not_durations(text: str) -> None:
    """Plain numbers are not parsed here; plus, minus and spaces are not allowed."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)
