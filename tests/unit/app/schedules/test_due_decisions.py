"""What becomes of due times: the policies one by one, and the laws that hold for all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldtree.app.schedules.blackout_windows import CronWindow, OnceWindow, Window, blackout_end
from worldtree.app.schedules.cron_times import read_cron
from worldtree.app.schedules.due_decisions import DueDecision, Outcome, decide
from worldtree.app.schedules.schedule_policy import SchedulePolicy

HOUR = 3600.0
HOURLY = read_cron("0 * * * *", "UTC")


def outcomes(policy: SchedulePolicy, now: float, *windows: Window) -> list[str]:
    """What becomes of the hours from 1 on at the time ``now``, in hours."""
    found = decide(HOURLY, policy, HOUR, now * HOUR, lambda time: blackout_end(windows, time))
    return [one.outcome.value for one in found]


def once(start: float, end: float) -> OnceWindow:
    """A window, in hours."""
    return OnceWindow(start=start * HOUR, end=end * HOUR)


def policy(**values: object) -> SchedulePolicy:
    """A policy with these values."""
    return SchedulePolicy.model_validate(values)


@pytest.mark.parametrize(
    ("chosen", "now", "windows", "expected"),
    [
        (policy(), 1.0, (), ["started"]),
        (policy(), 1.05, (), ["started"]),
        (policy(), 1.5, (), ["missed"]),
        # After an outage only what is in time starts.
        (policy(), 4.01, (), ["missed", "missed", "missed", "started"]),
        (policy(), 4.5, (), ["missed"] * 4),
        (policy(catch_up="last"), 4.5, (), ["missed", "missed", "missed", "started"]),
        (
            policy(catch_up="all", overlap="queue", catch_up_limit=2),
            4.5,
            (),
            ["missed", "missed", "started", "started"],
        ),
        (policy(catch_up="all", overlap="queue"), 3.5, (), ["started"] * 3),
        (policy(), 1.0, (once(0.5, 1.5),), ["blackout"]),
        # The due time was before the blackout, and the start would be in it.
        (policy(), 1.05, (once(1.01, 2),), ["blackout"]),
        (policy(), 1.0, (once(0.5, 1.0),), ["started"]),
        (policy(blackout="delay"), 1.2, (once(0.5, 3.5),), []),
        # At the end of the blackout one starts for all.
        (policy(blackout="delay"), 3.5, (once(0.5, 3.5),), ["blackout", "blackout", "started"]),
        (policy(blackout="delay"), 3.9, (once(0.5, 3.5),), ["blackout", "blackout", "missed"]),
        # Windows that touch are one.
        (policy(blackout="delay"), 1.2, (once(0.5, 1.1), once(1.1, 1.3)), []),
    ],
)
def test_a_policy(
    chosen: SchedulePolicy, now: float, windows: tuple[Window, ...], expected: list[str]
) -> None:
    assert outcomes(chosen, now, *windows) == expected


def test_catching_up_with_all_needs_a_queue() -> None:
    """Else the first of them would make the others overlap."""
    with pytest.raises(ValueError, match="needs `overlap: queue`"):
        policy(catch_up="all")


def test_a_window_that_comes_again_and_again() -> None:
    """Each night from 22:00 for eight hours in Berlin, also in the night of the change."""
    window = CronWindow(cron="0 22 * * *", time_zone="Europe/Berlin", duration=8 * HOUR)
    change = 1792965600.0  # 2026-10-25 22:00 UTC.
    assert blackout_end([window], change) == change - HOUR + 8 * HOUR
    assert blackout_end([window], change + 10 * HOUR) is None
    # One that never ends.
    assert blackout_end([CronWindow(cron="0 * * * *", duration=2 * HOUR)], change) == math.inf


_POLICIES = st.builds(
    SchedulePolicy,
    overlap=st.just("queue"),
    grace_seconds=st.sampled_from([0.0, 60.0, 300.0, 7200.0]),
    catch_up=st.sampled_from(["none", "last", "all"]),
    catch_up_limit=st.integers(1, 5),
    blackout=st.sampled_from(["skip", "delay"]),
)


@settings(deadline=None, max_examples=150)
@given(
    _POLICIES,
    st.lists(st.floats(0.0, 6 * HOUR), min_size=1, max_size=8),
    st.lists(st.tuples(st.floats(0, 30 * HOUR), st.floats(60, 5 * HOUR)), max_size=3),
    st.integers(0, 3),
)
def test_each_due_time_is_decided_once_and_starts_are_bounded(
    chosen: SchedulePolicy,
    pauses: list[float],
    blackouts: list[tuple[float, float]],
    crash: int,
) -> None:
    """Whatever the outages, crashes between decisions, and blackouts.

    Nothing starts in a blackout, and one look starts at most as many as the policy says.
    """
    windows = [OnceWindow(start=start, end=start + length) for start, length in blackouts]
    due: float | None = HOUR
    now, decided = 0.0, list[DueDecision]()
    for number, pause in enumerate([*pauses, 40 * HOUR]):
        now += pause
        started = 0
        if due is None or due > now:
            continue
        found = decide(HOURLY, chosen, due, now, lambda time: blackout_end(windows, time))
        for count, one in enumerate(found):
            assert one.due == due
            decided.append(one)
            due = one.next_due
            if one.outcome is Outcome.STARTED:
                started += 1
                assert blackout_end(windows, now) is None
            if number < len(pauses) and count == crash:
                break  # The process dies here; the next one goes on.
        assert started <= (chosen.catch_up_limit if chosen.catch_up == "all" else 1)
    assert [one.due for one in decided] == [HOUR * (n + 1) for n in range(len(decided))]
    assert due is not None
    assert due > now  # After all blackouts nothing is left undecided.
