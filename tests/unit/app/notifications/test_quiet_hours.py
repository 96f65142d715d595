"""Quiet hours, over midnight and where the clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from worldtree.app.notifications.quiet_hours import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")


def stamp(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-30T21:59", None),
        ("2026-11-30T22:00", "2026-12-01T07:00"),
        ("2026-12-01T06:59", "2026-12-01T07:00"),
        ("2026-12-01T07:00", None),
        # The nights in which the clocks change.
        ("2026-03-28T23:00", "2026-03-29T07:00"),
        ("2026-10-24T23:00", "2026-10-25T07:00"),
    ],
)
def test_a_night(moment: str, end: str | None) -> None:
    hours = QuietHours(start="22:00", end="07:00", time_zone="Europe/Berlin")
    assert hours.end_at(stamp(moment)) == (None if end is None else stamp(end))


@given(st.integers(1_760_000_000, 1_800_000_000))
def test_the_end_is_later_and_outside(moment: int) -> None:
    """Also for an end in the hour that exists twice."""
    hours = QuietHours(start="23:30", end="02:30", time_zone="Europe/Berlin")
    end = hours.end_at(moment)
    assert end is None or moment < end <= moment + 5 * 3600


@pytest.mark.parametrize(("start", "end"), [("22:00", "22:00"), ("24:00", "07:00"), ("", "07:00")])
def test_hours_that_are_none(start: str, end: str) -> None:
    with pytest.raises(ValidationError):
        QuietHours(start=start, end=end)
