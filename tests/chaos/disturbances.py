"""What workers suffer: which kinds at the same time, and for how long."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from worldtree.core.worker_times import WorkerTimes

#: Killed without a warning, stopped by SIGSTOP, cut off from the database.
MachineKind = Literal["kill", "stop", "cut"]
_KINDS: tuple[MachineKind, ...] = get_args(MachineKind)
#: Seconds between two looks of a worker for rows of dead processes, and some to begin.
_SETTLE_SECONDS = 2.5
#: How long the issue wants a worker to be stopped.
_LONG_STOP = 120.0
#: Every so many rounds the database restarts, and a worker is stopped for long.
_DATABASE_EVERY, _LONG_STOP_EVERY = 5, 8


@dataclass(frozen=True)
class Round:
    """Kinds that happen at the same time, each to a machine of its own, for ``seconds``.

    Without a kind the database is away for so long.
    """

    kinds: tuple[MachineKind, ...]
    seconds: float


def past_takeover(times: WorkerTimes) -> float:
    """Return the seconds after which others go on with the tasks of a silent worker."""
    return times.takeover + _SETTLE_SECONDS + 2 * times.heartbeat


def short_rounds(outage: float) -> tuple[Round, ...]:
    """Return a restart of the database, and then every kind at once."""
    return Round((), outage / 3), Round(_KINDS, past_takeover(WorkerTimes(outage)))


def random_rounds(count: int, outage: float, chance: random.Random) -> Iterator[Round]:
    """Yield rounds: one or two machines at a time.

    Some are silent too shortly to be fenced, some are back before others take their tasks over, and
    some come back after that.
    """
    times = WorkerTimes(outage)
    lengths = times.silence / 2, (times.silence + times.takeover) / 2, past_takeover(times)
    for number in range(1, count + 1):
        if number % _DATABASE_EVERY == 0:
            # Shorter than what processes of tasks endure, and longer.
            yield Round((), chance.choice((outage / 2, outage * 1.5)))
        elif number % _LONG_STOP_EVERY == 0:
            yield Round(("stop",), _LONG_STOP)
        else:
            kinds = tuple(chance.sample(_KINDS, chance.choice((1, 1, 2))))
            yield Round(kinds, chance.choice(lengths))
