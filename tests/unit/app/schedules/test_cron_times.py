"""Times of cron expressions, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldtree.app.schedules.cron_times import read_cron
from worldtree.core.errors import RefusedError

BERLIN = ZoneInfo("Europe/Berlin")


def stamp(text: str) -> float:
    """A time such as ``2026-03-29T01:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def utc(time: float | None) -> str:
    """A time in UTC to the minute."""
    assert time is not None
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="minutes")[:-6]


def test_a_time_that_does_not_exist_is_due_right_after_the_change() -> None:
    """On 29 March 2026 there is no 02:30 in Berlin: it is due at 03:00 there."""
    times = read_cron("30 2 * * *", "Europe/Berlin")
    found = list(islice(times.times_after(stamp("2026-03-28T12:00")), 2))
    assert [utc(one) for one in found] == ["2026-03-29T01:00", "2026-03-30T00:30"]


def test_a_time_that_exists_twice_is_due_once() -> None:
    """On 25 October 2026 there are two 02:30 in Berlin: the first one counts."""
    times = read_cron("30 2 * * *", "Europe/Berlin")
    found = list(islice(times.times_after(stamp("2026-10-24T12:00")), 2))
    assert [utc(one) for one in found] == ["2026-10-25T00:30", "2026-10-26T01:30"]
    # Also where the program begins in the second of the two hours.
    assert utc(times.after(stamp("2026-10-25T01:10"))) == "2026-10-26T01:30"


def test_what_is_due_each_half_hour_is_due_as_often_as_half_hours_pass() -> None:
    times = read_cron("*/30 * * * *", "Europe/Berlin")
    found = list(islice(times.times_after(stamp("2026-10-24T23:45")), 6))
    assert [b - a for a, b in pairwise(found)] == [1800.0] * 5


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["30 2 * * *", "*/7 * * * *", "0 */2 * * *", "15 1-3 * * 0", "0 0 29 2 *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.integers(stamp("2026-03-01T00:00"), stamp("2026-12-01T00:00")),
)
def test_times_increase_whatever_the_clocks_do(cron: str, zone: str, start: int) -> None:
    """Going on from a time gives the same times as going through all of them."""
    times = read_cron(cron, zone)
    found = list(islice(times.times_after(start), 8))
    assert found == sorted(set(found))
    assert all(one > start for one in found)
    assert [times.after(one) for one in found[:-1]] == found[1:]


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 30 2 *", "x * * * *", "*" * 300, "@daily"],
)
def test_an_invalid_expression_is_refused(cron: str) -> None:
    with pytest.raises(RefusedError) as problem:
        read_cron(cron, "UTC")
    assert problem.value.code == "cron-invalid"


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe"]
)
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(RefusedError) as problem:
        read_cron("* * * * *", zone)
    assert problem.value.code == "time-zone-unknown"
