"""What becomes of the due times of a schedule: pure, so that every case can be tried.

Of the times that have passed, the last one starts if it is not too late. Those before it were
missed; the policy says which of them start after all. So an outage starts at most
``catch_up_limit`` tasks of a schedule, by default one or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from worldtree.app.schedules.cron_times import CronTimes
from worldtree.app.schedules.schedule_policy import SchedulePolicy


class Outcome(StrEnum):
    """What became of a due time."""

    STARTED = "started"
    #: Nothing could start it in time.
    MISSED = "missed"
    #: An earlier task of the schedule was at work.
    OVERLAP = "overlap"
    BLACKOUT = "blackout"
    #: The task could not be asked for.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DueDecision:
    """A due time, what is to become of it, and the time that is due after it."""

    due: float
    #: ``STARTED``: it is to be tried.
    outcome: Outcome
    next_due: float | None


#: Of a time: when the blackout that holds it ends; None outside of one.
BlackoutEnd = Callable[[float], float | None]


def decide(
    times: CronTimes, policy: SchedulePolicy, due: float, now: float, blackout_end: BlackoutEnd
) -> Iterator[DueDecision]:
    """Yield a decision for ``due`` and each time after it until ``now``, in their order.

    Nothing is yielded while a blackout delays them. ``due <= now``.
    """
    is_blackout = blackout_end(now) is not None
    if is_blackout and policy.blackout == "delay":
        return
    current: float | None = due
    while current is not None and current <= now:
        following = times.after(current)
        outcome = _outcome(times, policy, current, following, now, blackout_end)
        if outcome is Outcome.STARTED and is_blackout:
            outcome = Outcome.BLACKOUT
        yield DueDecision(current, outcome, following)
        current = following


def _outcome(
    times: CronTimes,
    policy: SchedulePolicy,
    due: float,
    following: float | None,
    now: float,
    blackout_end: BlackoutEnd,
) -> Outcome:
    end = blackout_end(due)
    if end is not None and policy.blackout == "skip":
        return Outcome.BLACKOUT
    if following is None or following > now:
        late = now - (due if end is None else end)
        is_wanted = late <= policy.grace_seconds or policy.catch_up != "none"
        return Outcome.STARTED if is_wanted else Outcome.MISSED
    if end is not None:
        # The last one in the blackout stands for all of them.
        return Outcome.BLACKOUT
    if policy.catch_up == "all" and _count(times, due, now, policy.catch_up_limit) is not None:
        return Outcome.STARTED
    return Outcome.MISSED


def _count(times: CronTimes, due: float, now: float, limit: int) -> int | None:
    """Return how many times are after ``due`` until ``now``; None for ``limit`` or more."""
    found = sum(1 for one in islice(times.times_after(due), limit) if one <= now)
    return None if found >= limit else found
